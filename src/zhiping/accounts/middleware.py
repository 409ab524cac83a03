"""Who may go on: signed in, not idle too long, second factor and password as asked."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from zhiping.accounts.models import User
from zhiping.accounts.password_profiles import WHOLE
from zhiping.accounts.rules import lacks_second_factor, password_expired
from zhiping.web.texts import say

COOKIE = "zhiping_seen"
FRESH = 60  # seconds for which the cookie is good enough
FREE = {"set-language"}  # besides allauth's own addresses

Answer = Callable[[HttpRequest], HttpResponse]


class sign_in_required(LoginRequiredMiddleware):  # noqa: N801 - named in settings like the other middleware
    """Every address is for people who signed in, unless its view says otherwise."""

    def handle_no_permission(  # type: ignore[override] # the stubs promise a redirect, Django takes any answer
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """Send to sign in; a part of a page asks the browser to load the page anew.

        After signing in one is back at the page: for what was sent, the page it was typed on.
        """
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Refresh": "true"})
        page = request.headers.get("Referer", "")
        if request.method == "POST" and url_has_allowed_host_and_scheme(page, {request.get_host()}):
            return redirect_to_login(urlsplit(page)._replace(scheme="", netloc="").geturl())
        return super().handle_no_permission(request, view_func)


def time_out(get_response: Answer) -> Answer:
    """End sessions that were idle too long or lasted all day.

    When somebody was last here is told by a cookie signed for this very session, made anew at most once a
    minute: no reading of a page writes to the database. Whoever is sent to sign in again is told why.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        inside, key = request.user.is_authenticated, request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        seen, now = _last_seen(request, key) if key else 0.0, timezone.now().timestamp()
        ended = _ended(request, seen, now) if inside or seen else ""
        if ended:
            _tell(request, ended)
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


def _ended(request: HttpRequest, seen: float, now: float) -> str:
    """Return why a session is over: `idle`, or `whole` after a day's work; nothing while it is not."""
    if now - seen > settings.PROFILE.idle * 60:
        return "idle"
    whole = request.user.is_authenticated and now - float(request.session.get("since", 0)) > WHOLE * 60
    return "whole" if whole else ""


def _tell(request: HttpRequest, ended: str) -> None:
    words = say(f"accounts.sign_in.{ended}", minutes=settings.PROFILE.idle, hours=WHOLE // 60)
    lost = say("accounts.sign_in.not_saved") if request.method == "POST" else ""
    messages.warning(request, f"{words} {lost}".strip())


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
        if lacks_second_factor(user):
            return redirect("mfa_index")
        if password_expired(user, timezone.now()):
            return redirect("account_change_password")
        return None
