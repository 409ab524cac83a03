"""What a panel's sheets agree on, what must be discussed, and the panel's own marks."""

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
    """The panel's mark for a criterion after deliberation, why, and who holds another view."""

    points: Fraction
    reason: str = ""
    dissent: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One criterion before the panel: every member's mark in sheet order, and whether it is disputed.

    `why` is None where it is not. `proposal` is the median: with an odd panel
    always a legal mark, with an even one None. `units` are the points as whole numbers of 1/`scale` point.
    """

    criterion: Criterion
    marks: tuple[Mark, ...]
    units: tuple[int, ...]
    scale: int
    why: Why | None
    proposal: Fraction | None

    @property
    def disputed(self) -> bool:
        """Whether the panel must discuss it: marks differ, or no printed level fits."""
        return self.why is not None


def items(rubric: Rubric, sheets: Sequence[Sheet]) -> tuple[Item, ...]:
    """Lay the members' marks side by side, in table order."""
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


def totals(found: Sequence[Item]) -> list[Totals]:
    """Return every member's sums, in sheet order."""
    base = [sum(column) for column in zip(*(i.units for i in found if not i.criterion.bonus), strict=True)]
    bonus = [sum(column) for column in zip(*(i.units for i in found if i.criterion.bonus), strict=True)]
    scale = found[0].scale
    pairs = zip(base, bonus or [0] * len(base), strict=True)
    return [Totals(Fraction(one, scale), Fraction(other, scale)) for one, other in pairs]


def agreed_problems(item: Item, agreed: Agreed, step: Fraction) -> Iterator[Problem]:
    """Say what is wrong with the panel's mark for one criterion.

    A disputed criterion needs a legal mark and a reason; one on which all agree keeps its mark.
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
    found: Sequence[Item], agreed: Mapping[str, Agreed], *, method: str, step: Fraction
) -> Iterator[Problem]:
    """Say everything that is wrong with the panel's marks; a method without deliberation takes none."""
    if method != "consensus" and agreed:
        yield Problem("agreed.method", {"method": method})
        return
    by_id = {item.criterion.id: item for item in found}
    for name, mark in agreed.items():
        if name in by_id:
            yield from agreed_problems(by_id[name], mark, step)
        else:
            yield Problem("agreed.unknown", {"id": name})


def official(item: Item, agreed: Agreed | None, method: str) -> Fraction | None:
    """Return the panel's points for a criterion, exact; None while it is open."""
    if method == "mean":
        return Fraction(sum(item.units), item.scale * len(item.units))
    if method == "panel" or not item.disputed:
        return item.marks[0].points
    return agreed.points if agreed else None
