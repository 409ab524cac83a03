"""Sheets: the marks of one member, their validation and totals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from zhiping.domain.errors import Problem
from zhiping.domain.exact import number_text, total
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.domain.transparency.canonical import sha256


@dataclass(frozen=True, slots=True)
class Mark:
    """A member's points for one criterion, with reason, advice and note.

    `no_level`: no printed level fits, so the points are of the nearest level and the panel must discuss
    the criterion.
    """

    points: Fraction
    reason: str = ""
    advice: str = ""
    note: str = ""
    no_level: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """All marks of one member, by criterion id; a missing bonus mark is 0."""

    expert_id: str
    name: str
    marks: Mapping[str, Mark]
    date: str = ""
    platform: str = ""
    source: str = ""  # name of the file it was read from
    sha256: str = ""  # `content_sha256` of the marks handed in, before `with_level_reasons`
    wording_sha256: str = ""  # wording hash of the rubric it was filled in with


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of a sheet in points; base and bonus are always separate."""

    base: Fraction
    bonus: Fraction
    indicators: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def total(self) -> Fraction:
        """Return base plus bonus."""
        return self.base + self.bonus


def mark_problems(criterion: Criterion, mark: Mark, step: Fraction) -> Iterator[Problem]:
    """Yield the problems of one mark: illegal points, a loss without reason, a bonus without its ground."""
    if not criterion.admits(mark.points, step):
        yield Problem(
            "mark.illegal",
            {"id": criterion.id, "found": number_text(mark.points), "allowed": allowed(criterion, step)},
        )
    elif criterion.bonus and mark.points and not (mark.reason or mark.note):
        yield Problem("mark.unnamed_bonus", {"id": criterion.id, "found": number_text(mark.points)})
    elif not criterion.bonus and mark.no_level and not mark.reason:
        yield Problem("mark.no_level_reason", {"id": criterion.id})
    elif not criterion.bonus and not mark.reason and mark.points != criterion.max:
        yield Problem("mark.no_reason", {"id": criterion.id, "found": number_text(mark.points)})


def allowed(criterion: Criterion, step: Fraction) -> list[dict[str, str]]:
    """Return the legal marks as data for messages: `{"mark"}` or `{"low", "high", "step"}`, best first."""
    choices: list[dict[str, str]] = [
        {"mark": number_text(level.low)}
        if level.exact
        else {
            "low": number_text(level.low),
            "high": number_text(level.high),
            "step": number_text(level.step or step),
        }
        for level in sorted(criterion.levels, key=lambda level: -level.low)
    ]
    if criterion.bonus and not any(level.low == 0 for level in criterion.levels):
        choices.append({"mark": "0"})
    return choices


def with_level_reasons(rubric: Rubric, sheet: Sheet, language: str = "zh") -> Sheet:
    """Return the sheet with empty reasons filled with the wording of the chosen level, if it is exact."""
    marks = dict(sheet.marks)
    for name, mark in sheet.marks.items():
        criterion = rubric.criteria.get(name)
        if criterion and not mark.reason and (reason := level_reason(criterion, mark, language)):
            marks[name] = replace(mark, reason=reason)
    return replace(sheet, marks=marks)


def level_reason(criterion: Criterion, mark: Mark, language: str = "zh") -> str:
    """Return the wording of a mark's level: the reason where none is typed.

    "" where one must be typed (a range, no printed level fits) or none is due (the maximum, a bonus).
    """
    if criterion.bonus or mark.no_level or mark.points == criterion.max:
        return ""
    level = criterion.level(mark.points)
    return level.text[language] if level and level.exact else ""


def problems(rubric: Rubric, sheet: Sheet, step: Fraction) -> Iterator[Problem]:
    """Yield everything that prevents handing in the sheet, in table order; a blank one is one problem."""
    if not sheet.marks:
        yield Problem("mark.none")
        return
    for name in sheet.marks:
        if name not in rubric.criteria:
            yield Problem("mark.unknown", {"id": name})
    for criterion in rubric.criteria.values():
        mark = sheet.marks.get(criterion.id)
        if mark is not None:
            yield from hand_in_problems(criterion, mark, step)
        elif not criterion.bonus:
            yield Problem("mark.missing", {"id": criterion.id, "allowed": allowed(criterion, step)})


def hand_in_problems(criterion: Criterion, mark: Mark, step: Fraction) -> Iterator[Problem]:
    """Yield what prevents handing in one mark; a full one is never wrong, unless no printed level fits."""
    if mark.no_level or criterion.bonus or mark.points != criterion.max:
        yield from mark_problems(criterion, mark, step)


def totals(rubric: Rubric, points: Mapping[str, Fraction]) -> Totals:
    """Sum points by indicator, base and bonus; a criterion without points counts 0."""
    sums = {i.id: total(points[c.id] for c in i.criteria if c.id in points) for i in rubric.indicators}
    base, bonus = (
        total(sums[i.id] for d in rubric.dimensions if d.bonus is apart for i in d.indicators)
        for apart in (False, True)
    )
    return Totals(base, bonus, sums)


def content_sha256(sheet: Sheet) -> str:
    """Hash the content handed in, independent of the file format.

    A mark without texts is hashed as its points alone, so that "2" and {points = 2} are the same.
    """
    marks = {
        name: [m.points, m.reason, m.advice, m.note, m.no_level]
        if m.reason or m.advice or m.note or m.no_level
        else m.points
        for name, m in sheet.marks.items()
    }
    return sha256({"expert_id": sheet.expert_id, "name": sheet.name, "date": sheet.date, "marks": marks})
