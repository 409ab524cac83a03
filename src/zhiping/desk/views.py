"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from zhiping.desk import queries


def desk(request: HttpRequest) -> HttpResponse:
    """What waits for me."""
    return render(request, "desk/desk.html", {"desk": queries.desk(request.user, timezone.localdate())})
