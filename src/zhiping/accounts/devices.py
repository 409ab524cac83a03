"""Browsers on which an account has signed in before: their attempts are counted apart from strangers'.

Else a stranger's wrong passwords keep an account out, and where visitors share one address all of them.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from zhiping.accounts.models import User

COOKIE = "zhiping_device"
SALT = "zhiping.accounts.device"
YEAR = 31536000
MOST = 8  # accounts of one browser, such as a counter's; the oldest is forgotten


def known(request: HttpRequest, person: User | None) -> str:
    """Return the id of a browser on which a person has signed in before; empty for any other."""
    device, people = _read(request)
    return device if person and str(person.pk) in people else ""


def remember(request: HttpRequest, response: HttpResponse, person: User) -> None:
    """Set the cookie of a browser on which a person has just signed in."""
    device, people = _read(request)
    kept = [str(person.pk), *(pk for pk in people if pk != str(person.pk))][:MOST]
    value = " ".join((device or secrets.token_hex(16), *kept))
    response.set_signed_cookie(
        COOKIE, value, salt=SALT, max_age=YEAR, httponly=True, secure=settings.SECURE, samesite="Lax"
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        value = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=YEAR)
    except signing.BadSignature:
        value = ""
    device, *people = (value or "").split(" ")
    return device, people
