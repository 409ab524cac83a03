"""Health endpoints for monitoring: liveness and readiness."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from zhiping.operations import checks


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer 200 while the process runs."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer 200 if the database is migrated, has its triggers and, like the disk, is writable; else 503."""
    able = checks.ready()
    return HttpResponse("ok" if able else "not ready", content_type="text/plain", status=200 if able else 503)
