"""Addresses for whoever watches over the server: is it alive, and can it do its work."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from zhiping.ledger import triggers


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Alive."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The database answers and guards its memory; 503 otherwise, without saying more to strangers."""
    try:
        connection.ensure_connection()
        lost = triggers.missing()
    except DatabaseError:
        lost = ["database"]
    return HttpResponse("not ready" if lost else "ok", content_type="text/plain", status=503 if lost else 200)
