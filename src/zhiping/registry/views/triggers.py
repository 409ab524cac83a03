"""Triggers (6.1.2): the list, and the forms that report, comment and decide one."""

import datetime as dt
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.registry import actions, forms, queries
from zhiping.registry.models import Trigger
from zhiping.registry.views.platforms import address, crumbs
from zhiping.web.forms import Form
from zhiping.web.listing import Cell, Column, Listing, state_cell
from zhiping.web.pages import Action, form_page
from zhiping.web.texts import say

REGION = tuple(f"platform__region__{name}" for name in queries.NAMES)


def triggers(request: Request) -> HttpResponse:
    """The list of triggers, the latest first."""
    today = timezone.localdate()
    listing = Listing(
        request, partial(queries.triggers, request.user), _columns(today), "registry.triggers",
        url=lambda platform: f"{address(platform)}#triggers", url_path="platform__pk", order="-happened",
        filters=partial(forms.TriggerFilters, user=request.user, today=today),
    )  # fmt: skip
    return listing.response("registry/triggers.html")


def _columns(today: dt.date) -> tuple[Column, ...]:
    return (
        Column("platform", "platform__name"),
        Column("region", reads=REGION, show=queries.named, order=("platform__region_id",)),
        Column("kind", "kind", show=lambda kind: say(f"registry.trigger_kinds.{kind}")),
        Column("happened", "happened"),
        Column("description", "description", order=()),
        Column("state", reads=queries.STATE, show=partial(_state, today)),
        Column("due", "due"),
    )


def _place(trigger: Trigger) -> str:
    return f"{address(trigger.platform)}#triggers"


def _state(today: dt.date, *values: Any) -> Cell:
    return state_cell("registry.trigger_states", queries.state_on(today, *values))


def report(request: Request, platform_id: UUID) -> HttpResponse:
    """Report what happened to a platform."""
    platform = queries.get_platform(request.user, platform_id)
    return form_page(
        request, forms.ReportForm(request.POST or None), actions.report_trigger, platform=platform,
        crumbs=crumbs(platform), to=f"{address(platform)}#triggers",
        heading=say("registry.titles.report_trigger"),
    )  # fmt: skip


def decide(request: Request, trigger_id: UUID) -> HttpResponse:
    """Decide whether a trigger is important."""
    trigger = queries.get_trigger(request.user, trigger_id)
    form = forms.DecideForm(request.POST or None, seen=trigger.platform.head.size)
    return _page(request, trigger, form, actions.decide_trigger)


def view(request: Request, trigger_id: UUID) -> HttpResponse:
    """Record what the operator's head thinks of a trigger."""
    trigger = queries.get_trigger(request.user, trigger_id)
    shown = {"view": trigger.view}
    form = forms.ViewForm(request.POST or None, seen=trigger.platform.head.size, initial=shown)
    return _page(request, trigger, form, actions.view_trigger)


def _page(request: Request, trigger: Trigger, form: Form, action: Action) -> HttpResponse:
    return form_page(
        request, form, action, about=trigger.platform, trigger=trigger, crumbs=crumbs(trigger.platform),
        to=_place(trigger), heading=say(f"registry.titles.{action.__name__}"),
        template="registry/trigger_form.html",
    )  # fmt: skip
