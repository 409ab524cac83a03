"""Permissions of evidence: who hands in, who withdraws, who reads (domain.lifecycle)."""

import rules

from zhiping import permissions
from zhiping.accounts.models import User
from zhiping.domain import lifecycle
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge, is_of_operator
from zhiping.evidence.models import Evidence
from zhiping.panels.rules import is_secretary, sits
from zhiping.visits import rules as visits

AFTER_CONCLUSION = tuple(
    state for state in State if state not in (*lifecycle.OPEN, State.CANCELLED)
)  # the operator reads everything

reads = visits.reads | visits.visits_for  # all evidence: the panel, and the offices around the evaluation


@rules.predicate
def reads_all(user: User, evaluation: Evaluation | None) -> bool:
    """The panel and those in charge; once a result is concluded the operator too."""
    if evaluation is None:
        return False
    concluded = evaluation.head.phase in AFTER_CONCLUSION and bool(is_of_operator(user, evaluation))
    return concluded or bool(reads(user, evaluation))


@rules.predicate
def sees(user: User, evidence: Evidence | None) -> bool:
    """A reader of all evidence of the evaluation; the operator for what its side handed in."""
    if evidence is None:
        return False
    own = evidence.side == Evidence.Side.OPERATOR and bool(is_of_operator(user, evidence.evaluation))
    return own or bool(reads_all(user, evidence.evaluation))


@rules.predicate
def gave(user: User, evidence: Evidence | None) -> bool:
    """The person who handed it in, while that person sees it: a recused member does not."""
    return evidence is not None and evidence.by_id == user.pk and bool(sees(user, evidence))


@rules.predicate
def in_charge_of(user: User, evidence: Evidence | None) -> bool:
    """In charge of the evaluation."""
    return evidence is not None and bool(has_charge(user, evidence.evaluation))


def side_of(user: User, evaluation: Evaluation) -> Evidence.Side:
    """Return for which side a user hands in: an operator's expert on the panel hands in for the panel."""
    panel = sits(user, evaluation) or is_secretary(user, evaluation)
    own = is_of_operator(user, evaluation) and not panel
    return Evidence.Side.OPERATOR if own else Evidence.Side.PANEL


SEATS = visits.SEATS | {"operator": is_of_operator}
ABOUT_EVIDENCE = {"giver": gave, "in_charge": in_charge_of}
MOVES = lifecycle.of_stage("evidence")["evaluation"]

permissions.bind((move for move in MOVES if move.name != "withdraw_evidence"), SEATS)
permissions.bind((move for move in MOVES if move.name == "withdraw_evidence"), ABOUT_EVIDENCE)
rules.add_perm("evidence.see", reads_all | is_of_operator)
rules.add_perm("evidence.take_file", sees)
permissions.allow_clock("evidence.make_preview", "evidence.drop_old_uploads", "evidence.drop_unnamed_files")
