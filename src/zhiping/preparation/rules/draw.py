"""Who seals, draws, applies and gives up a draw: officers over the region of the authority (6.2)."""

import rules

from zhiping.accounts.models import User
from zhiping.accounts.rules import responsible
from zhiping.preparation.models import Draw, Evaluation
from zhiping.preparation.rules.programme import responsible_for_authority


@rules.predicate
def draws_panel(user: User, evaluation: Evaluation | None) -> bool:
    """An officer over the region of the authority that leads the evaluation, not of one below it."""
    return evaluation is not None and bool(responsible_for_authority(user, evaluation.authority))


@rules.predicate
def supervises(user: User, draw: Draw | None) -> bool:
    """An officer over the region of the authority that draws."""
    if draw is None:
        return False
    programme = draw.trip.programme if draw.trip else None
    authority = programme.authority if programme else draw.evaluation.authority if draw.evaluation else None
    return authority is not None and responsible(user, authority.region_id)


rules.add_perm("preparation.see_draw", draws_panel)
rules.add_perm("preparation.commit_draw", responsible_for_authority)
for name in ("perform_draw", "apply_draw", "abandon_draw"):
    rules.add_perm(f"preparation.{name}", supervises)
