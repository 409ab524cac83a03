"""Error pages: errors of the domain become 403, 409 or 422; denials are logged."""

import hashlib
import logging
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed, Refused
from zhiping.ledger import actions as ledger
from zhiping.web.texts import problem

STATUS: dict[type[Refused], int] = {NotAllowed: 403, Conflict: 409, Invalid: 422}
log = logging.getLogger("zhiping")


class refusals:  # noqa: N801 - named in settings like the other middleware
    """Middleware that answers errors of the domain with a page; denials are logged after the rollback."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Log exports; replace Django's empty 405 response with a page."""
        response = self.get_response(request)
        if response.status_code == 405 and request.method == "GET" and not response.content:
            page = render(request, "web/problem.html", {"status": 405, "problems": []}, status=405)
            page["Allow"] = response["Allow"]
            return page
        if request.GET.get("export") and response.status_code == 200 and isinstance(request.user, User):
            ledger.audit("exported", by=request.user, at=timezone.now(), subject=request.path[:80])
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Map errors of the domain; Django handles all others."""
        if isinstance(error, AlreadyDone):
            return render(request, "web/problem.html", {"status": 409, "problems": []}, status=409)
        if not isinstance(error, Refused):
            return None
        status = STATUS[type(error)]
        if status == 403:
            denied(request, error)
        context = {"status": status, "problems": [problem(p) for p in error.problems]}
        return render(request, "web/problem.html", context, status=status)


def denied(request: HttpRequest, error: Refused) -> None:
    """Log a denial, the same one at most once a minute, so that retries cannot flood the log."""
    user = request.user if isinstance(request.user, User) else None
    codes = [dict(p.data, code=p.code) for p in error.problems]
    same = hashlib.sha256(f"{user and user.pk} {codes}".encode()).hexdigest()
    if cache.add(f"denied:{same}", 1, timeout=60):
        ledger.audit(
            "denied", by=user, at=timezone.now(), subject=request.path[:80], data={"problems": codes}
        )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer 404, without distinguishing missing objects from hidden ones."""
    return render(request, "web/problem.html", {"status": 404, "problems": []}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer errors raised by Django."""
    return render(request, "web/problem.html", {"status": 403, "problems": []}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return render(request, "web/problem.html", {"status": 500, "problems": []}, status=500)
