"""Who may go on: signed in, not idle too long, second factor and password as asked."""

import datetime as dt
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.accounts.profiles import WHOLE

COOKIE = "zhiping_seen"
FRESH = 60  # seconds for which the cookie is good enough
FREE = {"set-language"}  # besides allauth's own addresses

Answer = Callable[[HttpRequest], HttpResponse]


class sign_in_required(LoginRequiredMiddleware):  # noqa: N801 - named in settings like the other middleware
    """Every address is for people who signed in, unless its view says otherwise."""

    def handle_no_permission(  # type: ignore[override] # the stubs promise a redirect, Django takes any answer
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """Send to sign in; a part of a page asks the browser to load the page anew."""
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return super().handle_no_permission(request, view_func)


def time_out(get_response: Answer) -> Answer:
    """End sessions that were idle too long or lasted all day.

    When somebody was last here is told by a cookie signed for this very session, made anew at most once a
    minute: no reading of a page writes to the database.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        key = request.session.session_key if request.user.is_authenticated else None
        seen = _last_seen(request, key) if key else 0.0
        now = timezone.now().timestamp()
        if key and _over(request, seen, now):
            logout(request)
        response = get_response(request)
        left, new = request.session.session_key, request.user.is_authenticated
        if new and left and (left != key or now - seen > FRESH):
            response.set_signed_cookie(
                COOKIE, str(int(now)), salt=left, httponly=True, secure=settings.SECURE, samesite="Lax"
            )
        return response

    return answer


def _last_seen(request: HttpRequest, key: str) -> float:
    """Return when the session was last used: when it began, while there is no cookie for it."""
    try:
        seen = float(request.get_signed_cookie(COOKIE, default="0", salt=key) or 0)
    except (signing.BadSignature, ValueError):
        seen = 0.0
    return max(seen, float(request.session.get("since", 0)))


def _over(request: HttpRequest, seen: float, now: float) -> bool:
    idle = now - seen > settings.PROFILE.idle * 60
    return idle or now - float(request.session.get("since", 0)) > WHOLE * 60


class obligations:  # noqa: N801 - named in settings like the other middleware
    """First of all: set up the second factor an office asks for, change a password that is too old."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on; the question is asked once the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Send to where the obligation is met."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        user = request.user
        if not isinstance(user, User) or name in FREE or name.startswith(("account_", "mfa_")):
            return None
        if user.office in settings.REQUIRE_MFA and not is_mfa_enabled(user):
            return redirect("mfa_index")
        if password_expired(user, timezone.now()):
            return redirect("account_change_password")
        return None


def password_expired(user: User, now: dt.datetime) -> bool:
    """Whether the profile asks for a new password by now."""
    days, since = settings.PROFILE.days, user.password_set
    return bool(days and since and now - since > dt.timedelta(days=days))
