"""Permissions of visits, of papers, and of the start of scoring."""

import rules

from zhiping import permissions
from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import works_for
from zhiping.domain import lifecycle
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge, leads_authority, oversees, runs_programme
from zhiping.panels.rules import is_lead, is_secretary, sits


@rules.predicate
def visits_for(user: User, evaluation: Evaluation | None) -> bool:
    """An officer of the office to which the leading authority has delegated the visit."""
    return evaluation is not None and works_for(user, evaluation.visit_office_id, Role.AUTHORITY)


SEATS = {
    "in_charge": has_charge,
    "lead": is_lead,
    "secretary": is_secretary,
    "member": sits,
    "authority": leads_authority,
    "delegate": visits_for,
}

permissions.bind(lifecycle.of_stage("visits")["evaluation"], SEATS)


reads = has_charge | is_secretary | sits | oversees


@rules.predicate
def officer_of(user: User, authority: Organisation | None) -> bool:
    """An officer of this very authority."""
    return authority is not None and works_for(user, authority.pk, Role.AUTHORITY)


rules.add_perm("visits.make_papers", has_charge | is_lead | is_secretary)
rules.add_perm("visits.ask_bundle", runs_programme)
rules.add_perm("visits.replace_template", officer_of)
rules.add_perm("visits.drop_template", officer_of)
permissions.allow_clock("visits.make_bundle", "visits.drop_old_bundles")
