"""Permissions of operation."""

import rules

from zhiping import permissions
from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import administrator, auditor, officer, works_for


@rules.predicate
def serves(user: User, subject: Organisation | None) -> bool:
    """Whether the user is an officer of this authority."""
    return subject is not None and works_for(user, subject.pk, Role.AUTHORITY)


rules.add_perm("operations.see", administrator)
rules.add_perm("operations.retry", administrator)
rules.add_perm("operations.see_records", administrator | auditor | officer)
rules.add_perm("operations.add_keeper", administrator | serves)
rules.add_perm("operations.remove_keeper", administrator | serves)
permissions.allow_clock(
    "operations.announce_keys",
    "operations.beat",
    "operations.forget",
    "operations.send_checkpoints",
    "operations.verify",
)
