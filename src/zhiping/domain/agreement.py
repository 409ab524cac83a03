"""How far members agree: Krippendorff's α, spread, and how strict each member is beside the others."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from zhiping.domain.consensus import Item
from zhiping.domain.transparency import number_text

Row = Sequence[Fraction]  # one criterion's points, a value per member


def alpha(units: Sequence[Sequence[Fraction | None]]) -> Fraction | None:
    """Return Krippendorff's α for interval data, exact; None where no two values differ.

    `units`: per unit the values given, None where an observer gave none; a unit with fewer than two values
    is not pairable and left out. Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    Sums of squared differences over ordered pairs are taken as 2(m Σx² − (Σx)²), in whole numbers.
    """
    pairable = [u for u in ([v for v in unit if v is not None] for unit in units) if len(u) > 1]
    scale = lcm(*(v.denominator for unit in pairable for v in unit)) if pairable else 1
    whole = [[v.numerator * (scale // v.denominator) for v in unit] for unit in pairable]
    values = [v for unit in whole for v in unit]
    expected = _pairs(values)
    if not expected:
        return None
    observed = sum((Fraction(_pairs(unit), len(unit) - 1) for unit in whole), Fraction(0))
    return 1 - (len(values) - 1) * observed / expected


def _pairs(values: Sequence[int]) -> int:
    return len(values) * sum(v * v for v in values) - sum(values) ** 2


def agreement(items: Sequence[Item], expert_ids: Sequence[str]) -> dict[str, object]:
    """Return the `agreement` part of a result, over the base criteria; nulls where one sheet stands alone.

    Severity of member j: mean over criteria of (mark − mean of the others) / max, and the same in points
    summed; negative is stricter. It describes and never adjusts a score.
    """
    base = [item for item in items if not item.criterion.bonus]
    if len(expert_ids) < 2:
        return {"alpha": None, "unanimous": None, "mean_range": None, "severity": []}
    rows = [[mark.points for mark in item.marks] for item in base]
    maxima = [item.criterion.max for item in base]
    found = alpha([[v / top for v in row] for row, top in zip(rows, maxima, strict=True)])
    ranges = [max(row) - min(row) for row in rows]
    return {
        "alpha": None if found is None else number_text(found),
        "unanimous": number_text(Fraction(ranges.count(Fraction(0)), len(rows))),
        "mean_range": number_text(sum(ranges, Fraction(0)) / len(rows)),
        "severity": [_severity(name, j, rows, maxima) for j, name in enumerate(expert_ids)],
    }


def _severity(name: str, j: int, rows: Sequence[Row], maxima: Sequence[Fraction]) -> dict[str, str]:
    members = len(rows[0])
    apart = [(members * row[j] - sum(row)) / (members - 1) for row in rows]
    share = sum((d / top for d, top in zip(apart, maxima, strict=True)), Fraction(0)) / len(rows)
    points = sum(apart, Fraction(0)) / len(rows)
    return {"expert_id": name, "share": number_text(share), "points": number_text(points)}
