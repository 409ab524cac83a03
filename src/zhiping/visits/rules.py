"""Permissions of visits, of papers, and of the start of scoring."""

import rules

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import responsible, works_for
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge, runs_programme
from zhiping.panels.models import Seat
from zhiping.panels.rules import is_lead, is_secretary, sits
from zhiping.registry.models import Platform
from zhiping.registry.rules import heads_platform, responsible_for_platform


@rules.predicate
def leads_at_platform(user: User, platform: Platform | None) -> bool:
    """The lead of an evaluation of the platform: to start it meets what happened there."""
    seats = Seat.objects.filter(role=Seat.Role.LEAD, left__isnull=True, expert__user=user)
    return seats.filter(evaluation__platform=platform).exists()


rules.add_perm("visits.start_evaluation", is_lead)
rules.set_perm("registry.meet_trigger", responsible_for_platform | heads_platform | leads_at_platform)


@rules.predicate
def oversees(user: User, evaluation: Evaluation | None) -> bool:
    """An officer over the platform's region, who also reads what operators evaluate themselves."""
    return evaluation is not None and responsible(user, evaluation.platform.region_id)


writes = has_charge | is_secretary | sits
reads = writes | oversees

rules.add_perm("visits.plan_visit", has_charge | is_lead | is_secretary)
rules.add_perm("visits.write_visit_record", writes)
rules.add_perm("visits.remove_visit_record", writes)


@rules.predicate
def officer_of(user: User, authority: Organisation | None) -> bool:
    """An officer of this very authority."""
    return authority is not None and works_for(user, authority.pk, Role.AUTHORITY)


rules.add_perm("visits.make_papers", has_charge | is_lead | is_secretary)
rules.add_perm("visits.ask_bundle", runs_programme)
rules.add_perm("visits.replace_template", officer_of)
rules.add_perm("visits.drop_template", officer_of)
