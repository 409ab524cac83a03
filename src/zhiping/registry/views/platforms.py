"""The list of platforms, and the forms that change one."""

import datetime as dt
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.registry import actions, forms, queries
from zhiping.registry.models import Platform, Site
from zhiping.registry.sheets import platform_sheet, with_sites
from zhiping.web import importing
from zhiping.web.forms import Form, values_of
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing, state_cell
from zhiping.web.pages import Action, form_page, offered
from zhiping.web.texts import say

address = link_to("platform")


def platforms(request: Request) -> HttpResponse:
    """The list of platforms."""
    today = timezone.localdate()
    listing = Listing(
        request, partial(queries.platforms, request.user), columns(today), "registry.platforms", url=address,
        filters=partial(forms.PlatformFilters, user=request.user, today=today), order="name",
    )  # fmt: skip
    if listing.exports:
        return _export(request, listing, today)
    may = offered(request.user, None, "import_platforms", app="registry")
    return listing.response("registry/platforms.html", may=may)


def _export(request: Request, listing: Listing, today: dt.date) -> HttpResponse:
    """Return the register in the columns of its import, with the standing of each platform."""
    rows = listing.found[: importing.MOST_ROWS]
    names = Site.objects.filter(platform__in=listing.found.order_by().values("pk")).order_by("name")
    more = (
        (say("registry.platforms.columns.due"), lambda p: str(p.due or "")),
        (say("registry.platforms.columns.standing"), lambda p: _standing(p, today)),
        (say("registry.end.ended"), lambda p: str(p.ended or "")),
    )
    things = with_sites(rows, names.values_list("platform_id", "name"))
    return importing.export(request, platform_sheet(request.user, today), things, more)


def _standing(platform: Platform, today: dt.date) -> str:
    return say(f"registry.standings.{queries.standing_of(platform, today)}")


REGION = tuple(f"region__{name}" for name in queries.NAMES)
STANDING = ("ended", "due", "due_warning")


def columns(today: dt.date) -> tuple[Column, ...]:
    """Return what lists of platforms show."""
    return (
        Column("name", "name"),
        Column("operator", "operator__name"),
        Column("region", reads=REGION, show=queries.named, order=("region_id",)),
        Column("channel", "channel", show=channel),
        Column("last", "last_evaluated"),
        Column("due", "due"),
        Column("standing", reads=STANDING, show=partial(standing_badge, today)),
    )


def channel(code: str) -> str:
    """Return the name of a channel."""
    return say(f"registry.channels.{code}")


def standing_badge(today: dt.date, *clock: dt.date | None) -> Cell:
    """Return the standing of a platform of these dates (STANDING) as a badge."""
    return state_cell("registry.standings", queries.standing_on(today, *clock))


def crumbs(platform: Platform | None = None) -> list[tuple[str, str]]:
    """Return the pages above one of a platform, or above its forms."""
    above = [(say("registry.tabs.platforms"), reverse("registry:platforms"))]
    return [*above, (platform.name, address(platform))] if platform else above


def add_platform(request: Request) -> HttpResponse:
    """Register a platform."""
    form = forms.AddPlatformForm(request.POST or None, user=request.user)
    heading = say("registry.titles.add_platform")
    return form_page(request, form, actions.add_platform, crumbs=crumbs(), to=address, heading=heading)


def change_platform(request: Request, platform_id: UUID) -> HttpResponse:
    """Correct what the register has of a platform."""
    return _change(request, platform_id, forms.ChangePlatformForm, actions.change_platform, user=request.user)


def correct_platform(request: Request, platform_id: UUID) -> HttpResponse:
    """Correct what the operator knows best."""
    return _change(request, platform_id, forms.CorrectPlatformForm, actions.correct_platform)


def move_platform(request: Request, platform_id: UUID) -> HttpResponse:
    """Hand a platform over to another operator."""
    return _change(request, platform_id, forms.MovePlatformForm, actions.move_platform, user=request.user)


def end_service(request: Request, platform_id: UUID) -> HttpResponse:
    """Record the end of a platform's service."""
    return _change(request, platform_id, forms.EndServiceForm, actions.end_service)


def resume_service(request: Request, platform_id: UUID) -> HttpResponse:
    """Record that a platform serves again."""
    return _change(request, platform_id, forms.ResumeServiceForm, actions.resume_service)


def _change(
    request: Request, platform_id: UUID, kind: type[Form], action: Action, **options: object
) -> HttpResponse:
    platform = queries.get_platform(request.user, platform_id)
    form = kind(request.POST or None, seen=platform.head.size, initial=values_of(kind, platform), **options)
    return form_page(
        request, form, action, platform=platform, crumbs=crumbs(platform), to=address(platform),
        heading=say(f"registry.titles.{action.__name__}"),
    )  # fmt: skip
