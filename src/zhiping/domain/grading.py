"""From an exact score to a grade: bands, display, margin, what would change it, what was possible at all."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import TypedDict

from zhiping.domain.consensus import Item
from zhiping.domain.exact import Number, number_text
from zhiping.domain.rubric import CAP_READINGS, Band, CapReading, Rubric


class Change(TypedDict):
    """One changed mark of a flip set: the criterion, its official points and the mark a member gave."""

    id: str
    points: Number
    to: Number


class Flip(TypedDict):
    """Fewest changed criteria that would give another grade; null where impossible."""

    up: list[Change] | None
    down: list[Change] | None


class Ceiling(TypedDict):
    """The most a platform of this channel could earn under one reading of the table."""

    channel: str
    reading: CapReading
    base: Number
    total: Number
    grade: str
    capped: list[dict[str, str]]  # [{"id", "max"}]


class Margin(TypedDict):
    """Points to the next better bound, and above the own bound; null at the ends."""

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
    """Say how far the score is from the next better bound and above its own."""
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
    """Return the fewest disputed criteria whose marks, changed to a mark some member gave, change the grade.

    `items`: the criteria that may change; `points`: the official points; `score`: the graded score. Each
    change goes to the member mark farthest in the wanted direction; of several sets equally small the first
    in table order is given.
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
    """Choose the fewest moves that sum to `need` (more than it when `past`), first in table order."""
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
    """Return the most a platform of this channel could earn, lenient and strict; none where nothing caps it.

    Strict adds its caps to the lenient ones. Never used in grading.
    """
    if not any(cap.channel == channel for cap in rubric.caps):
        return []
    return [_ceiling(rubric, channel, reading, bonus_counts=bonus_counts) for reading in CAP_READINGS]


def _ceiling(rubric: Rubric, channel: str, reading: CapReading, *, bonus_counts: bool) -> Ceiling:
    caps = {
        cap.criterion: cap.max
        for cap in rubric.caps
        if cap.channel == channel and cap.reading in ("lenient", reading)
    }
    points = {c.id: min(c.max, caps.get(c.id, c.max)) for c in rubric.criteria.values()}
    base = sum((points[c.id] for c in rubric.base), Fraction(0))
    total = sum(points.values(), Fraction(0))
    return {
        "channel": channel,
        "reading": reading,
        "base": number_text(base),
        "total": number_text(total),
        "grade": band(rubric.bands, total if bonus_counts else base).grade,
        "capped": [{"id": name, "max": number_text(points[name])} for name in points if name in caps],
    }
