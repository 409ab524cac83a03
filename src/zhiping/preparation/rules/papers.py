"""Who has the papers of an evaluation made."""

import rules

from zhiping.preparation.rules.evaluation import (
    has_charge,
    is_lead,
    is_secretary,
    leads_authority,
    runs_programme,
)

rules.add_perm("preparation.make_papers", has_charge | leads_authority | is_lead | is_secretary)
rules.add_perm("preparation.ask_bundle", runs_programme)


@rules.predicate
def officer_of(user: object, organisation: object) -> bool:
    """An officer of this very authority."""
    return organisation is not None and any(
        m.organisation_id == organisation.pk and m.role == "authority"  # type: ignore[attr-defined] # a model
        for m in user.held  # type: ignore[attr-defined] # a person of ours
    )


rules.add_perm("preparation.replace_template", officer_of)
rules.add_perm("preparation.drop_template", officer_of)
