"""Actions of notices and webhooks."""

import datetime as dt
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from zhiping.domain.errors import Invalid
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.ledger.system import system
from zhiping.notices.models import Delivery, Notice, Preference, Webhook
from zhiping.notices.webhooks import client, payload
from zhiping.permissions import Actor
from zhiping.texts.catalogue import say, speaking

MINUTES = (1, 5, 30, 120, 720)  # after the first, second … failed attempt; the number of them is the limit
LONGEST_SUBJECT = 60
OVERLAP = dt.timedelta(hours=1)  # longer than any transaction: an event's time may precede its commit by that
CLAIM = dt.timedelta(minutes=10)  # longer than BUDGET and one request, so that a claim cannot expire in use
BUDGET = 60  # seconds per webhook and run, so that a slow receiver does not delay the others
MOST_AT_ONCE = 500
KEPT = dt.timedelta(days=30)
log = logging.getLogger("zhiping")


def notify(
    *,
    to: Actor | Iterable[Actor],
    code: str,
    data: Mapping[str, Any] | None = None,
    url: str = "",
    now: dt.datetime,
) -> None:
    """Put a notice into the inbox of one or more people, and e-mail it if e-mail is configured.

    Called by other actions inside their transaction, so that a rollback removes the notice too. `code`:
    "<area>.<name>" names the text `<area>.notices.<name>` of the catalogue, which is formatted with `data`
    (plain values) in the reader's language. `url`: path on this site of the page to open.
    """
    people: list[Any] = list(to) if isinstance(to, Iterable) else [to]
    notices = [Notice(to=person, code=code, data=dict(data or {}), url=url, created=now) for person in people]
    Notice.objects.bulk_create(notices, batch_size=500)
    for notice in notices:
        if settings.EMAIL_HOST and notice.to.email:
            ledger.enqueue("zhiping.notices.jobs.mail", str(notice.pk), 1)


def read(act: Act, notice: Notice) -> None:
    """Mark a notice as read."""
    act.require("notices.read", notice)
    Notice.objects.filter(pk=notice.pk, read__isnull=True).update(read=act.now)


def read_all(act: Act, *, until: dt.datetime) -> None:
    """Mark the user's notices up to `until` as read; later ones were not on the page yet."""
    act.require("notices.read_all")
    Notice.objects.filter(to=act.by, read__isnull=True, created__lte=until).update(read=act.now)


def prefer(act: Act, *, mail: bool) -> None:
    """Set whether the user receives notices by e-mail too."""
    act.require("notices.prefer")
    Preference.objects.update_or_create(user=act.by, defaults={"mail": mail})


def mail(act: Act, notice: UUID, *, attempt: int) -> None:
    """Send a notice by e-mail in its reader's language, unless it was sent already or is not wanted.

    Retries on failure, up to five attempts. The last failure is raised, so that the failed job is visible
    to the administrator.
    """
    act.require("notices.mail")
    wanted = Notice.objects.select_related("to").exclude(to__email="").exclude(to__preference__mail=False)
    unsent = wanted.filter(pk=notice, mailed__isnull=True, to__is_active=True).first()
    if unsent is None or not settings.EMAIL_HOST:
        return
    with speaking(unsent.to.language):
        message = _message(unsent)
    try:
        message.send()
    except OSError as fault:  # SMTPException is a subclass
        if attempt >= len(MINUTES):
            raise
        log.warning("notice %s not mailed (%s), attempt %d", notice, type(fault).__name__, attempt)
        again = act.now + dt.timedelta(minutes=MINUTES[attempt - 1])
        ledger.enqueue("zhiping.notices.jobs.mail", str(notice), attempt + 1, at=again)
        return
    Notice.objects.filter(pk=notice).update(mailed=act.now)


