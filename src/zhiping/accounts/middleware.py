"""Middleware of sign-in: required sign-in, session timeout, second factor, password age."""

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
PERSON = "zhiping_person"  # for scripts: whose things the browser may show without a network
LOCKED = "zhiping_locked"  # left by a script, also without a network: the person has locked the browser
FRESH = 60  # seconds after which the cookie is replaced
FREE = {"set-language"}  # besides allauth's own addresses

Answer = Callable[[HttpRequest], HttpResponse]


class sign_in_required(LoginRequiredMiddleware):  # noqa: N801 - named in settings like the other middleware
    """Requires sign-in for every URL, except views marked `login_not_required`."""

    def handle_no_permission(  # type: ignore[override] # the stubs want a redirect, Django accepts any response
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """Redirect to sign-in; a request of htmx makes the browser reload the page.

        After sign-in the user returns to the page, after a POST to the page of its form.
        """
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Refresh": "true"})
        page = request.headers.get("Referer", "")
        if request.method == "POST" and url_has_allowed_host_and_scheme(page, {request.get_host()}):
            return redirect_to_login(urlsplit(page)._replace(scheme="", netloc="").geturl())
        return super().handle_no_permission(request, view_func)


def time_out(get_response: Answer) -> Answer:
    """End sessions that were locked, idle too long or lasted all day, with a message that states the reason.

    The time of the last request is in a cookie signed for the session and replaced at most once a minute, so
    that a GET writes nothing to the database.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        inside, key = request.user.is_authenticated, request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        seen, now = _last_seen(request, key) if key else 0.0, timezone.now().timestamp()
        ended = _ended(request, seen, now) if inside or seen else ""
        ended = "locked" if inside and LOCKED in request.COOKIES else ended
        if ended:
            _add_message(request, ended)
            logout(request)
        response = get_response(request)
        left, new = request.session.session_key, request.user.is_authenticated
        if new and left and (left != key or now - seen > FRESH):
            response.set_signed_cookie(
                COOKIE, str(int(now)), salt=left, httponly=True, secure=settings.SECURE, samesite="Lax"
            )
        _name_person(request, response, now, renewed=left != key)
        if LOCKED in request.COOKIES:
            response.delete_cookie(LOCKED, samesite="Lax")
        return response

    return answer


def _name_person(request: HttpRequest, response: HttpResponse, now: float, *, renewed: bool) -> None:
    """Leave the id of the signed-in person in the browser until the session ends at the latest."""
    there, person = request.COOKIES.get(PERSON), str(request.user.pk)
    if not request.user.is_authenticated:
        if there:
            response.delete_cookie(PERSON, samesite="Lax")
    elif request.session.session_key and (renewed or there != person):
        since = min(now, float(request.session.get("since", 0)))  # a sign-in is later than its request
        left = WHOLE * 60 - (now - since)
        response.set_cookie(PERSON, person, max_age=int(left), secure=settings.SECURE, samesite="Lax")


def _last_seen(request: HttpRequest, key: str) -> float:
    """Return the time of the last request: the beginning of the session while it has no cookie."""
    try:
        seen = float(request.get_signed_cookie(COOKIE, default="0", salt=key) or 0)
    except (signing.BadSignature, ValueError):
        seen = 0.0
    return max(seen, float(request.session.get("since", 0)))


def _ended(request: HttpRequest, seen: float, now: float) -> str:
    """Return the reason a session has ended: `idle`, `whole` after a working day; empty while it has not."""
    if now - seen > settings.PROFILE.idle * 60:
        return "idle"
    whole = request.user.is_authenticated and now - float(request.session.get("since", 0)) > WHOLE * 60
    return "whole" if whole else ""


def _add_message(request: HttpRequest, ended: str) -> None:
    words = say(f"accounts.sign_in.{ended}", minutes=settings.PROFILE.idle, hours=WHOLE // 60)
    lost = say("accounts.sign_in.not_saved") if request.method == "POST" else ""
    messages.warning(request, f"{words} {lost}".strip())


class obligations:  # noqa: N801 - named in settings like the other middleware
    """Redirects users who must first set up a second factor or change an old password."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; `process_view` decides."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Redirect to the page where the second factor is set up or the password changed."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        user = request.user
        if not isinstance(user, User) or name in FREE or name.startswith(("account_", "mfa_")):
            return None
        if lacks_second_factor(user):
            return redirect("mfa_index")
        if password_expired(user, timezone.now()):
            return redirect("account_change_password")
        return None
