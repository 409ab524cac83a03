"""Telling other systems: setting up addresses, and sending what has happened until it is taken."""

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
from zhiping.notices import outgoing, posting
from zhiping.notices.actions.inbox import MINUTES
from zhiping.notices.models import Delivery, Webhook

OVERLAP = dt.timedelta(hours=1)  # longer than any transaction lasts: one that began earlier may commit later
CLAIM = dt.timedelta(minutes=10)
BUDGET = 60  # seconds one address may take in one run
MOST_AT_ONCE = 500
KEPT = dt.timedelta(days=30)


def add_webhook(
    *, by: User, now: dt.datetime, name: str, url: str, events: Sequence[str], id: UUID | None = None
) -> Webhook:
    """Tell another system of events from now on.

    Raises Invalid where the address cannot be called, AlreadyDone where the same form came before.
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
        _note("webhook.added", webhook, by, now)
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
    id: UUID | None = None,  # noqa: ARG001 - the form's key: the same change twice is the same
) -> None:
    """Change what is sent where; what happened while an address was off is not sent later."""
    require(by, "notices.change_webhook", webhook)
    _callable(url)
    if active and not webhook.active:
        webhook.created = webhook.swept = now
    webhook.name, webhook.url, webhook.events, webhook.active = name, url, list(events), active
    webhook.due = now
    webhook.save(update_fields=["name", "url", "events", "active", "created", "swept", "due"])
    _note("webhook.changed", webhook, by, now)


@transaction.atomic
def remove_webhook(*, by: User, now: dt.datetime, webhook: Webhook) -> None:
    """Forget an address with all that was sent to it; the audit log keeps that it existed."""
    require(by, "notices.remove_webhook", webhook)
    _note("webhook.removed", webhook, by, now)
    webhook.delete()


@transaction.atomic
def renew_secret(*, by: User, now: dt.datetime, webhook: Webhook) -> str:
    """Make a new secret and return it; signatures by the old one end at once."""
    require(by, "notices.renew_secret", webhook)
    Webhook.objects.filter(pk=webhook.pk).update(turn=F("turn") + 1)
    webhook.refresh_from_db()
    _note("webhook.secret_renewed", webhook, by, now)
    return outgoing.secret(webhook)


@transaction.atomic
def send_test(*, by: User, now: dt.datetime, webhook: Webhook) -> None:
    """Send an address a message that says only that it is a test, as soon as a worker is free."""
    require(by, "notices.send_test", webhook)
    event = uuid7()
    said = {"id": str(event), "event": "test", "at": now.isoformat()}
    Delivery(webhook=webhook, event=event, payload=said, created=now).save(force_insert=True)
    Webhook.objects.filter(pk=webhook.pk).update(due=now)
    ledger.later("notices.jobs.deliver")


def deliver(*, now: dt.datetime) -> None:
    """Tell every address of what it has not been told yet; the clock calls this every minute.

    An address that fails rests for a while, longer each time; after five attempts a message is given up.
    Receivers know a message that comes twice by its identifier, which is the event's.
    """
    for webhook in Webhook.objects.filter(active=True, due__lte=now):
        claimed = Webhook.objects.filter(pk=webhook.pk, due__lte=now).update(due=now + CLAIM)
        if claimed:  # else another worker is at it
            _collect(webhook, now)
            _send_all(webhook, now)
    Delivery.objects.filter(done__lt=now - KEPT).delete()


def _collect(webhook: Webhook, now: dt.datetime) -> None:
    """Note each event that goes to this address once, also those that were committed late."""
    start = max(webhook.created, webhook.swept - OVERLAP)
    known = Delivery.objects.filter(webhook=webhook, event=OuterRef("pk"))
    events = Event.objects.filter(at__gte=start, at__lte=now, name__in=outgoing.names(webhook))
    found = events.exclude(Exists(known)).select_related("head").order_by("at", "head", "seq")[:MOST_AT_ONCE]
    new = [
        Delivery(webhook=webhook, event=event.pk, payload=outgoing.payload(event), created=now)
        for event in found
    ]
    with transaction.atomic():
        Delivery.objects.bulk_create(new)
        if len(new) < MOST_AT_ONCE:
            Webhook.objects.filter(pk=webhook.pk).update(swept=now)


def _send_all(webhook: Webhook, now: dt.datetime) -> None:
    """Send what waits, the oldest first, until something fails or the time is used up."""
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


def _send(webhook: Webhook, delivery: Delivery) -> posting.Outcome:
    body = outgoing.body(delivery.payload)
    headers = outgoing.headers(webhook, str(delivery.event), int(time.time()), body)
    return posting.post(webhook.url, body, headers, private=settings.WEBHOOK_PRIVATE)


def _callable(url: str) -> None:
    """Refuse what could never be called; where a name leads is looked up at each call."""
    parts = urlsplit(url)
    schemes = ("http", "https") if settings.WEBHOOK_PRIVATE else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise Invalid([Problem("notices.webhook_address", {"schemes": "、".join(schemes)}, ("url",))])


def _note(action: str, webhook: Webhook, by: User, now: dt.datetime) -> None:
    data = {"name": webhook.name, "url": webhook.url, "events": webhook.events, "active": webhook.active}
    ledger.audit(action, by=by, at=now, subject=str(webhook.pk), data=data)
