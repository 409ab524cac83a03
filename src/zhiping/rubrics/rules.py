"""Who may publish a rubric and take it out of use."""

import rules

from zhiping import permissions
from zhiping.accounts.models import Role, User
from zhiping.accounts.rules import administrator


@rules.predicate
def provincial_officer(user: User) -> bool:
    """An officer of an authority over a whole province."""
    return any(m.role == Role.AUTHORITY and m.organisation.region_id.endswith("0000") for m in user.held)


publisher = administrator | provincial_officer

rules.add_perm("rubrics.publish", publisher)
rules.add_perm("rubrics.withdraw", publisher)
rules.add_perm("rubrics.restore", publisher)
permissions.allow_clock("rubrics.publish")  # a system publishes the bundled rubric when it is set up
