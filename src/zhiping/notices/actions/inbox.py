"""Telling people: the inbox, and by e-mail who has an address and wants it."""

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

MINUTES = (1, 5, 30, 120, 720)  # between one attempt to reach somebody and the next
LONGEST_SUBJECT = 60
log = logging.getLogger("zhiping")


def tell(
    *,
    to: User | Iterable[User],
    code: str,
    data: Mapping[str, Any] | None = None,
    url: str = "",
    now: dt.datetime,
) -> None:
    """Put a notice into the inbox of one or several people, and e-mail it where that is set up.

    Called by other actions inside their transaction: nobody is told of what did not happen. `code`: the text
    is `<area>.notices.<name>` of the catalogue for "<area>.<name>", said with `data` (plain values) in the
    reader's language. `url`: the address on this site where the matter is.
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
    """Mark what the person saw as read; what came after `until` stays unread."""
    require(by, "notices.read_all")
    Notice.objects.filter(to=by, read__isnull=True, created__lte=until).update(read=now)


def prefer(*, by: User, mail: bool) -> None:
    """Choose whether notices come by e-mail too."""
    require(by, "notices.prefer")
    Preference.objects.update_or_create(user=by, defaults={"mail": mail})


def mail(*, notice: UUID, attempt: int, now: dt.datetime) -> None:
    """Send a notice by e-mail, in its reader's language, unless it was sent or is not wanted.

    What does not get through is tried again, five times in all; the last failure stays for the
    administrator to see.
    """
    wanted = Notice.objects.select_related("to").exclude(to__email="").exclude(to__preference__mail=False)
    found = wanted.filter(pk=notice, mailed__isnull=True, to__is_active=True).first()
    if found is None or not settings.EMAIL_HOST:
        return
    try:
        _message(found).send()
    except OSError as fault:  # SMTP's own errors are among them
        if attempt >= len(MINUTES):
            raise
        log.warning("notice %s not mailed (%s), attempt %d", notice, type(fault).__name__, attempt)
        again = now + dt.timedelta(minutes=MINUTES[attempt - 1])
        ledger.later("notices.jobs.mail", str(notice), attempt + 1, at=again)
        return
    Notice.objects.filter(pk=notice).update(mailed=now)


def _message(notice: Notice) -> EmailMessage:
    say = sayer(notice.to.language)
    text = " ".join(notice.said(notice.to.language).split())  # one line: a subject may have no more
    subject = text if len(text) <= LONGEST_SUBJECT else f"{text[: LONGEST_SUBJECT - 1]}…"
    address = f"{settings.ADDRESS}{notice.url}" if notice.url else settings.ADDRESS
    body = say("notices.mail.body", name=notice.to.name, text=text, address=address, site=settings.ADDRESS)
    return EmailMessage(say("notices.mail.subject", text=subject), body, to=[notice.to.email])
