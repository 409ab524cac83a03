"""Error pages: errors of the domain are 403, 409 or 422, transient faults 503 or 507; denials are noted."""

import logging
import sys
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed, Refused
from zhiping.project import noted
from zhiping.web.texts import problem, say
from zhiping.web.unavailable import status_of

STATUS: dict[type[Refused], int] = {NotAllowed: 403, Conflict: 409, Invalid: 422}
RETRY_AFTER = 10  # seconds
log = logging.getLogger("zhiping")


class refusals:  # noqa: N801 - named in settings like the other middleware
    """Middleware that answers errors of the domain with a page, and notes denials."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Note denials and listings; replace Django's empty 405 response with a page."""
        response = self.get_response(request)
        noted.note(request, response)
        if response.status_code == 405 and request.method == "GET" and not response.content:
            page = render(request, "web/problem.html", {"status": 405, "problems": []}, status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Map errors of the domain; Django handles all others."""
        if isinstance(error, AlreadyDone):
            return render(request, "web/problem.html", {"status": 409, "problems": []}, status=409)
        if not isinstance(error, Refused):
            return unavailable(request, error)
        status = STATUS[type(error)]
        noted.keep_reasons(request, error)
        context = {"status": status, "problems": [problem(p) for p in error.problems]}
        return render(request, "web/problem.html", context, status=status)


def unavailable(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """Answer 503 or 507 with what was typed; None for an error that is a fault of the program."""
    status = status_of(error) if error else None
    if status is None:
        return None
    log.warning("nothing was saved", extra={"data": {"status": status, "fault": str(error)}})
    request.user = AnonymousUser()  # nothing below reads the database again, nor saves the session
    if hasattr(request, "session"):
        request.session.modified = False
    if request.path.startswith("/api/"):
        found = {"code": f"web.unavailable.{status}", "where": [], "data": {}}
        text = say(f"web.unavailable.hints.{status}")
        response = problem_json(status, [{**found, "text": text}], say(f"web.problem.titles.{status}"))
    else:
        response = render(
            request, "web/unavailable.html", {"status": status, **_typed(request)}, status=status
        )
    response["Retry-After"] = str(RETRY_AFTER)
    response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 - else Django logs a fault of the program
    return response


def _typed(request: HttpRequest) -> dict[str, Any]:
    """Return the fields of a form: values to send again, names of secrets and files to enter again."""
    fields = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    secrets = [name for name in request.POST if "password" in name or name == "pin"]  # are on no page
    files = [(name, file.name) for name in request.FILES for file in request.FILES.getlist(name)]
    return {
        "kept": [field for field in fields if field[0] not in secrets],
        "secrets": secrets,
        "files": files,
    }


def problem_json(status: int, problems: list[dict[str, Any]], title: str) -> HttpResponse:
    """Return a problem (RFC 9457); `errors` has every one with its code, place and sentence."""
    body = {"type": "about:blank", "title": title, "status": status, "errors": problems}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer 429: allauth's own page would be in English."""
    return render(request, "web/problem.html", {"status": 429, "problems": []}, status=429)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 404, without distinguishing missing objects from hidden ones."""
    return render(request, "web/problem.html", {"status": 404, "problems": []}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer errors raised by Django."""
    return render(request, "web/problem.html", {"status": 403, "problems": []}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 and 507: errors outside of views are handled here only."""
    if response := unavailable(request, sys.exc_info()[1]):
        return response
    return render(request, "web/problem.html", {"status": 500, "problems": []}, status=500)
