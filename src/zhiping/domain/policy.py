"""The rulings on what the standard leaves open; fixed before the first mark and printed in the report."""

from dataclasses import dataclass
from fractions import Fraction

METHODS = ("consensus", "panel", "mean")
STEPS = (Fraction(1), Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class Policy:
    """How marks become a grade, and how long things may take (docs/adr, the table of open points).

    `method`: `consensus` (blind sheets, then deliberation), `panel` (one table filled together) or `mean`
    (mean of the members' marks). `step`: points between two legal marks of a range, 1 or 1/2.
    """

    method: str = "consensus"
    bonus_counts: bool = True
    step: Fraction = Fraction(1)
    clock: str = "calendar_year"  # or "twelve_months"
    trigger_days: int = 30  # days within which an important trigger must lead to an evaluation
    draft_days: int | None = 5  # working days for comments on the draft; None: no draft
    review_days: int = 10  # working days to ask for a formal review after issue
    rectify_days: int = 30  # working days to rectify when unqualified
    improve_days: int = 90  # days to improve otherwise
    retention: str = "30"  # years, or "permanent"

    def as_data(self) -> dict[str, object]:
        """Return the policy as plain data, for the result and its hash."""
        names = self.__slots__
        return {n: str(v) if isinstance(v := getattr(self, n), Fraction) else v for n in names}


def default(kind: str) -> Policy:
    """Return the rulings used unless the programme says otherwise, for kind `self` or `authority`."""
    return Policy(method="panel", retention="10") if kind == "self" else Policy()
