"""What may restart an evaluation (6.1.2): the list, reporting, deciding."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from zhiping.accounts.requests import Request
from zhiping.registry import actions, forms, queries
from zhiping.registry.models import Trigger
from zhiping.registry.views.asking import answer_form
from zhiping.registry.views.platforms import address, state_cell
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.texts import say

READS = (
    "kind", "happened", "description", "important", "due", "met", "platform__pk", "platform__name",
    "platform__last_evaluated", *(f"platform__region__{name}" for name in queries.NAMES),
)  # fmt: skip


def triggers(request: Request) -> HttpResponse:
    """Everything that happened, the undecided first."""
    today = timezone.localdate()
    columns = (
        Column("platform", lambda t: Cell(t.platform.name, _place(t)), ("platform__name",)),
        Column("region", lambda t: queries.place(t.platform.region), ("platform__region_id",)),
        Column("kind", lambda t: say(f"registry.trigger_kinds.{t.kind}"), ("kind",)),
        Column("happened", lambda t: t.happened, ("happened",)),
        Column("description", lambda t: t.description),
        Column("state", lambda t: state_cell(t, today)),
        Column("due", lambda t: t.due, ("due",)),
    )
    listing = Listing(
        request, queries.triggers(request.user), columns, "registry.triggers", url=_place, order="-happened",
        filters=forms.TriggerFilters(request.GET, user=request.user, today=today), reads=READS,
    )  # fmt: skip
    return listing.response("registry/triggers.html")


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
