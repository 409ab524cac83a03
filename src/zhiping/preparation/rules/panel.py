"""Who composes a panel, shares duties, declares, asks somebody to step aside and decides on it (6.2)."""

import rules

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import State
from zhiping.preparation.models import Evaluation, Seat
from zhiping.preparation.rules.evaluation import (
    has_charge,
    heads_operator,
    is_lead,
    is_of_operator,
    is_on_panel,
    is_secretary,
)


@rules.predicate
def own_seat(user: User, seat: Seat | None) -> bool:
    """The expert who sits here now."""
    return seat is not None and seat.left is None and seat.expert.user_id == user.pk


@rules.predicate
def told_operator(user: User, evaluation: Evaluation | None) -> bool:
    """Staff or head of the platform's operator, who learn the panel's names once preparation begins."""
    return (
        evaluation is not None and evaluation.head.phase != State.PLANNED and is_of_operator(user, evaluation)
    )


def _around(test: rules.predicates.Predicate) -> rules.predicates.Predicate:
    """Return what somebody is to the evaluation of a seat."""

    @rules.predicate(test.name)
    def holds(user: User, seat: Seat | None) -> bool:
        return seat is not None and bool(test(user, seat.evaluation))

    found: rules.predicates.Predicate = holds
    return found


composes = has_charge
inside = has_charge | is_on_panel
records_paper = has_charge | is_secretary

for name in ("seat_expert", "change_role", "unseat_expert", "move_up", "copy_panel", "see_candidates"):
    rules.add_perm(f"preparation.{name}", composes)
for name in ("assign_duties", "share_duties"):
    rules.add_perm(f"preparation.{name}", has_charge | is_lead)
rules.add_perm("preparation.see_duties", inside | told_operator)
rules.add_perm("preparation.sign_declaration", own_seat)
rules.add_perm("preparation.record_declaration", _around(records_paper))
rules.add_perm("preparation.ask_recusal", own_seat | _around(has_charge) | _around(heads_operator))
rules.add_perm("preparation.decide_recusal", _around(has_charge) & ~own_seat)
rules.add_perm("preparation.step_in", has_charge | is_lead)
rules.add_perm("preparation.replace_members", is_lead)
