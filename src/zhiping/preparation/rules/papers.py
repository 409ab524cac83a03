"""Who has the papers of an evaluation made, and who replaces their templates."""

import rules

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import works_for
from zhiping.preparation.rules.evaluation import has_charge, is_lead, is_secretary, runs_programme


@rules.predicate
def officer_of(user: User, authority: Organisation | None) -> bool:
    """An officer of this very authority."""
    return authority is not None and works_for(user, authority.pk, Role.AUTHORITY)


rules.add_perm("preparation.make_papers", has_charge | is_lead | is_secretary)
rules.add_perm("preparation.ask_bundle", runs_programme)
rules.add_perm("preparation.replace_template", officer_of)
rules.add_perm("preparation.drop_template", officer_of)
