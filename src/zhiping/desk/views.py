"""The first page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from zhiping.accounts.requests import Request
from zhiping.desk import queries


def desk(request: Request) -> HttpResponse:
    """What waits for me."""
    return render(request, "desk/desk.html", {"desk": queries.desk(request.user, timezone.now())})
