"""Improvement after the report (8.4.2): the sample that is rechecked, points recovered, and points kept.

The sample is drawn from a seed that is committed to when the improvement is opened, before anybody knows
which measures will be carried out well; its order can be recomputed with `sha256sum` (`domain.draw.key`).
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from zhiping.domain import draw, grading
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import Rubric
from zhiping.domain.transparency.canonical import sha256

LEAST = 3  # findings in a sample, or all where there are fewer
SHARE = 3  # a sample has at least one of as many findings
SOON = 7  # days before a deadline from which the operator is reminded
LATE = 5  # days after a deadline from which who is in charge is notified, too

Kept = Literal["kept", "partly", "lost", "gained", "open"]
Reminder = Literal["", "soon", "overdue", "escalated"]


def least(count: int) -> int:
    """Return how many of a number of findings a sample has at least."""
    return min(count, max(LEAST, -(-count // SHARE)))


def commitment(ids: Iterable[str], seed: str) -> str:
    """Return the commitment to a seed: the SHA-256 of three lines of text.

    The lines, each ended by a line feed, are `zhiping sample 1`, `findings <hash>` and `seed <seed>`, with
    the SHA-256 of the canonical JSON of the sorted ids. Raises Invalid `draw.seed`.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", seed):
        raise Invalid([Problem("draw.seed")])
    text = f"zhiping sample 1\nfindings {sha256(sorted(ids))}\nseed {seed}\n"
    return hashlib.sha256(text.encode()).hexdigest()


def order(ids: Iterable[str], seed: str, words: str = "") -> list[str]:
    """Return findings in the order drawn: by the SHA-256 of the lines seed, words and id.

    `words`: spoken by a witness after the commitment.
    """
    return sorted(ids, key=lambda id_: (draw.key(seed, draw.spoken(words), id_), id_))


@dataclass(frozen=True, slots=True)
class Today:
    """The score as it would be with the points recovered, and its grade; the issued result is unchanged."""

    score: Fraction
    grade: str
    gain: Fraction


def today(
    rubric: Rubric, policy: Policy, points: Mapping[str, Fraction], recovered: Mapping[str, Fraction]
) -> Today:
    """Return what the score would be if each criterion had the points found at its recheck (8.2).

    `points`: the official ones by criterion; a recheck takes no points away.
    """
    counted = [c.id for c in rubric.criteria.values() if policy.bonus_counts or not c.bonus]
    before = sum((points.get(id_, Fraction(0)) for id_ in counted), Fraction(0))
    gains = (max(recovered[id_] - points.get(id_, Fraction(0)), Fraction(0)) for id_ in recovered)
    gain = sum(gains, Fraction(0))
    return Today(before + gain, grading.band(rubric.bands, before + gain).grade, gain)


def kept(before: Fraction, reached: Fraction, after: Fraction) -> Kept:
    """Compare a finding with the following evaluation: whether what was recovered was kept.

    `before`: the official points, `reached`: those found at the recheck, or `before` without one, `after`:
    the points of the following evaluation.
    """
    if reached <= before:
        return "gained" if after > before else "open"
    if after >= reached:
        return "kept"
    return "partly" if after > before else "lost"


def reminder(due: dt.date, today: dt.date) -> Reminder:
    """Return which reminder a deadline calls for on a day, "" for none."""
    days = (today - due).days
    if days > LATE:
        return "escalated"
    if days > 0:
        return "overdue"
    return "soon" if days >= -SOON else ""
