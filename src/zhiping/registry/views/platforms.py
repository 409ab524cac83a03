"""The list of platforms, and what is changed of one."""

import datetime as dt
from collections.abc import Callable
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
        request, queries.platforms(request.user), columns(today), "registry.platforms", url=address,
        filters=forms.PlatformFilters(request.GET, user=request.user, today=today), order="name",
        reads=READS,
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


READS = (
    "name", "operator__name", "channel", "last_evaluated", "due", "due_warning", "ended", "service_start",
    *(f"region__{name}" for name in queries.NAMES),
)  # fmt: skip


def columns(today: dt.date) -> tuple[Column, ...]:
    """Return what lists of platforms show."""
    return (
        Column("name", lambda p: Cell(p.name, address(p)), ("name",)),
        Column("operator", lambda p: p.operator.name, ("operator__name",)),
        Column("region", lambda p: queries.place(p.region), ("region_id",)),
        Column("channel", lambda p: say(f"registry.channels.{p.channel}"), ("channel",)),
        Column("last", lambda p: p.last_evaluated, ("last_evaluated",)),
        Column("due", lambda p: p.due, ("due",)),
        Column("standing", lambda p: standing(p, today)),
    )


def standing(platform: Platform, today: dt.date) -> Cell:
    """Return where a platform stands, as a badge."""
    name = queries.standing_of(platform, today)
    return Cell(say(f"registry.standings.{name}"), badge=TONES[name])


def state_cell(trigger: Trigger, today: dt.date) -> Cell:
    """Return where a trigger stands, as a badge."""
    name = queries.state_of(trigger, today)
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
