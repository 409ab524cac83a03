"""Pages on which results from before this system are entered."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from zhiping.accounts.http import Request
from zhiping.registry.queries import get_platform
from zhiping.registry.views.platforms import address, crumbs
from zhiping.scoring.actions import earlier as actions
from zhiping.scoring.result_forms import EarlierForm, ImportEarlierForm
from zhiping.web.pages import form_page


def add_earlier(request: Request, platform_id: UUID) -> HttpResponse:
    """Enter a result by hand."""
    platform = get_platform(request.user, platform_id)
    form = EarlierForm(request.POST or None, seen=platform.head.size)
    by_file = reverse("scoring:import-earlier", args=[platform.pk])
    return form_page(
        request, form, actions.add_earlier, crumbs=crumbs(platform), to=address(platform),
        template="scoring/earlier.html", shown={"by_file": by_file}, platform=platform,
    )  # fmt: skip


def import_earlier(request: Request, platform_id: UUID) -> HttpResponse:
    """Enter the result of a file."""
    platform = get_platform(request.user, platform_id)
    form = ImportEarlierForm(request.POST or None, request.FILES or None, seen=platform.head.size)
    return form_page(
        request, form, actions.import_earlier, crumbs=crumbs(platform), to=address(platform),
        platform=platform,
    )  # fmt: skip
