"""Who keeps the pool of experts, and what people correct in their own entry."""

import rules

from zhiping.accounts.models import User
from zhiping.preparation.models import Expert
from zhiping.preparation.rules.evaluation import keeps_expert, keeps_pool


@rules.predicate
def is_expert(user: User, expert: Expert | None) -> bool:
    """The person the entry is about."""
    return expert is not None and expert.user_id == user.pk


rules.add_perm("preparation.add_expert", keeps_pool)
rules.add_perm("preparation.import_experts", keeps_pool)
rules.add_perm("preparation.correct_contact", keeps_expert | is_expert)
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
    rules.add_perm(f"preparation.{action}", keeps_expert)
