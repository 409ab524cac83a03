"""A platform's sites: added, changed, closed."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from zhiping.accounts.requests import Request
from zhiping.registry import actions, forms, queries
from zhiping.registry.views.asking import answer_form
from zhiping.registry.views.platforms import address


def add_site(request: Request, platform_id: UUID) -> HttpResponse:
    """Add a site."""
    found = queries.get_platform(request.user, platform_id)
    form = forms.AddSiteForm(request.POST or None, seen=found.head.size)
    return answer_form(request, form, actions.add_site, lambda: f"{address(found)}#sites", platform=found)


def change_site(request: Request, platform_id: UUID, site_id: UUID) -> HttpResponse:
    """Correct, close or open a site."""
    found = queries.get_platform(request.user, platform_id)
    site = get_object_or_404(queries.sites(found).select_related("platform__head"), pk=site_id)
    shown = {"name": site.name, "address": site.address, "closed": site.closed}
    form = forms.ChangeSiteForm(request.POST or None, seen=found.head.size, initial=shown)
    return answer_form(request, form, actions.change_site, lambda: f"{address(found)}#sites", site=site)
