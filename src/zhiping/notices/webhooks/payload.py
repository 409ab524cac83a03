"""Webhook messages: events that may be sent, bodies and signatures (Standard Webhooks 1.0)."""

import base64
import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from zhiping.ledger.models import Event
from zhiping.notices.models import Webhook


def offered() -> tuple[str, ...]:
    """Return the names of events that may be sent: a setting, because the stages are above this app."""
    events: tuple[str, ...] = import_string(settings.EVENTS_FOR_WEBHOOKS)
    return events


def names(webhook: Webhook) -> list[str]:
    """Return the names of the events to send to a webhook."""
    return [name for name in offered() if not webhook.events or name in webhook.events]


def of_event(event: Event) -> dict[str, Any]:
    """Return the payload of an event: name, subject and time, but neither its data nor any person."""
    return {
        "id": str(event.id),
        "event": event.name,
        "at": event.at.isoformat(),
        "subject": {"kind": event.head.kind, "id": str(event.head_id)},
        "seq": event.seq,
    }


def body(payload: dict[str, Any]) -> bytes:
    """Serialise a payload; canonical, so that every attempt sends the same bytes."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def secret(webhook: Webhook) -> str:
    """Derive the secret shared with the receiver; it is shown once and never stored."""
    value = f"{webhook.pk}.{webhook.turn}"
    key = salted_hmac("zhiping.notices.webhook", value, algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(key).decode()}"


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Sign a message as in Standard Webhooks 1.0: HMAC-SHA256 of `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(webhook: Webhook, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the HTTP headers of a message."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "zhiping",
        "Webhook-Id": id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": signature(secret(webhook), id, timestamp, body),
    }
