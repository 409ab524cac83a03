"""Webhooks: configuration, and delivery of events with retries."""

import datetime as dt
import time
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.domain.errors import AlreadyDone, Invalid, Problem
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.ledger.models import Event
from zhiping.notices.actions.inbox import MINUTES
from zhiping.notices.models import Delivery, Webhook
from zhiping.notices.webhooks import client, payload

OVERLAP = dt.timedelta(hours=1)  # longer than any transaction: an event's time may precede its commit by that
CLAIM = dt.timedelta(minutes=10)  # longer than BUDGET and one request, so that a claim cannot expire in use
BUDGET = 60  # seconds per webhook and run, so that a slow receiver does not delay the others
MOST_AT_ONCE = 500
KEPT = dt.timedelta(days=30)


def add_webhook(
    *, by: User, now: dt.datetime, name: str, url: str, events: Sequence[str], id: UUID | None = None
) -> Webhook:
    """Add a webhook; it receives events that happen from now on.

    Raises Invalid if the URL cannot be called, AlreadyDone if the same form was submitted before.
    """
    require(by, "notices.add_webhook")
    _callable(url)
    webhook = Webhook(
        id=id or uuid7(), name=name, url=url, events=list(events), created=now, swept=now, due=now
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                webhook.save(force_insert=True)
        except IntegrityError as again:
            raise AlreadyDone from again
        _audit("webhook.added", webhook, by, now)
    return webhook


@transaction.atomic
def change_webhook(
    *,
    by: User,
    now: dt.datetime,
    webhook: Webhook,
    name: str,
    url: str,
    events: Sequence[str],
    active: bool,
    id: UUID | None = None,  # noqa: ARG001 - every form sends its key; repeating this change has no effect
) -> None:
    """Change a webhook; events that happened while it was inactive are not sent later."""
    require(by, "notices.change_webhook", webhook)
    _callable(url)
    if active and not webhook.active:
        webhook.created = webhook.swept = now
    webhook.name, webhook.url, webhook.events, webhook.active = name, url, list(events), active
    webhook.due = now
    webhook.save(update_fields=["name", "url", "events", "active", "created", "swept", "due"])
    _audit("webhook.changed", webhook, by, now)


@transaction.atomic
def remove_webhook(*, by: User, now: dt.datetime, webhook: Webhook) -> None:
    """Delete a webhook with its deliveries; the audit log keeps a record of it."""
    require(by, "notices.remove_webhook", webhook)
    _audit("webhook.removed", webhook, by, now)
    webhook.delete()


@transaction.atomic
def renew_secret(*, by: User, now: dt.datetime, webhook: Webhook) -> str:
    """Replace the secret and return the new one; the old one is invalid immediately."""
    require(by, "notices.renew_secret", webhook)
    Webhook.objects.filter(pk=webhook.pk).update(turn=F("turn") + 1)
    webhook.refresh_from_db()
    _audit("webhook.secret_renewed", webhook, by, now)
    return payload.secret(webhook)


@transaction.atomic
def send_test(*, by: User, now: dt.datetime, webhook: Webhook) -> None:
    """Send a test message, as soon as a worker is free."""
    require(by, "notices.send_test", webhook)
    event = uuid7()
    content = {"id": str(event), "event": "test", "at": now.isoformat()}
    Delivery(webhook=webhook, event=event, payload=content, created=now).save(force_insert=True)
    Webhook.objects.filter(pk=webhook.pk).update(due=now)
    ledger.later("notices.jobs.deliver")


def deliver(*, now: dt.datetime) -> None:
    """Send all undelivered events to all webhooks; the clock calls this every minute.

    After a failure the webhook pauses, longer each time; a message is given up after five attempts. A
    message may arrive twice; receivers recognise it by its id, which is the id of the event.
    """
    for webhook in Webhook.objects.filter(active=True, due__lte=now):
        claimed = Webhook.objects.filter(pk=webhook.pk, due__lte=now).update(due=now + CLAIM)
        if claimed:  # otherwise another worker claimed it first
            _collect(webhook, now)
            _send_all(webhook, now)
    Delivery.objects.filter(done__lt=now - KEPT).delete()


def _collect(webhook: Webhook, now: dt.datetime) -> None:
    """Create a delivery for each new event, including those committed late."""
    start = max(webhook.created, webhook.swept - OVERLAP)
    known = Delivery.objects.filter(webhook=webhook, event=OuterRef("pk"))
    events = Event.objects.filter(at__gte=start, at__lte=now, name__in=payload.names(webhook))
    fresh = events.exclude(Exists(known)).select_related("head").order_by("at", "head", "seq")[:MOST_AT_ONCE]
    new = [
        Delivery(webhook=webhook, event=event.pk, payload=payload.of_event(event), created=now)
        for event in fresh
    ]
    with transaction.atomic():
        Delivery.objects.bulk_create(new)
        if len(new) < MOST_AT_ONCE:
            Webhook.objects.filter(pk=webhook.pk).update(swept=now)


def _send_all(webhook: Webhook, now: dt.datetime) -> None:
    """Send pending deliveries, oldest first, until one fails or the budget is used up.

    Stopping at the first failure keeps the order of messages.
    """
    due, end = now, time.monotonic() + BUDGET
    for delivery in webhook.deliveries.filter(done__isnull=True)[:MOST_AT_ONCE]:
        outcome = _send(webhook, delivery)
        delivery.attempts += 1
        delivery.status, delivery.taken = outcome.status, outcome.taken
        if outcome.taken or delivery.attempts >= len(MINUTES):
            delivery.done = now
        delivery.save(update_fields=["attempts", "status", "taken", "done"])
        Webhook.objects.filter(pk=webhook.pk).update(last_status=outcome.status, last_tried=now)
        if not outcome.taken:
            due = now + dt.timedelta(minutes=MINUTES[delivery.attempts - 1])
            break
        if time.monotonic() > end:
            break
    Webhook.objects.filter(pk=webhook.pk).update(due=due)


def _send(webhook: Webhook, delivery: Delivery) -> client.Outcome:
    body = payload.body(delivery.payload)
    headers = payload.headers(webhook, str(delivery.event), int(time.time()), body)
    return client.post(webhook.url, body, headers, private=settings.WEBHOOK_PRIVATE)


def _callable(url: str) -> None:
    """Raise Invalid for a URL that can never be called; the client checks the IP address at each call."""
    parts = urlsplit(url)
    schemes = ("http", "https") if settings.WEBHOOK_PRIVATE else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise Invalid([Problem("notices.webhook_address", {"schemes": "、".join(schemes)}, ("url",))])


def _audit(action: str, webhook: Webhook, by: User, now: dt.datetime) -> None:
    data = {"name": webhook.name, "url": webhook.url, "events": webhook.events, "active": webhook.active}
    ledger.audit(action, by=by, at=now, subject=str(webhook.pk), data=data)
