"""Permissions for notices and webhooks."""

import rules

from zhiping.accounts.models import User
from zhiping.accounts.rules import administrator
from zhiping.notices.models import Notice


@rules.predicate
def is_receiver(user: User, notice: Notice | None) -> bool:
    """Whether the notice is addressed to the user."""
    return notice is not None and notice.to_id == user.pk


rules.add_perm("notices.read", is_receiver)
rules.add_perm("notices.read_all", rules.is_active)
rules.add_perm("notices.prefer", rules.is_active)
rules.add_perm("notices.add_webhook", administrator)
rules.add_perm("notices.change_webhook", administrator)
rules.add_perm("notices.remove_webhook", administrator)
rules.add_perm("notices.renew_secret", administrator)
rules.add_perm("notices.send_test", administrator)
