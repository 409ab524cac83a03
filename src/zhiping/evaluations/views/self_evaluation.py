"""Self-evaluations: a list of their own, never mixed with the authority's, and planning one (6.1.3)."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.evaluations.actions import evaluation as actions
from zhiping.evaluations.forms import OpenOwnForm, OwnFilters
from zhiping.evaluations.queries import evaluation as queries
from zhiping.evaluations.views import evaluation as evaluations
from zhiping.registry import queries as registry
from zhiping.web.listing import Listing
from zhiping.web.pages import form_page
from zhiping.web.texts import say


def self_evaluations(request: Request) -> HttpResponse:
    """The self-evaluations the person sees: operators their own, the authority those of its region."""
    shown = {c.key: c for c in evaluations.columns()}
    columns = (
        *(shown[key] for key in ("platform", "region", "reason")),
        evaluations.PERIOD,
        *(shown[key] for key in ("visit", "state", "grade", "score")),
    )
    listing = Listing(
        request, partial(queries.evaluations_of_kind, request.user, "self"), columns, "self_evaluations",
        url=evaluations.address, filters=partial(OwnFilters, user=request.user), order="-period",
    )  # fmt: skip
    return listing.response()


def open_self_evaluation(request: Request, platform_id: UUID) -> HttpResponse:
    """Plan a self-evaluation; `trigger` in the address: because of that."""
    platform = registry.get_platform(request.user, platform_id)
    trigger = evaluations.trigger_of(request)
    form = OpenOwnForm(
        request.POST or None, user=request.user, triggered=trigger is not None, today=timezone.localdate()
    )
    return form_page(
        request, form, actions.open_self_evaluation, crumbs=evaluations.crumbs(platform),
        to=evaluations.address, shown={"note": say("self_evaluations.rulings")}, platform=platform,
        trigger=trigger,
    )  # fmt: skip
