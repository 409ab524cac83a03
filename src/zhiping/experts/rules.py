"""Permissions on the pool of experts."""

import rules

from zhiping.accounts.models import Organisation, Role, User, subtree
from zhiping.accounts.rules import responsible, works_for
from zhiping.experts.models import Expert


@rules.predicate
def keeps_pool(user: User, keeper: Organisation | None) -> bool:
    """Return whether the user is an officer of the authority's region, or the head of the operator."""
    if keeper is None:
        return False
    if keeper.kind == Organisation.Kind.OPERATOR:
        return works_for(user, keeper.pk, Role.OPERATOR_HEAD)
    return responsible(user, keeper.region_id)


@rules.predicate
def keeps_expert(user: User, expert: Expert | None) -> bool:
    """Return whether the user keeps the pool that has the entry."""
    return expert is not None and keeps_pool(user, expert.keeper)


@rules.predicate
def sees_from_below(user: User, expert: Expert | None) -> bool:
    """Return whether the user is an officer below the authority whose pool has the entry."""
    if expert is None or expert.keeper.kind != Organisation.Kind.AUTHORITY:
        return False
    first, last = subtree(expert.keeper.region_id)
    return any(first <= code <= last for code, _ in user.regions)


@rules.predicate
def is_expert(user: User, expert: Expert | None) -> bool:
    """Return whether the entry is the user's own."""
    return expert is not None and expert.user_id == user.pk


rules.add_perm("experts.add_expert", keeps_pool)
rules.add_perm("experts.import_experts", keeps_pool)
rules.add_perm("experts.correct_contact", keeps_expert | is_expert)
rules.add_perm("experts.show_phone", keeps_expert | is_expert | sees_from_below)
for action in (
    "change_expert",
    "write_training",
    "remove_training",
    "write_affiliation",
    "remove_affiliation",
    "leave_pool",
    "return_to_pool",
    "open_account",
    "link_account",
):
    rules.add_perm(f"experts.{action}", keeps_expert)
