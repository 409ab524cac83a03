"""`evaluation.toml`: what an evaluation is about, written by a clerk, read with every fault at its key."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from zhiping.documents.files import toml_file
from zhiping.documents.files.toml_file import (
    BAD,
    Reader,
    Spot,
    choice,
    day,
    days,
    filled,
    headed,
    many,
    moment,
    record,
    tables,
    text,
)
from zhiping.documents.plain import why
from zhiping.domain import dates, evaluation, letters, policy
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import (
    Appointment,
    Evaluation,
    FactCheck,
    Interview,
    Meeting,
    Platform,
    Recommendation,
    ReportText,
    Seen,
    Visit,
    dates_of,
)
from zhiping.domain.exact import number_text
from zhiping.domain.identity import folded, same
from zhiping.domain.letters import LETTERS, Letter, Letters
from zhiping.domain.panel import Affiliation, Expert, Training
from zhiping.domain.programme import Programme, in_programme
from zhiping.domain.region import mean
from zhiping.domain.rubric import CHANNELS, Rubric, no_criterion
from zhiping.texts import catalogue
from zhiping.texts.catalogue import language

PROGRAMME = "programme.toml"


def load_programme(path: Path) -> Programme:
    """Return what the evaluations of a folder share; raise Invalid with every problem, each with its key."""
    spot = Spot(path.name, [])
    data = toml_file.parse_file(path, spot)
    found: Any = BAD if data is None else record(Programme, _SHARED)(data, spot)
    if isinstance(found, Programme):
        _report(letters.problems(found.papers, {}), spot)
    if spot.problems or not isinstance(found, Programme):
        raise Invalid(spot.problems)
    return found


def load(
    path: Path, rubric: Rubric | None = None, today: dt.date | None = None, programme: Programme | None = None
) -> Evaluation:
    """Return the evaluation a file describes; raise Invalid with every problem, each with file and key.

    With `today`, nothing that has happened can lie after it. With a rubric, duties, guidance and documents
    seen must name indicators and criteria it has. What the file leaves out about an expert stays unknown
    (None), so that no check passes by default; rulings it does not give are the defaults of its kind.
    What the `programme` states is the evaluation's, unless its file or its kind says otherwise.
    """
    spot = Spot(path.name, [], home=_HOME)
    data = toml_file.parse_file(path, spot)
    found: Any = BAD if data is None else _FILE(data, spot)
    if isinstance(found, Evaluation):
        found = in_programme(found, programme or Programme())
        found = _with_files(found, path.parent, rubric, spot)
        _check(found, rubric, today, spot)
    if spot.problems or not isinstance(found, Evaluation):
        raise Invalid(spot.problems)
    return found


def _with_files(found: Evaluation, folder: Path, rubric: Rubric | None, spot: Spot) -> Evaluation:
    """Read the files an evaluation names: its last result, and the overview of its region."""
    from zhiping.documents.files import overview_file, result_file  # few evaluations name one

    previous = _file(found.previous, result_file.load, folder, rubric, spot.at("previous"))
    region = _file(found.region, overview_file.load, folder, rubric, spot.at("region"))
    return replace(
        found,
        previous=previous,
        region=mean(region, found.kind, found.platform.channel) if region else None,
    )


def _file(name: Any, load: Callable[..., Any], folder: Path, rubric: Rubric | None, spot: Spot) -> Any:  # noqa: ANN401 - a name, then what its file holds
    """Return what a named file holds; None, with its faults noted, where it cannot be used."""
    if name is None:
        return None
    try:
        return load(folder / name, rubric)
    except OSError as fault:
        spot.wrong("file.unreadable", reason=why(fault))
    except Invalid as fault:
        spot.problems.extend(fault.problems)
    return None


def template() -> str:
    """Return a file to start from, every key explained."""
    return str(catalogue.lookup(language(), "about.template"))


# ── the file's shape ───────────────────────────────────────────────────────────────────────────────────


def _words(field: str) -> Callable[[], dict[str, str]]:
    """Return how people may also write the choices of a field: words of the catalogue, former ones too."""
    return lambda: {
        word: code
        for kind in ("former", "words")  # a message offers the last
        for spoken in sorted(catalogue.LANGUAGES, key=lambda one: one == language())
        for code, word in catalogue.lookup(spoken, f"about.{kind}").get(field, {}).items()
    }


def _each(key: str) -> list[str]:
    """Return the words of a list of the catalogue, in every language."""
    return [word for language in catalogue.LANGUAGES for word in catalogue.lookup(language, f"about.{key}")]


def _one_of(field: str, allowed: Iterable[str]) -> Reader:
    return choice({code: code for code in allowed}, _words(field))


def _indicator(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read an indicator's id; whole ones may stand without quotes."""
    return toml_file.as_written(value) if type(value) is int else filled(value, spot)


