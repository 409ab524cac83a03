"""Deliberation: disputed criteria, and the marks the panel agrees on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Literal

from zhiping.domain.errors import Problem
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.domain.sheet import Mark, Sheet, Totals, allowed

Why = Literal["differ", "no_level"]
UNEARNED = Mark(Fraction(0))


@dataclass(frozen=True, slots=True)
class Agreed:
    """The panel's mark for a criterion after deliberation, with its reason and any dissent."""

    points: Fraction
    reason: str = ""
    dissent: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """The marks of all members for one criterion, in sheet order.

    `why`: why it is disputed, None if it is not. `proposal`: the median, None with an even panel; with an
    odd panel it is a mark some member gave, so always legal. `units`: the points as multiples of 1/`scale`.
    """

    criterion: Criterion
    marks: tuple[Mark, ...]
    units: tuple[int, ...]
    scale: int
    why: Why | None
    proposal: Fraction | None

    @property
    def disputed(self) -> bool:
        """Return whether the panel must discuss it, because marks differ or no printed level fits."""
        return self.why is not None


def items(rubric: Rubric, sheets: Sequence[Sheet]) -> tuple[Item, ...]:
    """Collect the members' marks per criterion, in table order."""
    rows = [
        (criterion, tuple([sheet.marks.get(criterion.id, UNEARNED) for sheet in sheets]))
        for criterion in rubric.criteria.values()
    ]
    scale = lcm(*{m.points.denominator for _, marks in rows for m in marks}, *rubric.denominators)
    return tuple(_item(criterion, marks, scale) for criterion, marks in rows)


def _item(criterion: Criterion, marks: tuple[Mark, ...], scale: int) -> Item:
    units = tuple([mark.points.numerator * (scale // mark.points.denominator) for mark in marks])
    unfit = any(mark.no_level for mark in marks)
    why: Why | None = "differ" if len(set(units)) > 1 else "no_level" if unfit else None
    middle = marks[units.index(sorted(units)[len(units) // 2])].points if len(units) % 2 else None
    return Item(criterion, marks, units, scale, why, middle)


def totals(items: Sequence[Item]) -> list[Totals]:
    """Return the totals of every member, in sheet order."""
    base = [sum(column) for column in zip(*(i.units for i in items if not i.criterion.bonus), strict=True)]
    bonus = [sum(column) for column in zip(*(i.units for i in items if i.criterion.bonus), strict=True)]
    scale = items[0].scale
    pairs = zip(base, bonus or [0] * len(base), strict=True)
    return [Totals(Fraction(one, scale), Fraction(other, scale)) for one, other in pairs]


def agreed_problems(item: Item, agreed: Agreed, step: Fraction) -> Iterator[Problem]:
    """Yield the problems of the panel's mark for one criterion.

    A disputed criterion needs a legal mark and a reason; a unanimous mark cannot be changed.
    """
    place = {"id": item.criterion.id, "found": number_text(agreed.points)}
    unanimous = item.marks[0].points
    if not item.disputed:
        if agreed.points != unanimous:
            yield Problem("agreed.undisputed", {**place, "allowed": number_text(unanimous)})
    elif agreed.points not in item.criterion.marks(step):
        yield Problem("agreed.illegal", {**place, "allowed": allowed(item.criterion, step)})
    elif not agreed.reason:
        yield Problem("agreed.no_reason", place)


def problems(
    items: Sequence[Item], agreed: Mapping[str, Agreed], *, method: str, step: Fraction
) -> Iterator[Problem]:
    """Yield all problems of the panel's marks; only the method `consensus` allows agreed marks."""
    if method != "consensus" and agreed:
        yield Problem("agreed.method", {"method": method})
        return
    by_id = {item.criterion.id: item for item in items}
    for name, mark in agreed.items():
        if name in by_id:
            yield from agreed_problems(by_id[name], mark, step)
        else:
            yield Problem("agreed.unknown", {"id": name})


def official(item: Item, agreed: Agreed | None, method: str) -> Fraction | None:
    """Return the panel's exact points for a criterion; None while it waits for deliberation."""
    if method == "mean":
        return Fraction(sum(item.units), item.scale * len(item.units))
    if method == "panel" or not item.disputed:
        return item.marks[0].points
    return agreed.points if agreed else None
