"""The list of platforms, and what is changed of one."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.requests import Request
from zhiping.accounts.rules import require
from zhiping.registry import actions, forms, queries
from zhiping.registry.models import Platform, Site, Trigger
from zhiping.registry.queries.sheets import platform_sheet, with_sites
from zhiping.registry.views.asking import answer_form, offered
from zhiping.web import importing
from zhiping.web.forms import Form
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.texts import say

address = link_to("dossier:platform")

TONES = {
    "overdue": "danger",
    "warning": "warning",
    "in_time": "success",
    "unknown": "secondary",
    "ended": "secondary",
}
STATES = {
    "undecided": "warning",
    "to_start": "info",
    "overdue": "danger",
    "met": "success",
    "unimportant": "secondary",
}


def platforms(request: Request) -> HttpResponse:
    """The register: who runs what, where, and what is due."""
    today = timezone.localdate()
    listing = Listing(
        request, partial(queries.platforms, request.user), columns(today), "registry.platforms", url=address,
        filters=partial(forms.PlatformFilters, user=request.user, today=today), order="name",
    )  # fmt: skip
    if request.GET.get("export") == "xlsx":
        return _export(request, listing, today)
    may = offered(request.user, None, "import_platforms")
    return listing.response("registry/platforms.html", may=may)


def _export(request: Request, listing: Listing, today: dt.date) -> HttpResponse:
    """The register in the columns in which it is imported, with where each platform stands."""
    found = listing.found[: importing.MOST_ROWS]
    names = Site.objects.filter(platform__in=listing.found.order_by().values("pk")).order_by("name")
    more = (
        (say("registry.platforms.columns.due"), lambda p: str(p.due or "")),
        (say("registry.platforms.columns.standing"), lambda p: standing(p, today).text),
        (say("registry.end.ended"), lambda p: str(p.ended or "")),
    )
    things = with_sites(found, names.values_list("platform_id", "name"))
    return importing.export(platform_sheet(request.user, today), things, more)


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
    """Return where a platform of these dates (STANDING) is on the annual clock, as a badge."""
    name = queries.standing_on(today, *clock)
    return Cell(say(f"registry.standings.{name}"), badge=TONES[name])


def standing(platform: Platform, today: dt.date) -> Cell:
    """Return where a platform is on the annual clock, as a badge."""
    return standing_badge(today, platform.ended, platform.due, platform.due_warning)


def state_cell(trigger: Trigger, today: dt.date) -> Cell:
    """Return where a trigger is, as a badge."""
    return state_badge(queries.state_of(trigger, today))


def state_badge(name: str) -> Cell:
    """Return a state of a trigger as a badge."""
    return Cell(say(f"registry.trigger_states.{name}"), badge=STATES[name])


def add_platform(request: Request) -> HttpResponse:
    """Register a platform."""
    require(request.user, "registry.add_platform")
    form = forms.AddPlatformForm(request.POST or None, user=request.user)
    return answer_form(
        request, form, actions.add_platform, lambda: reverse("dossier:platform", args=[form.made])
    )


def change_platform(request: Request, platform_id: UUID) -> HttpResponse:
    """Correct what the register says."""
    return _change(request, platform_id, forms.ChangePlatformForm, actions.change_platform, user=request.user)


def correct_platform(request: Request, platform_id: UUID) -> HttpResponse:
    """Correct what the operator knows best."""
    return _change(request, platform_id, forms.CorrectPlatformForm, actions.correct_platform)


def move_platform(request: Request, platform_id: UUID) -> HttpResponse:
    """Hand a platform over to another operator."""
    return _change(request, platform_id, forms.MovePlatformForm, actions.move_platform, user=request.user)


def end_service(request: Request, platform_id: UUID) -> HttpResponse:
    """Note that a platform serves no longer."""
    return _change(request, platform_id, forms.EndServiceForm, actions.end_service)


def resume_service(request: Request, platform_id: UUID) -> HttpResponse:
    """Note that a platform serves again."""
    return _change(request, platform_id, forms.ResumeServiceForm, actions.resume_service)


def _change(
    request: Request,
    platform_id: UUID,
    kind: type[Form],
    action: Callable[..., object],
    **options: object,
) -> HttpResponse:
    found = queries.get_platform(request.user, platform_id)
    form = kind(request.POST or None, seen=found.head.size, initial=forms.initial(kind, found), **options)
    return answer_form(request, form, action, lambda: address(found), platform=found)
