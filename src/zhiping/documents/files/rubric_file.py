"""Rubric files read and checked: the bundled one, an owner's own, a draft with its doubts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from zhiping.compiled import compiled
from zhiping.documents.files import toml_file
from zhiping.documents.files.toml_file import BAD, Spot, many, points, record, tables, written
from zhiping.domain import rubric as rubrics
from zhiping.domain.doubt import Doubt
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.rubric import Band, Cap, Criterion, Dimension, Indicator, Level, Rubric, Text
from zhiping.texts import catalogue

BUNDLED = Path(__file__).parent / "rubrics" / "qi-one-stop.toml"


class Contents(NamedTuple):
    """The contents of a rubric file: the table (None where unreadable), its doubts, and every problem.

    An unsettled doubt is no problem of the file; `load` makes it one.
    """

    rubric: Rubric | None
    doubts: tuple[Doubt, ...]
    problems: tuple[Problem, ...]

    @property
    def unsettled(self) -> tuple[Doubt, ...]:
        """The doubts that are still open."""
        return tuple(doubt for doubt in self.doubts if not doubt.settled)


@cache
def bundled() -> Rubric:
    """Return the rubric that ships: table A.1 in the project's own words."""
    source, spot = BUNDLED.read_bytes(), Spot(BUNDLED.name, [])
    return usable(
        _draft(compiled(BUNDLED, source, lambda: toml_file.parse(source, spot)), spot), BUNDLED.name
    )


def load(path: Path) -> Rubric:
    """Return a file's rubric, sound and without open doubts; raise Invalid with every problem in it."""
    return usable(read(path), path.name)


def usable(draft: Contents, file: str = "") -> Rubric:
    """Return the rubric of what was read, sound and without open doubts; raise Invalid as `load` does."""
    open_doubts = (
        Problem(
            "rubric.doubt",
            {"id": doubt.id, "place": doubt.where, "found": doubt.found, "proposed": doubt.proposed},
            (file, f"[doubts {doubt.id}].settled"),
        )
        for doubt in draft.unsettled
    )
    found = (*draft.problems, *open_doubts)
    if draft.rubric is None or found:
        raise Invalid(found)
    return draft.rubric


def read(path: Path) -> Contents:
    """Read a rubric file or draft without raising: for checking one and for going on with a draft."""
    spot = Spot(path.name, [])
    return _draft(toml_file.parse_file(path, spot), spot)


def loads(content: str, file: str = "") -> Contents:
    """Read a rubric file's text; `file` names it in problems."""
    spot = Spot(file, [])
    return _draft(toml_file.parse(content.encode(), spot), spot)


def _draft(data: dict[str, Any] | None, spot: Spot) -> Contents:
    found: Any = BAD if data is None else _FILE(data, spot)
    if found is BAD or spot.problems:
        return Contents(None, (), tuple(spot.problems))
    rubric, doubts = found
    found = islice(rubrics.problems(rubric), toml_file.PROBLEMS_LIMIT)
    return Contents(rubric, doubts, tuple(_placed(rubric, p, spot.file) for p in found))


def _placed(rubric: Rubric, problem: Problem, file: str) -> Problem:
    """Place a problem under the heading of the unsound part."""
    name = str(problem.data.get("id", ""))
    heads = (
        ("caps", problem.code in ("rubric.cap", "rubric.cap_kind", "rubric.double_cap")),
        ("bands", problem.code in ("rubric.band_order", "rubric.band_floor", "rubric.no_bands")),
        (f"[criteria {name}]", name in rubric.criteria),
        (f"[indicators {name}]", any(i.id == name for i in rubric.indicators)),
        (f"[dimensions {name}]", any(d.id == name for d in rubric.dimensions)),
    )
    return problem.at(file, *[head for head, here in heads if here][:1])


# ── the file's shape ───────────────────────────────────────────────────────────────────────────────────


def _in_two_languages(zh: toml_file.Reader) -> toml_file.Reader:
    """Return a reader of words in two languages; a bare text is Chinese."""
    inner = record(Text, {"zh": zh, "en": toml_file.text}, ("zh",))
    return lambda value, spot: inner({"zh": value} if isinstance(value, str) else value, spot)


_words = _in_two_languages(toml_file.filled)
_remark = _in_two_languages(toml_file.text)  # may be empty: not every table has such words


