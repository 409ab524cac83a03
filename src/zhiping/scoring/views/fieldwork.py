"""The scoring page: one shell for everybody and every evaluation, and the service worker that keeps it."""

import hashlib
import json
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from zhiping.texts import catalogue
from zhiping.web import assets
from zhiping.web.texts import language

FILES = ("site.css", "fieldwork.css", "fieldwork.js", "reducer.js")
WECHAT = "MicroMessenger"


@login_not_required
@require_safe
@ensure_csrf_cookie
def fieldwork(request: HttpRequest, evaluation_id: UUID | None = None) -> HttpResponse:  # noqa: ARG001 - read by the page
    """The scoring page of an evaluation, or the list of sheets on a device.

    It is the same for everybody and kept on the device: what is personal comes by the API, which asks who the
    person is. Whose sheets a device shows is in a cookie of every response.
    """
    if WECHAT in request.headers.get("User-Agent", ""):
        return render(request, "scoring/real_browser.html")
    context: dict[str, Any] = {
        "texts": catalogue.area(language(), "fieldwork"),
        "idle": settings.PROFILE.idle,
    }
    response = render(request, "scoring/fieldwork.html", context)
    response["X-Release"] = release()
    return response


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the same for everybody
    """The service worker, with the files of this release; it must be at the top to serve all pages."""
    facts = {
        "RELEASE": release(),
        "FILES": [assets.url(name) for name in FILES],
        "LIST": reverse("scoring:sheets-on-device"),
        "SIGN_OUT": reverse("account_logout"),
    }
    script = f"const {', '.join(f'{name} = {json.dumps(value)}' for name, value in facts.items())};\n"
    script += assets.text("service.js")
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@cache
def release() -> str:
    """Return the name of this release of the page: a hash of its files, worker and texts."""
    parts = [*(assets.url(name) for name in (*FILES, "service.js"))]
    parts += [json.dumps(catalogue.area(tongue, "fieldwork")) for tongue in catalogue.LANGUAGES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
