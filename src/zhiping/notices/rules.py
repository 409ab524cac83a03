"""Permissions for notices and webhooks."""

from typing import Any

import rules

from zhiping.notices.models import Notice
from zhiping.permissions import Actor, allow_clock


@rules.predicate
def administrator(user: Any) -> bool:
    """Return whether the user, an account of `AUTH_USER_MODEL`, administers the system."""
    return bool(user.is_administrator)


@rules.predicate
def is_receiver(user: Actor, notice: Notice | None) -> bool:
    """Return whether the notice is addressed to the user."""
    return notice is not None and notice.to_id == user.pk


rules.add_perm("notices.read", is_receiver)
rules.add_perm("notices.read_all", rules.is_active)
rules.add_perm("notices.prefer", rules.is_active)
rules.add_perm("notices.add_webhook", administrator)
rules.add_perm("notices.change_webhook", administrator)
rules.add_perm("notices.remove_webhook", administrator)
rules.add_perm("notices.renew_secret", administrator)
rules.add_perm("notices.send_test", administrator)
allow_clock("notices.mail", "notices.deliver")
