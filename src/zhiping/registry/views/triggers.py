"""What may restart an evaluation (6.1.2): the list, reporting, deciding."""

import datetime as dt
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from zhiping.accounts.requests import Request
from zhiping.registry import actions, forms, queries
from zhiping.registry.models import Trigger
from zhiping.registry.views.asking import answer_form
from zhiping.registry.views.platforms import address, state_badge
from zhiping.web.listing import Column, Listing
from zhiping.web.texts import say

REGION = tuple(f"platform__region__{name}" for name in queries.NAMES)


def triggers(request: Request) -> HttpResponse:
    """Everything that happened, the undecided first."""
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
        Column(
            "state", reads=queries.STATE, show=lambda *values: state_badge(queries.state_on(today, *values))
        ),
        Column("due", "due"),
    )


def _place(trigger: Trigger) -> str:
    return f"{address(trigger.platform)}#triggers"


def report(request: Request, platform_id: UUID) -> HttpResponse:
    """Report what happened to a platform."""
    found = queries.get_platform(request.user, platform_id)
    form = forms.ReportForm(request.POST or None)
    target = f"{address(found)}#triggers"
    return answer_form(request, form, actions.report_trigger, lambda: target, platform=found)


def decide(request: Request, trigger_id: UUID) -> HttpResponse:
    """Decide whether it is important."""
    found = queries.get_trigger(request.user, trigger_id)
    form = forms.DecideForm(request.POST or None, seen=found.platform.head.size)
    return answer_form(request, form, actions.decide_trigger, lambda: _place(found), trigger=found)


def view(request: Request, trigger_id: UUID) -> HttpResponse:
    """Note what the operator's head thinks of it."""
    found = queries.get_trigger(request.user, trigger_id)
    form = forms.ViewForm(request.POST or None, seen=found.platform.head.size, initial={"view": found.view})
    return answer_form(request, form, actions.view_trigger, lambda: _place(found), trigger=found)
