"""Forms of a platform's sites."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from zhiping.accounts.http import Request
from zhiping.registry import actions, forms, queries
from zhiping.registry.models import Platform
from zhiping.registry.views.platforms import address, crumbs
from zhiping.web.forms import Form, values_of
from zhiping.web.pages import Action, form_page
from zhiping.web.texts import say


def add_site(request: Request, platform_id: UUID) -> HttpResponse:
    """Add a site."""
    platform = queries.get_platform(request.user, platform_id)
    form = forms.AddSiteForm(request.POST or None, seen=platform.head.size)
    return _page(request, platform, form, actions.add_site, {"platform": platform})


def change_site(request: Request, platform_id: UUID, site_id: UUID) -> HttpResponse:
    """Correct, close or open a site."""
    platform = queries.get_platform(request.user, platform_id)
    site = get_object_or_404(queries.sites(platform).select_related("platform__head"), pk=site_id)
    shown = values_of(forms.ChangeSiteForm, site)
    form = forms.ChangeSiteForm(request.POST or None, seen=platform.head.size, initial=shown)
    return _page(request, platform, form, actions.change_site, {"site": site})


def _page(
    request: Request, platform: Platform, form: Form, action: Action, given: dict[str, Any]
) -> HttpResponse:
    return form_page(
        request, form, action, about=platform, crumbs=crumbs(platform), to=f"{address(platform)}#sites",
        heading=say(f"registry.titles.{action.__name__}"), **given,
    )  # fmt: skip
