"""What the audit log notes of requests: denials, and lists that programs read.

Both are written when every transaction of the request has ended, in one of their own: a rollback loses none.
Rows stay for ever, so there are few of the same kind.
"""

import datetime as dt
import hashlib
import logging

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from zhiping.accounts.models import ApiToken, User
from zhiping.domain.errors import Refused
from zhiping.ledger import actions as ledger
from zhiping.ledger.models import Audit

AGAIN = 60  # seconds in which the same denial is noted once
MOST = 60  # denials of one user within an hour; the last of them names this limit
HOUR = dt.timedelta(hours=1)
log = logging.getLogger("zhiping")


def keep_reasons(request: HttpRequest, error: Refused) -> None:
    """Keep the reasons of a refusal for the row of its denial."""
    request.denied = [dict(p.data, code=p.code) for p in error.problems]  # type: ignore[attr-defined] # for `note`


def note(request: HttpRequest, response: HttpResponseBase) -> None:
    """Note a denial or a list read by a program, once the response is made."""
    try:
        if response.status_code in (403, 404):
            _note_denial(request, response.status_code)
        elif response.status_code == 200 and hasattr(request, "token"):
            _note_list(request, request.token)
    except DatabaseError as error:  # the response stays what it is
        log.warning("not noted", extra={"data": {"path": request.path, "fault": str(error)}})


def _note_denial(request: HttpRequest, status: int) -> None:
    """Note a 403, or a user's 404 of a URL that names a thing: it does not exist, or is hidden."""
    user = request.user if isinstance(request.user, User) else None
    match = request.resolver_match
    if status == 404 and not (user and match and match.kwargs):
        return
    now, reasons = timezone.now(), getattr(request, "denied", [])
    with transaction.atomic():
        if not _is_first(AGAIN, "denied", user and user.pk, request.path, reasons):
            return
        count = Audit.objects.filter(action="denied", by=user, at__gt=now - HOUR).count()
        if count < MOST:
            data = {"problems": reasons} | ({"limit": MOST} if count == MOST - 1 else {})
            ledger.audit("denied", by=user, at=now, subject=request.path[:80], data=data)


def _note_list(request: HttpRequest, token: ApiToken) -> None:
    """Note once an hour that a program reads a list: page by page it exports it.

    A GET that writes, unlike one of a browser: no link elsewhere can send a token.
    """
    match = request.resolver_match
    if request.method != "GET" or match is None or match.kwargs:
        return
    with transaction.atomic():
        if _is_first(HOUR.seconds, "listed", token.pk, request.path):
            subject, data = request.path[:80], {"token": token.name}
            ledger.audit("exported", by=token.user, at=timezone.now(), subject=subject, data=data)


def _is_first(seconds: int, *what: object) -> bool:
    """Return whether this did not happen within some time: only one of simultaneous requests is the first."""
    digest = hashlib.sha256(repr(what).encode()).hexdigest()
    return bool(cache.add(f"noted:{digest}", 1, timeout=seconds))
