"""Computation of the result document from the sheets, agreed marks and facts of an evaluation."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from zhiping.domain import consensus, dates, display, grading, panel, path, sheet
from zhiping.domain.agreement import agreement
from zhiping.domain.consensus import Agreed, Item
from zhiping.domain.display import Printed
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation, dates_of, odd_meetings
from zhiping.domain.exact import Number, number_text, total
from zhiping.domain.identity import folded
from zhiping.domain.panel import Check
from zhiping.domain.readings import readings
from zhiping.domain.result_document import (
    SCHEMA,
    CriterionOut,
    Finding,
    MarkOut,
    Note,
    Open,
    Result,
    ScoreNumbers,
    ScoreOut,
    SheetOut,
    Subject,
    Verdict,
    for_operator,
)
from zhiping.domain.rubric import Criterion, Dimension, Indicator, Rubric
from zhiping.domain.sheet import Mark, Sheet, Totals
from zhiping.domain.transparency.canonical import Day, sha256

__all__ = [
    "SCHEMA",
    "CriterionOut",
    "Result",
    "ScoreOut",
    "SheetOut",
    "checks",
    "evaluate",
    "for_operator",
]


def evaluate(
    rubric: Rubric,
    about: Evaluation,
    sheets: Sequence[Sheet],
    agreed: Mapping[str, Agreed] | None = None,
    *,
    amended: Mapping[str, Agreed] | None = None,
    replaces: str = "",
    generator: str = "zhiping",
) -> Result:
    """Compute the result of an evaluation from the members' sheets and the panel's agreed marks.

    `amended`: marks decided on objections, by criterion; `replaces`: the hash of the result they correct.
    `status` is `refused` if a check of the panel fails, `open` while a criterion waits for deliberation,
    else `concluded`. Sheets are sorted by the order of the panel, so their own order never matters.
    Raises Invalid, with all problems at once, for illegal or missing marks, agreed marks that contradict
    the sheets, and sheets that do not match the panel or the policy.
    """
    policy, marks, corrected = about.policy, agreed or {}, amended or {}
    ordered = _in_panel_order(about, sheets)
    items = consensus.items(rubric, ordered)
    wrong = _problems(rubric, about, ordered, items, marks)
    if wrong := [*wrong, *_amended_problems(rubric, corrected, policy.step)]:
        raise Invalid(wrong)
    outcome = checks(rubric, about, len(ordered))
    official = {
        i.criterion.id: consensus.official(i, marks.get(i.criterion.id), policy.method) for i in items
    }
    noted = list(_amendments(official, corrected, replaces))
    official |= {name: mark.points for name, mark in corrected.items()}
    marks = {**marks, **corrected}
    waiting: list[Open] = [
        {"id": i.criterion.id, "why": i.why} for i in items if i.why and official[i.criterion.id] is None
    ]
    refused = any(check["state"] == "fail" for check in outcome)
    points = None if refused or waiting else {k: v for k, v in official.items() if v is not None}
    printed = display.printed(rubric, official)
    criteria = [
        _criterion(i, ordered, official, marks.get(i.criterion.id), method=policy.method, printed=printed)
        for i in items
    ]
    return {
        "schema": SCHEMA,
        "generator": generator,
        "status": "refused" if refused else "open" if waiting else "concluded",
        **_subject(rubric, about),
        "sheets": [_sheet(m, sums) for m, sums in zip(ordered, consensus.totals(items), strict=True)],
        "checks": outcome,
        "open": waiting,
        **_verdict(rubric, about, items, points, printed),
        "dimensions": _dimensions(rubric, official, printed),
        "indicators": _indicators(rubric, official, printed),
        "criteria": criteria,
        "readings": readings(rubric, policy, items, points, refused=refused),
        "ceiling": grading.ceilings(rubric, about.platform.channel, bonus_counts=policy.bonus_counts),
        "agreement": agreement(items, [member.expert_id for member in ordered]),
        "findings": [_finding(entry) for entry in criteria if entry["lost"] not in (None, "0")],
        "notes": [*_notes(rubric, about, items, ordered), *_above_ceiling(rubric, about, official), *noted],
        "replaced_characters": [],
    }


def _problems(
    rubric: Rubric,
    about: Evaluation,
    sheets: Sequence[Sheet],
    items: Sequence[Item],
    agreed: Mapping[str, Agreed],
) -> list[Problem]:
    """Return all problems of the sheets and of the marks the panel agreed on."""
    wrong = [*_sheet_problems(rubric, about, sheets)]
    if sheets:
        wrong += consensus.problems(items, agreed, method=about.policy.method, step=about.policy.step)
    return wrong


def _amended_problems(rubric: Rubric, amended: Mapping[str, Agreed], step: Fraction) -> Iterator[Problem]:
    for name, mark in amended.items():
        criterion = rubric.criteria.get(name)
        place = {"id": name, "found": number_text(mark.points)}
        if criterion is None:
            yield Problem("agreed.unknown", {"id": name})
        elif mark.points not in criterion.marks(step):
            yield Problem("agreed.illegal", {**place, "allowed": sheet.allowed(criterion, step)})
        elif not mark.reason:
            yield Problem("agreed.no_reason", place)


def _amendments(
    official: Mapping[str, Fraction | None], amended: Mapping[str, Agreed], replaces: str
) -> Iterator[Note]:
    """Yield what was corrected on objections, with the marks before and the result that had them."""
    for name, mark in amended.items():
        before = official[name]
        known = "" if before is None else number_text(before)
        data = {"id": name, "before": known, "points": number_text(mark.points), "replaces": replaces}
        yield {"code": "amended", "data": data}


def _in_panel_order(about: Evaluation, sheets: Sequence[Sheet]) -> list[Sheet]:
    order = {folded(expert.id): i for i, expert in enumerate(about.panel or ())}
    return sorted(sheets, key=lambda s: (order.get(folded(s.expert_id), len(order)), s.expert_id, s.name))


def _sheet_problems(rubric: Rubric, about: Evaluation, sheets: Sequence[Sheet]) -> Iterator[Problem]:
    for member in sheets:
        yield from _late_sheets(about, member)
        for problem in sheet.problems(rubric, member, about.policy.step):
            yield problem.at(member.source or member.name)
    if about.policy.method == "panel":
        if len(sheets) != 1:
            yield Problem("sheets.one", {"found": len(sheets)})
        members = {folded(expert.id) for expert in about.panel or ()}
        yield from (Problem("sheets.own", {"name": s.name}) for s in sheets if folded(s.expert_id) in members)
        return
    if not sheets:
        yield Problem("sheets.none")
    ids = [member.expert_id for member in sheets]
    alike = [folded(name) for name in ids]
    for name in sorted({i for i, plain in zip(ids, alike, strict=True) if alike.count(plain) > 1}):
        yield Problem("sheets.double", {"id": name})
    if about.panel is not None:
        known = {folded(expert.id) for expert in about.panel}
        for name, plain in zip(ids, alike, strict=True):
            if plain not in known:
                yield Problem("sheets.stranger", {"id": name, "allowed": [e.id for e in about.panel]})
        for expert in about.panel:
            if folded(expert.id) not in alike:
                yield Problem("sheets.missing", {"id": expert.id, "name": expert.name})


def checks(rubric: Rubric, about: Evaluation, sheets: int | None) -> list[Check]:
    """Check the panel of an evaluation on the days of its visit; `sheets`: their number, None if unknown."""
    days = [day for day in (about.visit.start, about.visit.end) if day is not None]
    return panel.checks(
        about.panel,
        rubric=rubric,
        kind=about.kind,
        operator=about.platform.operator,
        dates=days,
        members=None if about.policy.method == "panel" else sheets,
    )


def _late_sheets(about: Evaluation, member: Sheet) -> Iterator[Problem]:
    for problem in dates.problems({"sheet": _date(member.date), "report": about.report.date}):
        yield Problem(problem.code, problem.data, (member.source or member.name,))


def _date(written: str) -> dt.date | None:
    """Return a day written as text, None where it is no day."""
    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        return None


def _day(day: dt.date) -> Day:
    return Day(day.isoformat())


def _subject(rubric: Rubric, about: Evaluation) -> Subject:
    platform, visit = about.platform, about.visit
    return {
        "platform": {
            "name": platform.name,
            "operator": platform.operator,
            "region": platform.region,
            "address": platform.address,
            "sites": list(platform.sites),
        },
        "kind": about.kind,
        "reason": about.reason,
        "period": [_day(day) for day in about.period] if about.period else None,
        "channel": platform.channel,
        "visit": {
            "start": _day(visit.start) if visit.start else None,
            "end": _day(visit.end) if visit.end else None,
            "sites": list(visit.sites),
        },
        "rubric": {
            "id": rubric.id,
            "version": rubric.version,
            "title": {"zh": rubric.title["zh"], "en": rubric.title["en"]},
            "scale_sha256": rubric.scale_sha256,
            "wording_sha256": rubric.wording_sha256,
            "base_max": number_text(rubric.base_max),
            "bonus_max": number_text(rubric.bonus_max),
            "bands": [{"grade": b.grade, "lower": number_text(b.lower)} for b in rubric.bands],
        },
        "policy": about.policy.as_data(),
        "guidance_sha256": sha256(about.guidance) if about.guidance else None,
    }


def _sheet(member: Sheet, sums: Totals) -> SheetOut:
    return {
        "expert_id": member.expert_id,
        "name": member.name,
        "date": member.date,
        "sha256": member.sha256 or sheet.content_sha256(member),
        "base": number_text(sums.base),
        "bonus": number_text(sums.bonus),
        "total": number_text(sums.total),
    }


def _verdict(
    rubric: Rubric,
    about: Evaluation,
    items: Sequence[Item],
    points: Mapping[str, Fraction] | None,
    printed: Printed,
) -> Verdict:
    """Return score, grade, margin, flip set and path; all null while a criterion lacks official points."""
    if points is None:
        none: ScoreNumbers = {"base": None, "bonus": None, "total": None, "graded": None}
        return {"score": none, "shown": none, "grade": None, "margin": None, "flip": None, "path": None}
    policy, bands = about.policy, rubric.bands
    sums = sheet.totals(rubric, points)
    graded = sums.total if policy.bonus_counts else sums.base
    own = grading.band(bands, graded)
    up = grading.better(bands, own.grade)
    counted = [item for item in items if policy.bonus_counts or not item.criterion.bonus]
    single = policy.method == "panel"
    return {
        "score": {
            "base": number_text(sums.base),
            "bonus": number_text(sums.bonus),
            "total": number_text(sums.total),
            "graded": number_text(graded),
        },
        "shown": {
            "base": _shown(printed.base),
            "bonus": _shown(printed.bonus),
            "total": _shown(printed.total),
            "graded": grading.shown(graded),
        },
        "grade": own.grade,
        "margin": grading.margin(bands, graded),
        "flip": {"up": None, "down": None} if single else grading.flip(counted, points, bands, graded),
        "path": path.cheapest(rubric, points, up, policy) if up else None,
    }


def _shown(value: Fraction | None) -> Number | None:
    return None if value is None else grading.shown(value)


def _dimensions(rubric: Rubric, official: Mapping[str, Fraction | None], printed: Printed) -> list[ScoreOut]:
    return [
        _score(d, [c for i in d.indicators for c in i.criteria], official, printed) for d in rubric.dimensions
    ]


def _indicators(rubric: Rubric, official: Mapping[str, Fraction | None], printed: Printed) -> list[ScoreOut]:
    return [_score(i, i.criteria, official, printed) for i in rubric.indicators]


def _score(
    part: Dimension | Indicator,
    criteria: Sequence[Criterion],
    official: Mapping[str, Fraction | None],
    printed: Printed,
) -> ScoreOut:
    values = [official[c.id] for c in criteria]
    known = [value for value in values if value is not None]
    score = total(known) if len(known) == len(values) else None
    return {
        "id": part.id,
        "name": {"zh": part.name["zh"], "en": part.name["en"]},
        "max": number_text(part.max),
        "score": None if score is None else number_text(score),
        "shown": _shown(printed.parts[part.id]),
        "bonus": any(c.bonus for c in criteria),
    }


def _criterion(
    item: Item,
    sheets: Sequence[Sheet],
    official: Mapping[str, Fraction | None],
    agreed: Agreed | None,
    *,
    method: str,
    printed: Printed,
) -> CriterionOut:
    criterion = item.criterion
    single = method == "panel"
    points = official[criterion.id]
    lost = None if points is None or criterion.bonus else criterion.max - points
    return {
        "id": criterion.id,
        "max": number_text(criterion.max),
        "bonus": criterion.bonus,
        "marks": [] if single else [_mark(criterion, s, m) for s, m in zip(sheets, item.marks, strict=True)],
        "disputed": item.disputed and not single,
        "proposal": number_text(item.proposal) if item.disputed and item.proposal is not None else None,
        "agreed": None if points is None else number_text(points),
        "shown": _shown(printed.parts[criterion.id]),
        "agreed_reason": agreed.reason if agreed else "",
        "dissent": agreed.dissent if agreed else "",
        "level": None if points is None else criterion.position(points),
        "lost": None if lost is None else number_text(lost),
        "reasons": _reasons(item, lost, agreed),
        "advice": _distinct(mark.advice for mark in item.marks),
        "notes": _distinct(mark.note for mark in item.marks),
    }


def _mark(criterion: Criterion, member: Sheet, mark: Mark) -> MarkOut:
    return {
        "expert_id": member.expert_id,
        "points": number_text(mark.points),
        "level": criterion.position(mark.points),
        "reason": mark.reason,
        "advice": mark.advice,
        "note": mark.note,
        "no_level": mark.no_level,
    }


def _reasons(item: Item, lost: Fraction | None, agreed: Agreed | None) -> list[str]:
    """Return why points were lost or a bonus earned: the panel's reason, else the members' reasons."""
    if agreed and agreed.reason:
        return [agreed.reason]
    if item.criterion.bonus or lost is None or lost:
        return _distinct(mark.reason for mark in item.marks)
    return []


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))


def _finding(entry: CriterionOut) -> Finding:
    return {
        "id": entry["id"],
        "lost": entry["lost"] or Number("0"),
        "reasons": entry["reasons"],
        "advice": entry["advice"],
    }


def _notes(
    rubric: Rubric, about: Evaluation, items: Sequence[Item], sheets: Sequence[Sheet]
) -> Iterator[Note]:
    """Yield remarks that readers need besides the numbers."""
    if about.reason == "first":
        yield {"code": "first_evaluation", "data": {}}
    if about.kind == "authority":
        operator = about.platform.operator
        people = panel.with_distinct_names(about.panel or ())
        alike = [
            {"name": e.name, "organisations": found} for e in people if (found := panel.alike(e, operator))
        ]
        if alike:
            yield {"code": "alike", "data": {"experts": alike, "operator": operator}}
    names = panel.distinct_names((s.name, s.expert_id) for s in sheets)
    known = ("", rubric.wording_sha256)
    other = [name for name, s in zip(names, sheets, strict=True) if s.wording_sha256 not in known]
    if other:
        yield {"code": "wording", "data": {"experts": other}}
    for seen in about.visit.seen:
        if len(seen.criteria) > 1:
            yield {"code": "double_evidence", "data": {"title": seen.title, "criteria": list(seen.criteria)}}
    yield from _odd_dates(about, list(zip(names, sheets, strict=True)))
    unfit = [item.criterion.id for item in items if any(mark.no_level for mark in item.marks)]
    if unfit:
        yield {"code": "no_level", "data": {"criteria": unfit}}


def _above_ceiling(
    rubric: Rubric, about: Evaluation, official: Mapping[str, Fraction | None]
) -> Iterator[Note]:
    """Yield a note on points that the channel rules out in the lenient reading, too; grading ignores it."""
    channel = about.platform.channel
    caps = grading.caps(rubric, channel)
    above = [
        name for name, points in official.items() if points is not None and points > caps.get(name, points)
    ]
    if above:
        yield {"code": "above_ceiling", "data": {"criteria": above, "channel": channel}}


def _odd_dates(about: Evaluation, sheets: Sequence[tuple[str, Sheet]]) -> Iterator[Note]:
    """Yield dates that are possible, but which a reader will ask about (domain.dates)."""
    facts = dates_of(about)
    visit = {name: facts[name] for name in ("visit_start", "visit_end")}
    for code, data in (*dates.odd(facts), *odd_meetings(about.visit)):
        yield {"code": code, "data": data}
    away = [name for name, member in sheets if dates.odd({**visit, "sheet": _date(member.date)})]
    if away:
        days = {"start": str(visit["visit_start"]), "end": str(visit["visit_end"])}
        yield {"code": "sheet_outside_visit", "data": {"experts": away, **days}}
    for seen in about.visit.seen:
        for code, data in dates.odd({**visit, "seen": _date(seen.date)}):
            yield {"code": code, "data": {"title": seen.title, **data}}
