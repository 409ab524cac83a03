"""Grades: bands, display of scores, margins, flip sets and ceilings."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import TypedDict

from zhiping.domain.consensus import Item
from zhiping.domain.exact import Number, number_text
from zhiping.domain.rubric import CAP_READINGS, Band, CapReading, Rubric


class Change(TypedDict):
    """A changed mark in a flip set: from the official points of a criterion `to` the mark of a member."""

    id: str
    points: Number
    to: Number


class Flip(TypedDict):
    """The fewest changed criteria that lead to a better or worse grade; null if impossible."""

    up: list[Change] | None
    down: list[Change] | None


class Ceiling(TypedDict):
    """The maximum score a platform of one channel can reach under one reading of the table."""

    channel: str
    reading: CapReading
    base: Number
    total: Number
    grade: str
    capped: list[dict[str, str]]  # [{"id", "max"}]


class Margin(TypedDict):
    """Points missing to the next better grade and above the bound of the own grade; null at the ends."""

    to_next: Number | None
    next_grade: str | None
    above_own: Number | None


def band(bands: Sequence[Band], score: Fraction) -> Band:
    """Return the best band whose lower bound the exact score reaches (8.2; nothing is rounded)."""
    return next(b for b in bands if score >= b.lower)


def better(bands: Sequence[Band], grade: str) -> Band | None:
    """Return the next better band; None above the best."""
    position = [b.grade for b in bands].index(grade)
    return bands[position - 1] if position else None


def shown(value: Fraction) -> Number:
    """Write a number with two decimals, cut and never rounded up: 89.996 is shown as 89.99."""
    cut = abs(value.numerator) * 100 // value.denominator
    return Number(f"{'-' if value < 0 and cut else ''}{cut // 100}.{cut % 100:02d}")


def margin(bands: Sequence[Band], score: Fraction) -> Margin:
    """Return the distance of the score to the next better bound and to the bound of its own grade."""
    own = band(bands, score)
    up = better(bands, own.grade)
    return {
        "to_next": number_text(up.lower - score) if up else None,
        "next_grade": up.grade if up else None,
        "above_own": number_text(score - own.lower) if own is not bands[-1] else None,
    }


def flip(
    items: Iterable[Item], points: Mapping[str, Fraction], bands: Sequence[Band], score: Fraction
) -> Flip:
    """Return the fewest disputed criteria that change the grade if set to the mark of some member.

    `items`: the criteria that may change; `points`: the official points; `score`: the graded score. Each
    change goes to the highest (up) or lowest (down) mark of the members; among the smallest sets the first
    in table order wins.
    """
    own = band(bands, score)
    up = better(bands, own.grade)
    disputed = [item for item in items if item.disputed]
    highest = [(item, max(mark.points for mark in item.marks)) for item in disputed]
    lowest = [(item, min(mark.points for mark in item.marks)) for item in disputed]
    rise = [(points[i.criterion.id], to, to - points[i.criterion.id], i.criterion.id) for i, to in highest]
    fall = [(points[i.criterion.id], to, points[i.criterion.id] - to, i.criterion.id) for i, to in lowest]
    sinks = own is not bands[-1]
    return {
        "up": _fewest(rise, up.lower - score, past=False) if up else None,
        "down": _fewest(fall, score - own.lower, past=True) if sinks else None,
    }


_Move = tuple[Fraction, Fraction, Fraction, str]


def _fewest(moves: Sequence[_Move], need: Fraction, *, past: bool) -> list[Change] | None:
    """Return the fewest moves that sum to `need` (to more than that if `past`), first in table order."""
    moves = [move for move in moves if move[2] > 0]
    scale = lcm(need.denominator, *(move[2].denominator for move in moves))
    gains = [int(move[2] * scale) for move in moves]
    bound = int(need * scale) + past

    def most(rest: Sequence[int], count: int) -> int:
        return sum(sorted(rest, reverse=True)[:count])

    size = next((k for k in range(1, len(gains) + 1) if most(gains, k) >= bound), None)
    if size is None:
        return None
    chosen: list[_Move] = []
    reached = 0
    for position, gain in enumerate(gains):
        left = size - len(chosen)
        if left and reached + gain + most(gains[position + 1 :], left - 1) >= bound:
            chosen.append(moves[position])
            reached += gain
    return [{"id": m[3], "points": number_text(m[0]), "to": number_text(m[1])} for m in chosen]


def ceilings(rubric: Rubric, channel: str, *, bonus_counts: bool) -> list[Ceiling]:
    """Return the ceilings of a channel in the lenient and the strict reading; empty if nothing caps it.

    The strict reading adds its caps to the lenient ones. Ceilings inform; grading never uses them.
    """
    if not any(cap.channel == channel for cap in rubric.caps):
        return []
    return [_ceiling(rubric, channel, reading, bonus_counts=bonus_counts) for reading in CAP_READINGS]


def caps(rubric: Rubric, channel: str, reading: CapReading = "lenient") -> dict[str, Fraction]:
    """Return the maximum of each criterion a channel caps, by criterion id."""
    return {
        cap.criterion: cap.max
        for cap in rubric.caps
        if cap.channel == channel and cap.reading in ("lenient", reading)
    }


def _ceiling(rubric: Rubric, channel: str, reading: CapReading, *, bonus_counts: bool) -> Ceiling:
    capped = caps(rubric, channel, reading)
    points = {c.id: min(c.max, capped.get(c.id, c.max)) for c in rubric.criteria.values()}
    base = sum((points[c.id] for c in rubric.base), Fraction(0))
    total = sum(points.values(), Fraction(0))
    return {
        "channel": channel,
        "reading": reading,
        "base": number_text(base),
        "total": number_text(total),
        "grade": band(rubric.bands, total if bonus_counts else base).grade,
        "capped": [{"id": name, "max": number_text(points[name])} for name in points if name in capped],
    }