def _level(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read a level: `mark`, or `low` and `high`, never both."""
    shape = {"mark": points, "low": points, "high": points, "step": points, "text": _remark}
    found = record(dict, shape, ("text",))(value, spot)
    if found is BAD:
        return BAD
    if value.keys() & {"mark", "low", "high"} not in ({"mark"}, {"low", "high"}):
        return spot.wrong("file.mark_or_range")
    if not found.keys() >= value.keys():
        return BAD
    mark = found.pop("mark", None)
    return Level(**found) if mark is None else Level(mark, mark, **found)


def _dimension(indicators: tuple[Indicator, ...], **values: Any) -> Dimension:  # noqa: ANN401 - by shape
    """Build a dimension; in the bonus group every criterion is a bonus."""
    if values.get("bonus"):
        indicators = tuple(
            replace(i, criteria=tuple(replace(c, bonus=True) for c in i.criteria)) for i in indicators
        )
    return Dimension(indicators=indicators, **values)


def _file(doubts: tuple[Doubt, ...] = (), **values: Any) -> tuple[Rubric, tuple[Doubt, ...]]:  # noqa: ANN401 - by shape
    return Rubric(**values), doubts


_CRITERION = record(
    Criterion,
    {
        "id": toml_file.filled,
        "name": _remark,
        "text": _words,
        "max": points,
        "levels": many(_level),
        "place": toml_file.text,
    },
    ("id", "text", "max", "levels"),
)
_INDICATOR = record(
    Indicator,
    {
        "id": toml_file.filled,
        "name": _words,
        "focus": _remark,
        "max": points,
        "criteria": tables("criteria", _CRITERION, "id"),
    },
    ("id", "name", "focus", "max", "criteria"),
)
_DIMENSION = record(
    _dimension,
    {
        "id": toml_file.filled,
        "name": _words,
        "max": points,
        "bonus": toml_file.yes,
        "indicators": tables("indicators", _INDICATOR, "id"),
    },
    ("id", "name", "max", "indicators"),
)
_BAND = {"grade": toml_file.filled, "name": _words, "lower": points, "meaning": _remark}
_CAP = {
    "channel": toml_file.filled,
    "reading": toml_file.filled,
    "criterion": toml_file.filled,
    "max": points,
}
_DOUBT = dict.fromkeys(("id", "code", "where", "found", "proposed", "settled"), toml_file.text)
_FILE = record(
    _file,
    {
        "id": toml_file.filled,
        "version": toml_file.filled,
        "title": _words,
        "source": _words,
        "number": toml_file.text,
        "bands": many(record(Band, _BAND, _BAND)),
        "caps": many(record(Cap, _CAP, _CAP)),
        "urgent": many(toml_file.filled),
        "doubts": tables("doubts", record(Doubt, _DOUBT, _DOUBT), "id"),
        "dimensions": tables("dimensions", _DIMENSION, "id"),
    },
    ("id", "version", "title", "bands", "dimensions"),
)


def dumps(rubric: Rubric, doubts: Sequence[Doubt] = ()) -> str:
    """Write a rubric, or a draft with its doubts, as a TOML file a person can edit; `loads` reads it back."""
    data = rubrics.as_data(rubric)
    says = [catalogue.lookup(language, "rubric.file") for language in catalogue.LANGUAGES]
    lines = [f"# {line}" for say in says for line in say["head"].strip().split("\n")]
    lines += [f"{key} = {written(data[key])}" for key in ("id", "version", "title")]
    lines += [f"source = {written(data['source'])}"] if rubric.source.zh else []
    lines += [f"number = {written(rubric.number)}"] if rubric.number else []
    for key in ("bands", "caps"):
        lines += ["", *(f"# {say[key]}" for say in says), *_rows(key, data[key])]
    if rubric.urgent:
        lines += ["", *(f"# {say['urgent']}" for say in says), f"urgent = {written(data['urgent'])}"]
    if doubts:
        lines += ["", *(f"# {say['doubts']}" for say in says)]
    for doubt in doubts:
        lines += ["", "[[doubts]]", *_pairs(asdict(doubt))]
    for dimension in data["dimensions"]:
        lines += _dimension_lines(dimension)
    return "\n".join(lines) + "\n"


def _pairs(table: Mapping[str, Any], *keys: str) -> Iterator[str]:
    return (f"{key} = {written(table[key])}" for key in (keys or table) if key in table)


def _rows(key: str, rows: Sequence[Any]) -> list[str]:
    """Write a list with one row a line."""
    return [f"{key} = [", *(f"  {written(row)}," for row in rows), "]"]


def _dimension_lines(dimension: Mapping[str, Any]) -> Iterator[str]:
    bonus = ("bonus",) if dimension["bonus"] else ()
    yield from ("", "", "[[dimensions]]", *_pairs(dimension, "id", "name", "max", *bonus))
    for indicator in dimension["indicators"]:
        title = "".join(c if c.isprintable() else " " for c in f"{indicator['id']} {indicator['name']['zh']}")
        yield from ("", f"# ── {title} ──", "[[dimensions.indicators]]")
        yield from _pairs(indicator, "id", "name", "focus", "max")
        for criterion in indicator["criteria"]:
            yield from ("", "[[dimensions.indicators.criteria]]")
            yield from _pairs(criterion, "id", "name", "text", "max", "place")
            yield from _rows("levels", criterion["levels"])
