"""Health endpoints for monitoring: liveness and readiness."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from zhiping.ledger import triggers
from zhiping.operations import checks


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer 200 while the process runs."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer 200 if the database is reachable, migrated and has its triggers, else 503."""
    try:
        wrong = bool(checks.waiting() or triggers.missing())
    except DatabaseError:
        wrong = True
    return HttpResponse(
        "not ready" if wrong else "ok", content_type="text/plain", status=503 if wrong else 200
    )
