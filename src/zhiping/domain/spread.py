"""The middle of values with what is uncertain about it, exact and without a model of their distribution."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb

LEAST = 30  # values: below, an interval says more about chance than about what is measured
OUTSIDE = Fraction(
    1, 20
)  # how often the interval does not contain the median of what the values are drawn from


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of values, and its interval; both ends None with fewer than LEAST values."""

    count: int
    median: Fraction
    low: Fraction | None = None
    high: Fraction | None = None


def spread(values: Sequence[Fraction]) -> Spread | None:
    """Return the median with its 95 % interval, which ends at two of the values; None without values.

    The interval is that of the sign test: so many values lie below the true median as a fair coin shows heads
    (Thompson 1936; Conover, Practical Nonparametric Statistics).
    """
    if not values:
        return None
    ordered = sorted(values)
    count = len(ordered)
    median = Fraction(ordered[(count - 1) // 2] + ordered[count // 2], 2)
    if count < LEAST:
        return Spread(count, median)
    at = rank(count)
    return Spread(count, median, ordered[at - 1], ordered[count - at])


@cache
def rank(count: int) -> int:
    """Return the place from either end, from 1, of the values that are the ends of the interval.

    It is the largest k for which fewer than k heads of `count` tosses have a chance of OUTSIDE / 2 at most.
    """
    most = OUTSIDE / 2 * 2**count
    below, k = 0, 0
    while (below := below + comb(count, k)) <= most:
        k += 1
    return max(k, 1)
