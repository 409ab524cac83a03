"""Pages that belong to no stage: the API's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhiping.project.api import operations


def api(request: HttpRequest) -> HttpResponse:
    """What programs can call."""
    return render(request, "project/api.html", {"operations": operations()})
