"""Points as they are printed: two decimals, and parts that add up to their printed total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from zhiping.domain.exact import total
from zhiping.domain.grading import shown
from zhiping.domain.rubric import Dimension, Rubric

HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Printed:
    """The printed points of a table; None where points are open.

    `parts`: of criteria, indicators and dimensions, by id.
    """

    parts: Mapping[str, Fraction | None]
    base: Fraction | None
    bonus: Fraction | None
    total: Fraction | None


def cut(value: Fraction) -> Fraction:
    """Return a number as it is shown: 89.996 becomes 89.99."""
    return Fraction(shown(value))


def apportion(values: Sequence[Fraction], whole: Fraction) -> list[Fraction]:
    """Return points of two decimals that add up to `whole`, the printed sum of the values.

    Each value is cut; the hundredths that are missing then go to those which lost most by the cut, the first
    of equals first. So no value differs from its exact one by a hundredth or more.
    """
    printed = [cut(value) for value in values]
    missing = int((whole - total(printed)) * HUNDREDTHS)
    by_loss = sorted(range(len(values)), key=lambda i: printed[i] - values[i])
    for i in by_loss[:missing]:
        printed[i] += Fraction(1, HUNDREDTHS)
    return printed


def printed(rubric: Rubric, points: Mapping[str, Fraction | None]) -> Printed:
    """Return how the points of criteria and their sums are printed, so that every table of them adds up.

    Base score and total are cut and never rounded up, because grades are compared with them. A sum is known
    where all its criteria are; parts of an unknown sum are cut.
    """
    parts: dict[str, Fraction | None] = {}
    exact = {d.id: _sum(points, d) for d in rubric.dimensions}
    base = _added([exact[d.id] for d in rubric.dimensions if not d.bonus])
    bonus = _added([exact[d.id] for d in rubric.dimensions if d.bonus])
    low, rest = (None if value is None else cut(value) for value in (base, bonus))
    both = None
    if base is not None and bonus is not None:
        both = cut(base + bonus)
        rest = both - cut(base)
    for sort, whole in ((False, low), (True, rest)):
        dimensions = [d for d in rubric.dimensions if d.bonus is sort]
        parts |= _spread({d.id: exact[d.id] for d in dimensions}, whole)
        for dimension in dimensions:
            sums = {i.id: _added([points[c.id] for c in i.criteria]) for i in dimension.indicators}
            parts |= _spread(sums, parts[dimension.id])
            for indicator in dimension.indicators:
                parts |= _spread({c.id: points[c.id] for c in indicator.criteria}, parts[indicator.id])
    return Printed(parts, low, rest, both)


def _sum(points: Mapping[str, Fraction | None], dimension: Dimension) -> Fraction | None:
    return _added([points[c.id] for i in dimension.indicators for c in i.criteria])


def _added(values: Sequence[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return total(known) if len(known) == len(values) else None


def _spread(values: Mapping[str, Fraction | None], whole: Fraction | None) -> dict[str, Fraction | None]:
    """Return printed points of the parts of a sum; each is only cut where the sum is unknown."""
    known = [value for value in values.values() if value is not None]
    if whole is None or len(known) < len(values):
        return {name: None if value is None else cut(value) for name, value in values.items()}
    return dict(zip(values, apportion(known, whole), strict=True))
