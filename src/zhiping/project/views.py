"""The page of the API."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhiping.project.api import operations
from zhiping.web.texts import say


def api(request: HttpRequest) -> HttpResponse:
    """Show the operations of the API."""
    context = {"operations": operations(), "heading": say("api.title")}
    return render(request, "project/api.html", context)
