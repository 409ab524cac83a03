"""Notices to people, in the inbox and by e-mail."""

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.ledger import actions as ledger
from zhiping.notices.models import Notice, Preference
from zhiping.texts.catalogue import sayer

MINUTES = (1, 5, 30, 120, 720)  # after the first, second … failed attempt; the number of them is the limit
LONGEST_SUBJECT = 60
log = logging.getLogger("zhiping")


def notify(
    *,
    to: User | Iterable[User],
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
    people = [to] if isinstance(to, User) else list(to)
    notices = [Notice(to=person, code=code, data=dict(data or {}), url=url, created=now) for person in people]
    Notice.objects.bulk_create(notices, batch_size=500)
    for notice in notices:
        if settings.EMAIL_HOST and notice.to.email:
            ledger.later("notices.jobs.mail", str(notice.pk), 1)


def read(*, by: User, now: dt.datetime, notice: Notice) -> None:
    """Mark a notice as read."""
    require(by, "notices.read", notice)
    Notice.objects.filter(pk=notice.pk, read__isnull=True).update(read=now)


def read_all(*, by: User, now: dt.datetime, until: dt.datetime) -> None:
    """Mark the user's notices up to `until` as read; later ones were not on the page yet."""
    require(by, "notices.read_all")
    Notice.objects.filter(to=by, read__isnull=True, created__lte=until).update(read=now)


def prefer(*, by: User, mail: bool) -> None:
    """Set whether the user receives notices by e-mail too."""
    require(by, "notices.prefer")
    Preference.objects.update_or_create(user=by, defaults={"mail": mail})


def mail(*, notice: UUID, attempt: int, now: dt.datetime) -> None:
    """Send a notice by e-mail in its reader's language, unless it was sent already or is not wanted.

    Retries on failure, up to five attempts. The last failure is raised, so that the failed job is visible
    to the administrator.
    """
    wanted = Notice.objects.select_related("to").exclude(to__email="").exclude(to__preference__mail=False)
    unsent = wanted.filter(pk=notice, mailed__isnull=True, to__is_active=True).first()
    if unsent is None or not settings.EMAIL_HOST:
        return
    try:
        _message(unsent).send()
    except OSError as fault:  # SMTPException is a subclass
        if attempt >= len(MINUTES):
            raise
        log.warning("notice %s not mailed (%s), attempt %d", notice, type(fault).__name__, attempt)
        again = now + dt.timedelta(minutes=MINUTES[attempt - 1])
        ledger.later("notices.jobs.mail", str(notice), attempt + 1, at=again)
        return
    Notice.objects.filter(pk=notice).update(mailed=now)


def _message(notice: Notice) -> EmailMessage:
    say = sayer(notice.to.language)
    text = " ".join(notice.text(notice.to.language).split())  # Django refuses line breaks in a subject
    subject = text if len(text) <= LONGEST_SUBJECT else f"{text[: LONGEST_SUBJECT - 1]}…"
    address = f"{settings.ADDRESS}{notice.url}" if notice.url else settings.ADDRESS
    body = say("notices.mail.body", name=notice.to.name, text=text, address=address, site=settings.ADDRESS)
    return EmailMessage(say("notices.mail.subject", text=subject), body, to=[notice.to.email])
