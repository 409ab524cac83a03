"""Levels as one item writes them, before they are made to fit together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from zhiping.domain.doubt import Note
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Level, Text

ONE, ZERO = Fraction(1), Fraction(0)


@dataclass(frozen=True, slots=True)
class Branches:
    """Levels in the order they are written, with the item's own text and the doubts."""

    text: str
    levels: list[Level]
    notes: list[Note]
    deducts: bool = False  # what deductions leave need not reach 0


def shown(levels: Iterable[Level]) -> str:
    """Write levels as a table prints them: "4 / 0~3"; with a step of the table's own "0~3.5 (0.5)"."""
    return " / ".join(map(_shown, levels))


def _shown(level: Level) -> str:
    ends = dict.fromkeys((number_text(level.low), number_text(level.high)))
    return "~".join(ends) + (f" ({number_text(level.step)})" if level.step else "")


def whole_steps(low: Fraction, high: Fraction, words: str) -> Level:
    """Return a level; ends that no whole steps join have the step that joins them."""
    pieces = (high - low).denominator
    return Level(low, high, Text(words), Fraction(1, pieces) if pieces > 1 else None)


def common(parts: Sequence[Fraction]) -> Fraction:
    """Return the largest step that leads to each of some points."""
    below = lcm(*(part.denominator for part in parts))
    return Fraction(gcd(*(int(part * below) for part in parts)), below)
