"""Context processor for the layout of every page: top bar with menu and unread notices, version."""

import datetime as dt
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from zhiping import __version__
from zhiping.accounts.models import User
from zhiping.notices import queries as notices
from zhiping.project.nav import ENTRIES
from zhiping.web.texts import language, say

# Placeholders in the cached top bar; no text has these characters.
TOKEN, HERE, PERSON = "\ue000", "\ue001", "\ue002"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Add `frame` to the context: topbar, unread, version, language, whether results are public."""
    user = getattr(request, "user", None)
    unread = cache(lambda: notices.unread(user) if isinstance(user, User) else 0)
    return {
        "frame": {
            "topbar": _lazily(lambda: _topbar(request, user, unread()) if isinstance(user, User) else ""),
            "unread": _lazily(unread),
            "reissued": _lazily(lambda: _reissued(request) if isinstance(user, User) else ""),
            "version": __version__,
            "public": settings.PUBLIC,
            "language": language(),
        }
    }


def _reissued(request: HttpRequest) -> str:
    """Write how the account was issued again, as the sign-in found it, until the person confirms it."""
    shown = request.session.get("reissued")
    if not shown:
        return ""
    reissued = [one | {"used": one["used"] and dt.datetime.fromisoformat(one["used"])} for one in shown]
    context = {"reissued": reissued, "csrf_token": get_token(request)}
    return render_to_string("accounts/reissued.html", context)


def _lazily(make: Callable[[], Any]) -> Any:
    return SimpleLazyObject(make)


def _topbar(request: HttpRequest, user: User, unread: int) -> SafeString:
    match = request.resolver_match
    app = match.view_name.split(":")[0] if match else ""
    places = tuple(
        (name, key, app == stands_for if stands_for else request.path.startswith(_address(name)))
        for name, key, stands_for, may in ENTRIES
        if may(user)
    )
    bar = _drawn(language(), str(user), places, unread)
    own = {TOKEN: get_token(request), HERE: escape(request.get_full_path()), PERSON: str(user.pk)}
    for placeholder, text in own.items():
        bar = bar.replace(placeholder, text)
    return mark_safe(bar)  # noqa: S308 - all are safe


@cache
def _address(name: str) -> str:
    return reverse(name)


@lru_cache(maxsize=1000)
def _drawn(_language: str, user: str, places: tuple[tuple[str, str, bool], ...], unread: int) -> str:
    """Render the top bar; everything it depends on is an argument, so the cache is never stale."""
    nav = [{"url": _address(name), "label": say(key), "active": active} for name, key, active in places]
    context = {
        "user": user,
        "person": PERSON,
        "frame": {"nav": nav, "unread": unread},
        "csrf_token": TOKEN,
        "request": {"get_full_path": HERE},
    }
    return render_to_string("web/topbar.html", context)
