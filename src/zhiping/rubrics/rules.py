"""Permissions for rubrics."""

import rules

from zhiping import permissions
from zhiping.accounts.models import Role, User
from zhiping.accounts.rules import administrator


@rules.predicate
def provincial_officer(user: User) -> bool:
    """Return whether the user is an officer of a provincial authority, whose region code ends in 0000."""
    return any(m.role == Role.AUTHORITY and m.organisation.region_id.endswith("0000") for m in user.held)


publisher = administrator | provincial_officer

rules.add_perm("rubrics.publish", publisher)
rules.add_perm("rubrics.withdraw", publisher)
rules.add_perm("rubrics.restore", publisher)
permissions.allow_clock("rubrics.publish")  # a system publishes the bundled rubric when it is set up
