"""The marks of one member: what is legal, what is complete, what they sum to."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from zhiping.domain.errors import Problem
from zhiping.domain.exact import number_text, total
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.domain.transparency.canonical import sha256


@dataclass(frozen=True, slots=True)
class Mark:
    """One member's points for one criterion, with what was written beside them.

    `no_level`: no printed level fits; the points are the nearest level's,
    and the criterion is always discussed.
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
    source: str = ""  # the file it came from
    sha256: str = ""  # hash of what was handed in (`content_sha256`), before any wording was filled in
    wording_sha256: str = ""  # the rubric wording it was filled against


@dataclass(frozen=True, slots=True)
class Totals:
    """What a sheet sums to, in points; base and bonus always apart."""

    base: Fraction
    bonus: Fraction
    indicators: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def total(self) -> Fraction:
        """Base and bonus together."""
        return self.base + self.bonus


def mark_problems(criterion: Criterion, mark: Mark, step: Fraction) -> Iterator[Problem]:
    """Say what is wrong with one mark: outside every level, a loss without reason, an unnamed bonus."""
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
    """Return the legal choices for a person to read: `{"mark"}` or `{"low", "high", "step"}`, best first."""
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
    """Fill each empty reason of an exact printed level with that level's wording."""
    marks = dict(sheet.marks)
    for name, mark in sheet.marks.items():
        criterion = rubric.criteria.get(name)
        if criterion is None or criterion.bonus or mark.reason or mark.no_level:
            continue
        if mark.points == criterion.max:
            continue
        level = criterion.level(mark.points)
        if level and level.exact:
            marks[name] = replace(mark, reason=level.text[language])
    return replace(sheet, marks=marks)


def problems(rubric: Rubric, sheet: Sheet, step: Fraction) -> Iterator[Problem]:
    """Say everything that keeps a sheet from being handed in, in table order."""
    for name in sheet.marks:
        if name not in rubric.criteria:
            yield Problem("mark.unknown", {"id": name})
    for criterion in rubric.criteria.values():
        mark = sheet.marks.get(criterion.id)
        if mark is not None:
            if mark.no_level or criterion.bonus or mark.points != criterion.max:  # a full mark is never wrong
                yield from mark_problems(criterion, mark, step)
        elif not criterion.bonus:
            yield Problem("mark.missing", {"id": criterion.id, "allowed": allowed(criterion, step)})


def plain_id(expert_id: str) -> str:
    """Return an expert's id as it is compared: half-width, no spaces, lower case."""
    return "".join(unicodedata.normalize("NFKC", expert_id).split()).casefold()


def totals(rubric: Rubric, points: Mapping[str, Fraction]) -> Totals:
    """Sum points per indicator, base and bonus apart; a criterion without points counts 0."""
    sums = {i.id: total(points[c.id] for c in i.criteria if c.id in points) for i in rubric.indicators}
    base, bonus = (
        total(sums[i.id] for d in rubric.dimensions if d.bonus is apart for i in d.indicators)
        for apart in (False, True)
    )
    return Totals(base, bonus, sums)


def content_sha256(sheet: Sheet) -> str:
    """Hash what a member handed in, whatever file it came in: a mark without words counts as its points."""
    marks = {
        name: [m.points, m.reason, m.advice, m.note, m.no_level]
        if m.reason or m.advice or m.note or m.no_level
        else m.points
        for name, m in sheet.marks.items()
    }
    return sha256({"expert_id": sheet.expert_id, "name": sheet.name, "date": sheet.date, "marks": marks})