def _message(notice: Notice) -> EmailMessage:
    text = " ".join(notice.text().split())  # Django refuses line breaks in a subject
    subject = text if len(text) <= LONGEST_SUBJECT else f"{text[: LONGEST_SUBJECT - 1]}…"
    address = f"{settings.ADDRESS}{notice.url}" if notice.url else settings.ADDRESS
    body = say("notices.mail.body", name=notice.to.name, text=text, address=address, site=settings.ADDRESS)
    return EmailMessage(say("notices.mail.subject", text=subject), body, to=[notice.to.email])


def add_webhook(act: Act, *, name: str, url: str, events: Sequence[str]) -> Webhook:
    """Add a webhook; it receives events that happen from now on.

    Raises Invalid if the URL cannot be called, AlreadyDone if the same form was submitted before, Conflict
    `ledger.id_taken` if its id was submitted with other content.
    """
    _ensure_callable(url)
    with act.record("notices.add_webhook", system(act.now), "webhook.added", about=None) as entry:
        webhook = Webhook(
            id=entry.id, name=name, url=url, events=list(events), created=act.now, swept=act.now, due=act.now
        )
        entry.add(webhook)
        _audit("webhook.added", webhook, act)
    return webhook


def change_webhook(
    act: Act, webhook: Webhook, *, name: str, url: str, events: Sequence[str], active: bool
) -> None:
    """Change a webhook; events that happened while it was inactive are not sent later."""
    _ensure_callable(url)
    with act.record("notices.change_webhook", system(act.now), "webhook.changed", about=webhook) as entry:
        again = active and not webhook.active
        created = act.now if again else webhook.created
        entry.change(webhook, name=name, url=url, events=list(events), active=active, created=created)
        rows = Webhook.objects.filter(pk=webhook.pk)
        rows.update(due=act.now, swept=act.now if again else F("swept"))
        _audit("webhook.changed", webhook, act)


def remove_webhook(act: Act, webhook: Webhook) -> None:
    """Delete a webhook with its deliveries; the audit log keeps a record of it."""
    with act.record("notices.remove_webhook", system(act.now), "webhook.removed", about=webhook) as entry:
        _audit("webhook.removed", webhook, act)
        entry.remove(webhook)


def renew_secret(act: Act, webhook: Webhook) -> str:
    """Replace the secret and return the new one; the old one is invalid immediately."""
    with act.record(
        "notices.renew_secret", system(act.now), "webhook.secret_renewed", about=webhook
    ) as entry:
        webhook.refresh_from_db(fields=("turn",))
        entry.change(webhook, turn=webhook.turn + 1)
        _audit("webhook.secret_renewed", webhook, act)
    return payload.secret(webhook)


@transaction.atomic
def send_test(act: Act, webhook: Webhook) -> None:
    """Send a test message, as soon as a worker is free."""
    act.require("notices.send_test", webhook)
    event = uuid7()
    content = {"id": str(event), "event": "test", "at": act.now.isoformat()}
    Delivery(webhook=webhook, event=event, payload=content, created=act.now).save(force_insert=True)
    Webhook.objects.filter(pk=webhook.pk).update(due=act.now)
    ledger.enqueue("zhiping.notices.jobs.deliver")


def deliver(act: Act) -> None:
    """Send all undelivered events to all webhooks; the clock calls this every minute.

    After a failure the webhook pauses, longer each time; a message is given up after five attempts. A
    message may arrive twice; receivers recognise it by its id, which is the id of the event.
    """
    act.require("notices.deliver")
    now = act.now
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


def _ensure_callable(url: str) -> None:
    """Raise Invalid for a URL that can never be called; the client checks the IP address at each call."""
    try:
        client.ensure_url(url, private=settings.WEBHOOK_PRIVATE)
    except ValueError as error:
        raise Invalid.of("notices.webhook_address", "url", schemes=str(error)) from error


def _audit(action: str, webhook: Webhook, act: Act) -> None:
    data = {"name": webhook.name, "url": webhook.url, "events": webhook.events, "active": webhook.active}
    ledger.audit(action, by=act.by, at=act.now, subject=str(webhook.pk), data=data)
