"""What the layout shows on every page: where one can go, and how many notices wait."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from zhiping import __version__
from zhiping.accounts.models import User
from zhiping.notices import queries as notices
from zhiping.project.nav import ENTRIES
from zhiping.web.texts import language, say


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give templates `frame`: nav, unread, version, language."""
    user = getattr(request, "user", None)
    return {
        "frame": {
            "nav": _lazily(lambda: _nav(request, user) if isinstance(user, User) else []),
            "unread": _lazily(lambda: notices.unread(user) if isinstance(user, User) else 0),
            "version": __version__,
            "language": language(),
        }
    }


def _lazily(make: Callable[[], Any]) -> Any:
    return SimpleLazyObject(make)


def _nav(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    here = request.resolver_match.view_name.split(":")[0] if request.resolver_match else ""
    return [
        {
            "url": url,
            "label": say(f"nav.{key}"),
            "active": here == app if app else request.path.startswith(url),
        }
        for name, key, app, may in ENTRIES
        if may(user) and (url := reverse(name))
    ]
