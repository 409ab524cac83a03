"""What a refusal of the rules becomes for a browser: 403, 409 or 422, said in full; denials are noted."""

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
    """Answer refusals with a page; note a denial in the audit log after the rollback."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and note an export; say in full that an address only takes what a form sends."""
        response = self.get_response(request)
        if response.status_code == 405 and request.method == "GET" and not response.content:
            said = render(request, "web/problem.html", {"status": 405, "problems": []}, status=405)
            said["Allow"] = response["Allow"]
            return said
        if request.GET.get("export") and response.status_code == 200 and isinstance(request.user, User):
            ledger.audit("exported", by=request.user, at=timezone.now(), subject=request.path[:80])
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Map what the domain raises; anything else is Django's."""
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
    """Note who was denied what, the same at most once a minute: nobody fills the log by trying."""
    user = request.user if isinstance(request.user, User) else None
    codes = [dict(p.data, code=p.code) for p in error.problems]
    same = hashlib.sha256(f"{user and user.pk} {codes}".encode()).hexdigest()
    if cache.add(f"denied:{same}", 1, timeout=60):
        ledger.audit(
            "denied", by=user, at=timezone.now(), subject=request.path[:80], data={"problems": codes}
        )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that there is nothing here, or nothing the person may see: the two are not told apart."""
    return render(request, "web/problem.html", {"status": 404, "problems": []}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Say that Django itself refused."""
    return render(request, "web/problem.html", {"status": 403, "problems": []}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours."""
    return render(request, "web/problem.html", {"status": 500, "problems": []}, status=500)
