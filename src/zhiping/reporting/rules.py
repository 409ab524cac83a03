"""Permissions of reports: who writes, objects, decides, issues, reads (8.3, 8.4.1)."""

import rules

from zhiping import permissions
from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import works_for
from zhiping.domain.lifecycle import ISSUED, State, of_stage
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge, is_of_operator, oversees, responsible_for_authority
from zhiping.panels.rules import is_lead, is_secretary, sits
from zhiping.scoring.rules import sees_marks


@rules.predicate
def is_second(user: User, evaluation: Evaluation | None) -> bool:
    """A person who decides with the lead: another member of the panel, or who is in charge."""
    if evaluation is None or is_lead(user, evaluation):
        return False
    return bool(sits(user, evaluation) or has_charge(user, evaluation))


@rules.predicate
def reads_report(user: User, evaluation: Evaluation | None) -> bool:
    """The panel and who is in charge; the operator once the draft is out, offices above once it is issued."""
    if evaluation is None:
        return False
    if is_of_operator(user, evaluation) and evaluation.reached in (State.CONSULTING, *ISSUED):
        return True
    if oversees(user, evaluation) and evaluation.reached in ISSUED:
        return True
    return bool(sees_marks(user, evaluation))


@rules.predicate
def numbers_reports(user: User, organisation: Organisation | None) -> bool:
    """An officer of the authority, or the head of the operator, whose reports are numbered."""
    if organisation is None:
        return False
    heads = works_for(user, organisation.pk, Role.OPERATOR_HEAD)
    return heads or bool(responsible_for_authority(user, organisation))


SEATS = {
    "in_charge": has_charge,
    "lead": is_lead,
    "member": sits,
    "secretary": is_secretary,
    "operator": is_of_operator,
    "second_person": is_second,
    "link": rules.always_false,  # enterprises without an account, for whom the system acts
}
permissions.bind(of_stage("reporting")["evaluation"], SEATS)
rules.add_perm("reporting.see_report", reads_report)
rules.add_perm("reporting.take_file", reads_report)
rules.add_perm("reporting.set_pattern", numbers_reports)
permissions.allow_clock("reporting.take_feedback")
