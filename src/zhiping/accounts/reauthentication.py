"""Re-authentication before security-sensitive changes."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse

RECENT = 15 * 60  # seconds
READING = ("GET", "HEAD")
View = Callable[..., HttpResponse]


def recent_login_required(view: View) -> View:
    """Ask for the password or second factor again if the last sign-in is too old.

    allauth keeps the POST data and continues with it afterwards.
    """

    @wraps(view)
    def answer(request: Any, *args: Any, **given: Any) -> HttpResponse:
        if _too_old(request):
            raise ReauthenticationRequired
        return view(request, *args, **given)

    return answer


def recent_login_required_to_write(view: View) -> View:
    """Ask as `recent_login_required` does, but only for a POST."""
    guarded = recent_login_required(view)

    @wraps(view)
    def answer(request: Any, *args: Any, **given: Any) -> HttpResponse:
        return (view if request.method in READING else guarded)(request, *args, **given)

    return answer


def _too_old(request: HttpRequest) -> bool:
    moments = [record["at"] for record in get_authentication_records(request, request.user)]
    return time.time() - max(moments, default=0) >= RECENT
