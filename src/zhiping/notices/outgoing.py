"""What other systems are told: which events go out, their bodies, and the signature they can check."""

import base64
import hashlib
import hmac
import json
from typing import Any

from django.utils.crypto import salted_hmac

from zhiping.ledger.models import Event
from zhiping.notices.models import Webhook

# Events by name, in the order they are offered. No mark, no sheet and no person's word is among them.
EVENTS = (
    "platform.added", "platform.changed", "platform.ended", "trigger.reported", "trigger.decided",
    "rubric.published", "programme.added", "programme.frozen", "evaluation.planned", "evaluation.prepared",
    "draw.drawn", "scoring.started", "evaluation.cancelled",
)  # fmt: skip


def names(webhook: Webhook) -> list[str]:
    """Return the events an address is told of."""
    return [name for name in EVENTS if not webhook.events or name in webhook.events]


def payload(event: Event) -> dict[str, Any]:
    """Return what is said of an event: that it happened, to what, when; never the data, never a person."""
    return {
        "id": str(event.id),
        "event": event.name,
        "at": event.at.isoformat(),
        "subject": {"kind": event.head.kind, "id": str(event.head_id)},
        "seq": event.seq,
    }


def body(payload: dict[str, Any]) -> bytes:
    """Return a payload as the bytes that are sent: the same for every attempt."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def secret(webhook: Webhook) -> str:
    """Return the secret shared with an address: shown once, stored nowhere, new with every `turn`."""
    value = f"{webhook.pk}.{webhook.turn}"
    key = salted_hmac("zhiping.notices.webhook", value, algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(key).decode()}"


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Sign a message as Standard Webhooks 1.0 asks: HMAC-SHA256 over `id.timestamp.body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def headers(webhook: Webhook, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a message."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "zhiping",
        "Webhook-Id": id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": signature(secret(webhook), id, timestamp, body),
    }
