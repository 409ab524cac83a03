"""Pages of the register."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.ledger import queries as ledger
from zhiping.registry import actions, queries
from zhiping.registry.forms import PlatformFilters, PlatformForm, initial
from zhiping.registry.models import Platform
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.texts import say

TONES = {
    "overdue": "danger",
    "warning": "warning",
    "in_time": "success",
    "unknown": "secondary",
    "ended": "secondary",
}


class Request(HttpRequest):
    """A request of somebody who has signed in."""

    user: User


def platforms(request: Request) -> HttpResponse:
    """The register: who runs what, where, and what is due."""
    today = timezone.localdate()
    columns = (
        Column("name", lambda p: Cell(p.name, reverse("registry:platform", args=[p.pk])), ("name",)),
        Column("operator", lambda p: p.operator.name, ("operator__name",)),
        Column("region", lambda p: p.region.name, ("region_id",)),
        Column("channel", lambda p: say(f"registry.channels.{p.channel}"), ("channel",)),
        Column("last", lambda p: p.last_evaluated, ("last_evaluated",)),
        Column("due", lambda p: p.due, ("due",)),
        Column("standing", lambda p: _standing(p, today)),
    )
    listing = Listing(
        request, queries.platforms(request.user), columns, "registry.platforms",
        url=lambda p: reverse("registry:platform", args=[p.pk]),
        filters=PlatformFilters(request.GET, user=request.user, today=today),
        order="name", empty_url=reverse("registry:add-platform"),
    )  # fmt: skip
    return listing.response("registry/platforms.html")


def _standing(platform: Platform, today: object) -> Cell:
    name = queries.standing_of(platform, today)
    return Cell(say(f"registry.standings.{name}"), badge=TONES[name])


def add_platform(request: Request) -> HttpResponse:
    """Register a platform."""
    form = PlatformForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.run(actions.add_platform, by=request.user, now=timezone.now()):
        return redirect("registry:platform", form.made)
    return render(request, "web/form_page.html", {"form": form, "heading": say("registry.platform.add")})


def platform(request: Request, platform_id: UUID) -> HttpResponse:
    """One platform: its facts, sites, what happened to it, its history."""
    found = queries.get_platform(request.user, platform_id)
    context = {"platform": found, "timeline": ledger.timeline(found.pk)}
    return render(request, "registry/platform.html", context)


def change_platform(request: Request, platform_id: UUID) -> HttpResponse:
    """Correct what the register says."""
    found = queries.get_platform(request.user, platform_id)
    form = PlatformForm(request.POST or None, user=request.user, seen=found.head.size, initial=initial(found))
    given = {"by": request.user, "now": timezone.now(), "platform": found}
    if request.method == "POST" and form.run(actions.change_platform, **given):
        return redirect("registry:platform", found.pk)
    return render(request, "web/form_page.html", {"form": form, "heading": say("registry.platform.change")})