def _short(key: str, reader: Reader) -> Reader:
    """Return a reader that reads a bare value as a table with only this key."""
    return lambda value, spot: reader(value if isinstance(value, dict) else {key: value}, spot)


def _period(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    if not isinstance(value, list) or len(value) != 2:
        return spot.unlike("not_period", value)
    return many(day)(value, spot)


def _draft_days(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read the days for comments on the draft; false or "off": there is no draft."""
    return None if value is False or value in ("off", *_each("off")) else days(value, spot)


def _by_criterion(reader: Reader) -> Reader:
    """Return a reader of a value per criterion; an id without quotes (1.1) is a table in a table to TOML."""

    def read(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
        if not isinstance(value, dict):
            return spot.unlike("not_table", value)
        flat: dict[str, Any] = {}
        for key, item in value.items():
            inside = isinstance(item, dict) and all(name.isdigit() for name in item)
            flat |= {f"{key}.{name}": words for name, words in item.items()} if inside else {key: item}
        return record(dict, dict.fromkeys(flat, reader))(flat, spot)

    return read


def _number(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read a letter's number: in full, or the number of the year, which stands in the pattern."""
    return filled(str(value) if type(value) is int and value > 0 else value, spot)


def _letters(**values: Any) -> Letters:  # noqa: ANN401 - by shape
    own = {name: values.pop(name) for name in LETTERS if name in values}
    return Letters(own=own, **values)


def _expert(name: str, **values: Any) -> Expert:  # noqa: ANN401 - by shape
    return Expert(name=name, **{"id": name, **values})


def _evaluation(**values: Any) -> Evaluation:  # noqa: ANN401 - by shape
    rulings = replace(policy.default(values.get("kind", "authority")), **values.pop("policy", {}))
    return Evaluation(policy=rulings, **values)


def _ability(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read what an expert can show; a word for "none" is nothing."""
    words = text(value, spot)
    return "" if words in _each("none") else words


def _conflicts(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    found = many(_ability)(value, spot)
    return found if found is toml_file.BAD else tuple(filter(None, found))


_TRAINING = record(Training, {"date": day, "valid_until": day, "topic": text}, ("date",))
_AFFILIATION = record(Affiliation, {"organisation": filled, "until": day}, ("organisation",))
_EXPERT: Mapping[str, Reader] = {
    "id": filled,
    "name": filled,
    "organisation": text,
    "seat": _one_of("seat", ("lead", "member")),
    "title": text,
    "rank": _one_of("rank", ("senior", "associate", "intermediate", "junior")),
    "equivalent_ability": _ability,
    "training": many(_short("date", _TRAINING)),
    "experience": _ability,
    "affiliations": many(_short("organisation", _AFFILIATION)),
    "declared": day,
    "conflicts": _conflicts,
    "duties": many(_indicator),
    "checks": many(_indicator),
    "runs": many(_indicator),
}
_MEETING = {"time": moment, "place": text, "chair": text, "attendees": many(filled), "notes": text}
_PLATFORM: Mapping[str, Reader] = {
    "name": filled,
    "operator": text,
    "channel": _one_of("channel", CHANNELS),
    "region": text,
    "address": text,
    "sites": many(filled),
    "url": text,
    "contact": text,
    "service_start": day,
}
_POLICY: Mapping[str, Reader] = {
    "method": _one_of("method", policy.METHODS),
    "bonus_counts": toml_file.yes,
    "step": choice({number_text(step): step for step in policy.STEPS}),
    "clock": _one_of("clock", ("calendar_year", "twelve_months")),
    "trigger_days": days,
    "draft_days": _draft_days,
    "review_days": days,
    "rectify_days": days,
    "improve_days": days,
    "retention": _one_of("retention", ("10", "30", "permanent")),
}
_VISIT: Mapping[str, Reader] = {
    "start": day,
    "end": day,
    "place": text,
    "sites": many(filled),
    "schedule": tables(
        "visit.schedule",
        record(Appointment, {"time": moment, "what": filled, "where": text, "who": text}, ("time", "what")),
    ),
    "opening": headed("visit.opening", record(Meeting, _MEETING)),
    "closing": headed("visit.closing", record(Meeting, _MEETING)),
    "seen": tables(
        "visit.seen",
        record(
            Seen,
            {"title": filled, "number": text, "date": moment, "page": text, "criteria": many(filled)},
            ("title",),
        ),
    ),
    "interviews": tables(
        "visit.interviews", record(Interview, {"person": filled, "role": text, "topic": text}, ("person",))
    ),
}
_RECOMMENDATION = record(
    Recommendation,
    {"what": filled, "who": text, "until": day, "check": text, "findings": many(filled)},
    ("what",),
)
_REPORT: Mapping[str, Reader] = {
    "number": text,
    "date": day,
    "reviewer": text,
    "signer": text,
    "overview": text,
    "problems": many(filled),
    "recommendations": many(_short("what", _RECOMMENDATION)),
    "highlights": many(filled),
}
_LETTER = record(Letter, {"number": _number, "date": day, "printed": day})
_PAPERS: Mapping[str, Reader] = {
    "number": text,
    "date": day,
    "contact": text,
    "phone": text,
    "email": text,
    "address": text,
    "copy_to": many(filled),
    "printed_by": text,
    "contact_due": day,
    "self_report_due": day,
    "materials_due": day,
    "plan_due": day,
    "publicity_days": days,
    **{name: headed(f"papers.{name}", _LETTER) for name in LETTERS},
}
_TOP: Mapping[str, Reader] = {
    "kind": _one_of("kind", evaluation.KINDS),
    "reason": _one_of("reason", evaluation.REASONS),
    "purpose": text,
    "authority": text,
    "programme": text,
    "basis": many(filled),
    "period": _period,
    "secretary": text,
    "previous": filled,
    "region": filled,
    "platform": headed("platform", record(Platform, _PLATFORM, ("name",))),
    "policy": headed("policy", record(dict, _POLICY)),
    "visit": headed("visit", record(Visit, _VISIT)),
    "report": headed("report", record(ReportText, _REPORT)),
    "guidance": headed("guidance", _by_criterion(text)),
    "findings": headed(
        "findings",
        _by_criterion(
            record(FactCheck, {"fact": text, "answer": _one_of("answer", evaluation.ANSWERS), "reply": text})
        ),
    ),
    "papers": headed("papers", record(_letters, _PAPERS)),
    "panel": tables("panel", record(_expert, _EXPERT, ("name",)), "name", numbered=True),
    "substitutes": tables("substitutes", record(_expert, _EXPERT, ("name",)), "name", numbered=True),
}
_SHARED: Mapping[str, Reader] = {
    **{name: _TOP[name] for name in ("authority", "programme", "basis", "papers")},
}
_FILE = record(_evaluation, _TOP, ("platform",))


def _homes() -> Iterator[tuple[str, str]]:
    """Yield each key with its heading, for keys that stand under one heading only."""
    shapes = {"": _TOP, "[platform]": _PLATFORM, "[policy]": _POLICY, "[visit]": _VISIT, "[report]": _REPORT}
    shapes["[papers]"] = _PAPERS
    shapes["[[panel]]"] = _EXPERT
    every = [key for shape in shapes.values() for key in shape]
    yield from ((key, home) for home, shape in shapes.items() for key in shape if every.count(key) == 1)


_HOME = dict(_homes())
_PLACES = {  # fact of domain.dates → heading and key
    "period_end": ("", "period"),
    "service_start": ("platform", "service_start"),
    "visit_start": ("visit", "start"),
    "visit_end": ("visit", "end"),
    "report": ("report", "date"),
}


# ── what no single value shows ─────────────────────────────────────────────────────────────────────────


def _secretary(found: Evaluation, spot: Spot) -> None:
    """Say when the secretary scores, too: a secretary only enters papers."""
    if found.secretary and any(same(found.secretary, expert.name) for expert in found.panel or ()):
        spot.at("secretary").wrong("about.secretary", found=found.secretary)


def _check(found: Evaluation, rubric: Rubric | None, today: dt.date | None, spot: Spot) -> None:
    facts = dates_of(found)
    late = [p for p in dates.problems(facts) if p.where == ("report",)]
    report = None if late else found.report.date  # a wrong date is reported once, not for every expert
    _dates(facts, today, {name: spot.heading(head).at(key) for name, (head, key) in _PLACES.items()})
    for expert, place in _seats(found, spot):
        own = {"declared": expert.declared, "report": report}
        _dates(own, today, {"declared": place.at("declared")})
        for training in expert.training or ():
            own = {"trained": training.date, "valid_until": training.valid_until}
            _dates(own, today, dict.fromkeys(own, place.at("training")))
    _people(found, spot)
    _secretary(found, spot)
    _report(letters.problems(found.papers, {**facts, "report": report}), spot)
    if rubric:
        _names(found, rubric, spot)


def _report(found: Iterable[Problem], spot: Spot) -> None:
    """Report problems of letters, each at its key."""
    for problem in found:
        *paper, key = problem.where
        spot.heading(".".join(("papers", *paper))).at(key).wrong(problem.code, **problem.data)


def _dates(facts: dates.Facts, today: dt.date | None, places: Mapping[str, Spot]) -> None:
    for problem in dates.problems(facts, today):
        places[problem.where[0]].wrong(problem.code, **problem.data)


def _people(found: Evaluation, spot: Spot) -> None:
    """An id is one person's; only ids distinguish people of the same name."""
    seen: dict[str, Expert] = {}
    for expert, place in _seats(found, spot):
        twin = seen.setdefault(folded(expert.id), expert)
        if twin is not expert:
            without_ids = twin.name == expert.name == expert.id
            place.at("id").wrong("about.same_name" if without_ids else "about.double_id", id=expert.id)


def _seats(found: Evaluation, spot: Spot) -> Iterator[tuple[Expert, Spot]]:
    for name, people in (("panel", found.panel or ()), ("substitutes", found.substitutes)):
        yield from ((expert, spot.heading(f"{name} {n} {expert.name}")) for n, expert in enumerate(people, 1))


def _names(found: Evaluation, rubric: Rubric, spot: Spot) -> None:
    """Indicators and criteria the file names must be in the rubric."""
    indicators = [i.id for i in rubric.indicators]
    for expert, place in _seats(found, spot):
        for key in ("duties", "checks", "runs"):
            for name in getattr(expert, key) or ():
                if name not in indicators:
                    place.at(key).wrong("about.indicator", found=name, choices=indicators)
    seen = enumerate(found.visit.seen, 1)
    named = [(spot.heading(f"visit.seen {n}").at("criteria"), name) for n, s in seen for name in s.criteria]
    named += [(spot.heading("guidance").at(name), name) for name in found.guidance]
    named += [(spot.heading("findings").at(name), name) for name in found.findings]
    report = spot.heading("report").at("recommendations")
    for n, one in enumerate(found.report.recommendations, 1):
        named += [(report.item(n).at("findings"), name) for name in one.findings]
    for place, name in named:
        for problem in no_criterion(rubric, [name]):
            place.wrong(problem.code, **problem.data)
