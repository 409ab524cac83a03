"""Readings: the grade under every way of combining the marks, with and without bonus."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, TypedDict, get_args

from zhiping.domain import consensus, grading
from zhiping.domain.consensus import Item
from zhiping.domain.exact import Number, number_text, total
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import Rubric
from zhiping.domain.sheet import totals

Way = Literal["consensus", "mean", "item_medians", "median_of_totals"]
WAYS: tuple[Way, ...] = get_args(Way)
Gap = Literal["open", "no_single_marks", "even_panel", "refused"]


class Reading(TypedDict):
    """The grade under one reading of the marks; null if undefined, with the reason in `why`."""

    method: Way
    bonus: bool
    score: Number | None
    shown: str | None
    grade: str | None
    why: Gap | None
    official: bool


def readings(
    rubric: Rubric,
    policy: Policy,
    items: Sequence[Item],
    points: Mapping[str, Fraction] | None,
    *,
    refused: bool,
) -> list[Reading]:
    """Return the grade under every reading, with and without bonus.

    `points`: the official points, None while some are open. `refused`: the panel is not legal, so every
    reading is undefined.
    """
    single = policy.method == "panel"
    even: Gap | None = None if len(items[0].marks) % 2 else "even_panel"
    whys: dict[str, Gap | None] = {
        "consensus": None if _settled(policy, items, points) else "open",
        "mean": "no_single_marks" if single else None,
        "item_medians": "no_single_marks" if single else even,
        "median_of_totals": "no_single_marks" if single else even,
    }
    official = "mean" if policy.method == "mean" else "consensus"
    rows: list[Reading] = []
    for method in WAYS:
        why: Gap | None = "refused" if refused else whys[method]
        sums = None if why else _sums(rubric, method, items, points)
        for bonus in (True, False):
            score = None if sums is None else sums[bonus]
            rows.append(
                {
                    "method": method,
                    "bonus": bonus,
                    "score": None if score is None else number_text(score),
                    "shown": None if score is None else grading.shown(score),
                    "grade": None if score is None else grading.band(rubric.bands, score).grade,
                    "why": why,
                    "official": method == official and bonus is policy.bonus_counts,
                }
            )
    return rows


def _settled(policy: Policy, items: Sequence[Item], points: Mapping[str, Fraction] | None) -> bool:
    """Whether the panel agreed on a mark for every criterion; a mean is no agreement, unless unanimous."""
    if policy.method == "mean":
        return not any(item.disputed for item in items)
    return points is not None


def _sums(
    rubric: Rubric, method: str, items: Sequence[Item], points: Mapping[str, Fraction] | None
) -> dict[bool, Fraction]:
    """Return the score of a reading with (True) and without (False) the bonus."""
    if method == "consensus" and points is not None:
        sums = totals(rubric, points)
    elif method == "item_medians":
        sums = totals(rubric, {i.criterion.id: i.proposal for i in items if i.proposal is not None})
    else:
        members = consensus.totals(items)
        middle = len(members) // 2
        if method == "mean":
            return {
                True: total(m.total for m in members) / len(members),
                False: total(m.base for m in members) / len(members),
            }
        return {
            True: sorted(m.total for m in members)[middle],
            False: sorted(m.base for m in members)[middle],
        }
    return {True: sums.total, False: sums.base}
