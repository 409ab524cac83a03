"""Scoring policy: rulings on the open points of the standard, fixed before the first mark."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypedDict, get_args

from zhiping.domain.errors import Problem
from zhiping.domain.exact import Number, number_text

Method = Literal["consensus", "panel", "mean"]
Clock = Literal["calendar_year", "twelve_months"]
METHODS: tuple[Method, ...] = get_args(Method)
CLOCKS: tuple[Clock, ...] = get_args(Clock)
STEPS = (Fraction(1), Fraction(1, 2))
RETENTIONS = ("10", "30", "permanent")
AUTHORITY_METHODS: tuple[Method, ...] = ("consensus", "mean")  # one common table is for self-evaluations
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules for deriving the grade, and time limits (docs/adr, the table of open points).

    `method`: `consensus` (blind sheets, then deliberation), `panel` (one table filled together) or `mean`
    (mean of the members' marks). `step`: points between two legal marks of a range, 1 or 1/2.
    """

    method: Method = "consensus"
    bonus_counts: bool = True
    step: Fraction = Fraction(1)
    clock: Clock = "calendar_year"
    trigger_days: int = 30  # days within which an important trigger must lead to an evaluation
    draft_days: int | None = 5  # working days for comments on the draft; None: no draft
    review_days: int = 10  # working days to ask for a formal review after issue
    rectify_days: int = 30  # working days to rectify when unqualified
    improve_days: int = 90  # days to improve otherwise
    retention: str = "30"  # years, or "permanent"

    def as_data(self) -> "PolicyOut":
        """Return the policy as plain data, for the result and its hash."""
        return {
            "method": self.method,
            "bonus_counts": self.bonus_counts,
            "step": number_text(self.step),
            "clock": self.clock,
            "trigger_days": self.trigger_days,
            "draft_days": self.draft_days,
            "review_days": self.review_days,
            "rectify_days": self.rectify_days,
            "improve_days": self.improve_days,
            "retention": self.retention,
        }


class PolicyOut(TypedDict):
    """The policy in a result document."""

    method: Method
    bonus_counts: bool
    step: Number
    clock: Clock
    trigger_days: int
    draft_days: int | None
    review_days: int
    rectify_days: int
    improve_days: int
    retention: str


def default(kind: str) -> Policy:
    """Return the default policy for kind `self` or `authority`."""
    return Policy(method="panel", retention="10") if kind == "self" else Policy()


def problems(policy: Policy) -> Iterator[Problem]:
    """Yield the values not allowed in an authority's programme; `where` is the name of the field."""
    choices: tuple[tuple[str, object, tuple[object, ...]], ...] = (
        ("method", policy.method, AUTHORITY_METHODS),
        ("step", policy.step, STEPS),
        ("clock", policy.clock, CLOCKS),
        ("retention", policy.retention, RETENTIONS),
    )
    for name, found, allowed in choices:
        if found not in allowed:
            yield Problem(
                "policy.choice", {"found": str(found), "choices": [str(c) for c in allowed]}, (name,)
            )
    for name in ("trigger_days", "draft_days", "review_days", "rectify_days", "improve_days"):
        days = getattr(policy, name)
        if days is not None and not 1 <= days <= MOST_DAYS:
            yield Problem("policy.days", {"found": days, "most": MOST_DAYS}, (name,))
