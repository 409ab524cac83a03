"""View of the first page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.desk import queries
from zhiping.web.texts import say


def desk(request: Request) -> HttpResponse:
    """Show the user's tasks and numbers."""
    context = {"desk": queries.desk(request.user, timezone.now()), "heading": say("desk.title")}
    return render(request, "desk/desk.html", context)
