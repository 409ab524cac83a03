"""Inter-rater agreement: Krippendorff's α, range of marks, severity of each member."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import TypedDict

from zhiping.domain.consensus import Item
from zhiping.domain.exact import Number, number_text

Units = Sequence[Sequence[int]]


class Severity(TypedDict):
    """A member's severity relative to the other members: negative is stricter; descriptive only."""

    expert_id: str
    share: Number
    points: Number


class Agreement(TypedDict):
    """Agreement of the members' marks; all null when the panel filled in one common sheet.

    `alpha`: Krippendorff's α, exact, null when no marks vary. `unanimous`: share of base criteria on
    which all agree. `mean_range`: mean difference between highest and lowest mark, in points.
    """

    alpha: Number | None
    unanimous: Number | None
    mean_range: Number | None
    severity: list[Severity]


def alpha(units: Sequence[Sequence[Fraction | None]]) -> Fraction | None:
    """Return Krippendorff's α for interval data, exact; None if no two values differ.

    `units`: the values of each unit, None for a missing value; a unit with fewer than two values is not
    pairable and is ignored. Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    """
    pairable = [u for u in ([v for v in unit if v is not None] for unit in units) if len(u) > 1]
    scale = lcm(*(v.denominator for unit in pairable for v in unit))
    return _alpha([[v.numerator * (scale // v.denominator) for v in unit] for unit in pairable])


def _alpha(units: Units) -> Fraction | None:
    values = [v for unit in units for v in unit]
    expected = _pairs(values)
    if not expected:
        return None
    observed = sum((Fraction(_pairs(unit), len(unit) - 1) for unit in units if any(unit)), Fraction(0))
    return 1 - (len(values) - 1) * observed / expected


def _pairs(values: Sequence[int]) -> int:
    """Return half the sum of squared differences over all ordered pairs: n Σx² − (Σx)².

    The closed form is linear in the number of values; comparing the pairs would be quadratic.
    """
    return len(values) * sum(v * v for v in values) - sum(values) ** 2


def agreement(items: Sequence[Item], expert_ids: Sequence[str]) -> Agreement:
    """Return the `agreement` part of a result, over the base criteria; nulls if there is a single sheet.

    Severity of member j: `share` is the mean over criteria of (mark − mean of the others) / max, `points`
    the sum of (mark − mean of the others); negative is stricter. It is descriptive: no score is adjusted.
    """
    if len(expert_ids) < 2:
        return {"alpha": None, "unanimous": None, "mean_range": None, "severity": []}
    base = [item for item in items if not item.criterion.bonus]
    # Integers instead of fractions, scaled by common denominators: exact and several times faster.
    scale = base[0].scale
    rows = [item.units for item in base]
    maxima = [int(item.criterion.max * scale) for item in base]
    whole = lcm(*maxima)
    weights = [whole // top for top in maxima]
    shares_alpha = _alpha([[v * weight for v in row] for row, weight in zip(rows, weights, strict=True)])
    ranges = [max(row) - min(row) for row in rows]
    return {
        "alpha": None if shares_alpha is None else number_text(shares_alpha),
        "unanimous": number_text(Fraction(ranges.count(0), len(rows))),
        "mean_range": number_text(Fraction(sum(ranges), len(rows) * scale)),
        "severity": [
            {
                "expert_id": name,
                "share": number_text(Fraction(_apart(j, rows, weights), whole * len(rows)) / _others(rows)),
                "points": number_text(Fraction(_apart(j, rows), scale) / _others(rows)),
            }
            for j, name in enumerate(expert_ids)
        ],
    }


def _others(rows: Units) -> int:
    return len(rows[0]) - 1


def _apart(j: int, rows: Units, weights: Sequence[int] | None = None) -> int:
    """Return the sum of weight × (mark − mean of the others), times the number of others."""
    apart = (len(row) * row[j] - sum(row) for row in rows)
    return sum(apart if weights is None else (d * w for d, w in zip(apart, weights, strict=True)))
