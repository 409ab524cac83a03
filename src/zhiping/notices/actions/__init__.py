"""Telling people and other systems."""

from zhiping.notices.actions.inbox import MINUTES, mail, prefer, read, read_all, tell
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
    "prefer",
    "read",
    "read_all",
    "remove_webhook",
    "renew_secret",
    "send_test",
    "tell",
]
