"""Actions of notices and webhooks."""

from zhiping.notices.actions.inbox import MINUTES, mail, notify, prefer, read, read_all
from zhiping.notices.actions.webhooks import (
    add_webhook,
    change_webhook,
    deliver,
    remove_webhook,
    renew_secret,
    send_test,
)

__all__ = [
    "MINUTES",
    "add_webhook",
    "change_webhook",
    "deliver",
    "mail",
    "notify",
    "prefer",
    "read",
    "read_all",
    "remove_webhook",
    "renew_secret",
    "send_test",
]
