"""Who draws up a programme, opens its evaluations and groups them into trips."""

import rules

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.rules import responsible
from zhiping.preparation.rules.evaluation import runs_programme


@rules.predicate
def responsible_for_authority(user: User, authority: Organisation | None) -> bool:
    """An officer over the region of an authority."""
    return (
        authority is not None
        and authority.kind == Organisation.Kind.AUTHORITY
        and responsible(user, authority.region_id)
    )


rules.add_perm("preparation.add_programme", responsible_for_authority)
for action in (
    "change_programme",
    "set_policy",
    "set_guidance",
    "copy_guidance",
    "freeze_programme",
    "reopen_programme",
    "end_programme",
    "open_evaluations",
    "prepare_evaluations",
    "add_trip",
    "change_trip",
    "remove_trip",
    "assign_trip",
    "propose_trips",
):
    rules.add_perm(f"preparation.{action}", runs_programme)
