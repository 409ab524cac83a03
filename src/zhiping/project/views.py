"""Pages that belong to no stage: the API's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhiping.project.api import operations
from zhiping.web.texts import say


def api(request: HttpRequest) -> HttpResponse:
    """What programs can call."""
    context = {"operations": operations(), "heading": say("api.title")}
    return render(request, "project/api.html", context)
