"""Permissions of improvement: who plans, reports, rechecks, closes, reads (8.4.2)."""

import rules

from zhiping import permissions
from zhiping.accounts.models import User
from zhiping.domain.lifecycle import ISSUED, of_stage
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge, is_of_operator, oversees
from zhiping.panels.rules import is_on_panel, sits


@rules.predicate
def closes_second(user: User, evaluation: Evaluation | None) -> bool:
    """Who closes after another in charge: one in charge, the panel, of a self-evaluation the operator."""
    if evaluation is None:
        return False
    own = evaluation.kind == "self" and is_of_operator(user, evaluation)
    return bool(own or has_charge(user, evaluation) or sits(user, evaluation))


@rules.predicate
def is_clock(_user: User, _evaluation: Evaluation | None) -> bool:
    """No person: the system reminds of deadlines."""
    return False


@rules.predicate
def reads_improvement(user: User, evaluation: Evaluation | None) -> bool:
    """Once the report is issued: operator, panel, who is in charge, and offices over the region."""
    if evaluation is None or evaluation.reached not in ISSUED:
        return False
    charged = has_charge(user, evaluation) or oversees(user, evaluation)
    return bool(charged or is_of_operator(user, evaluation) or is_on_panel(user, evaluation))


SEATS = {
    "in_charge": has_charge,
    "operator": is_of_operator,
    "second_person": closes_second,
    "clock": is_clock,
}
permissions.bind(of_stage("improvement")["evaluation"], SEATS)
rules.add_perm("improvement.see_improvement", reads_improvement)
rules.add_perm("improvement.take_proof", reads_improvement)
permissions.allow_clock("improvement.remind_operator")
