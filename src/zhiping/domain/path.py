"""Least-effort improvement path: the criteria to improve, and their target marks, to reach a grade."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TypedDict

from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import Number, number_text
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import Band, Criterion, Rubric

Efforts = Mapping[str, Mapping[Fraction, Fraction]]  # criterion id → target mark → effort


class PathStep(TypedDict):
    """One criterion to improve."""

    id: str
    points: Number  # now
    to: Number
    gain: Number
    effort: Number
    cliff: bool


class PathOut(TypedDict):
    """The path of least effort to a grade; if unreachable, `steps` is null and `short` the points missing."""

    to: str
    bound: Number
    steps: list[PathStep] | None
    effort: Number | None
    reaches: Number | None
    short: Number | None


@dataclass(frozen=True, slots=True)
class _Option:
    to: Fraction
    gain: Fraction
    effort: Fraction


def cheapest(
    rubric: Rubric,
    points: Mapping[str, Fraction],
    target: Band,
    policy: Policy,
    efforts: Efforts | None = None,
    *,
    caps: Mapping[str, Fraction] | None = None,
) -> PathOut:
    """Return the path of least total effort from the official points to a band.

    The options of a criterion are its legal marks above the official points; at most one is chosen. A
    criterion without an entry in `efforts` costs 1, and has no options above its maximum in `caps`, if any;
    one with an empty mapping cannot be improved, and a bonus criterion is considered only with an entry.
    Ties: fewer criteria, less overshoot, first in table order. Exact: a multiple-choice knapsack by dynamic
    programming over the points still needed (Kellerer, Pferschy, Pisinger 2004, ch. 11). Raises Invalid for
    efforts that are negative or decreasing, and for marks that are no options.
    """
    stated, step, most = efforts or {}, policy.step, caps or {}
    wrong = [Problem("effort.unknown", {"id": name}) for name in stated if name not in rubric.criteria]
    for name in (name for name in stated if name in rubric.criteria):
        now = points.get(name, Fraction(0))
        wrong += [p for _, p in effort_problems(rubric.criteria[name], now, stated[name], step)]
    if wrong:
        raise Invalid(wrong)
    counted = [c for c in rubric.criteria.values() if policy.bonus_counts or not c.bonus]
    choices = [(c, options) for c in counted if (options := _options(c, points, stated, step, most))]
    need = target.lower - sum((points.get(c.id, Fraction(0)) for c in counted), Fraction(0))
    reachable = sum((max(o.gain for o in options) for _, options in choices), Fraction(0))
    if need > reachable:
        return _answer(target, None, short=need - reachable, points=points)
    return _answer(target, _choose(choices, need), short=None, points=points, score=target.lower - need)


def effort_problems(
    criterion: Criterion, now: Fraction, efforts: Mapping[Fraction, Fraction], step: Fraction
) -> Iterator[tuple[Fraction | None, Problem]]:
    """Yield the problems of a criterion's efforts, each with its mark, or with None if it is their order.

    A mark must be legal and above `now`; an effort must not be negative, nor smaller for a higher mark.
    """
    above = [mark for mark in criterion.marks(step) if mark > now]
    for mark, effort in efforts.items():
        if mark not in above:
            allowed = [{"mark": number_text(option)} for option in above]
            data = {"id": criterion.id, "found": number_text(mark), "allowed": allowed}
            yield mark, Problem("effort.mark", data)
        if effort < 0:
            yield mark, Problem("effort.negative", {"id": criterion.id, "found": number_text(effort)})
    ordered = [efforts[mark] for mark in sorted(efforts)]
    if ordered != sorted(ordered):
        yield None, Problem("effort.decreasing", {"id": criterion.id})


def _options(
    criterion: Criterion,
    points: Mapping[str, Fraction],
    stated: Efforts,
    step: Fraction,
    caps: Mapping[str, Fraction],
) -> list[_Option]:
    now = points.get(criterion.id, Fraction(0))
    efforts = stated.get(criterion.id)
    if efforts is None:
        most = caps.get(criterion.id, criterion.max)
        above = () if criterion.bonus else (m for m in criterion.marks(step) if now < m <= most)
        efforts = dict.fromkeys(above, Fraction(1))
    return [_Option(mark, mark - now, efforts[mark]) for mark in sorted(efforts)]


def _choose(
    choices: list[tuple[Criterion, list[_Option]]], need: Fraction
) -> list[tuple[Criterion, _Option]]:
    """Fill a table of least costs by criterion and need, backwards, then read the choices in table order.

    Effort, number of criteria and overshoot are packed into one integer, in that order of significance, so
    that a single `min` per cell decides all ties.
    """
    every = [option for _, options in choices for option in options]
    scale = lcm(need.denominator, *(o.gain.denominator for o in every))
    finest = lcm(*(o.effort.denominator for o in every))
    whole = max(0, int(need * scale))
    touch = 1 + max((int(o.gain * scale) for o in every), default=0)
    unit = touch * (len(choices) + 1)
    steps = [[(int(o.gain * scale), int(o.effort * finest) * unit + touch) for o in os] for _, os in choices]
    never = touch + sum(price for prices in steps for _, price in prices)
    table = [[0] + [never] * whole]
    for prices in reversed(steps):
        after = table[-1]
        table.append(list(map(min, after, *(_taken(after, gain, price) for gain, price in prices))))
    table.reverse()
    chosen, rest = [], whole
    for position, (criterion, options) in enumerate(choices):
        for (gain, price), option in zip(steps[position], options, strict=True):
            if rest > 0 and _taken(table[position + 1], gain, price)[rest] == table[position][rest]:
                chosen.append((criterion, option))
                rest -= gain
                break
    return chosen


def _taken(after: list[int], gain: int, price: int) -> list[int]:
    """Return the cost by need when choosing an option; `after`: that of the criteria left, by need."""
    over = [price + gain - rest for rest in range(min(gain, len(after)))]
    return over + [price + cost for cost in after[: len(after) - len(over)]]


def _answer(
    target: Band,
    chosen: list[tuple[Criterion, _Option]] | None,
    *,
    short: Fraction | None,
    points: Mapping[str, Fraction],
    score: Fraction = Fraction(0),
) -> PathOut:
    steps: list[PathStep] = [
        {
            "id": criterion.id,
            "points": number_text(points.get(criterion.id, Fraction(0))),
            "to": number_text(option.to),
            "gain": number_text(option.gain),
            "effort": number_text(option.effort),
            "cliff": criterion.cliff,
        }
        for criterion, option in chosen or ()
    ]
    effort = sum((option.effort for _, option in chosen or ()), Fraction(0))
    gained = sum((option.gain for _, option in chosen or ()), Fraction(0))
    return {
        "to": target.grade,
        "bound": number_text(target.lower),
        "steps": None if chosen is None else steps,
        "effort": None if chosen is None else number_text(effort),
        "reaches": None if chosen is None else number_text(score + gained),
        "short": None if short is None else number_text(short),
    }
