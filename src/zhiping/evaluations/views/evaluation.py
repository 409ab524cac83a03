"""Evaluations: the list, how one is planned, prepared, cancelled and restored."""

import datetime as dt
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.models import User
from zhiping.domain import schedule
from zhiping.domain.letters import from_data
from zhiping.domain.lifecycle import BEFORE_START
from zhiping.domain.register import GRADES
from zhiping.evaluations.actions import evaluation as actions
from zhiping.evaluations.actions import letters
from zhiping.evaluations.forms import EvaluationFilters, LettersForm, OpenForm
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries import evaluation as queries
from zhiping.evaluations.queries.letters import shared
from zhiping.evaluations.queries.programme import open_for
from zhiping.registry import queries as registry
from zhiping.registry.models import Platform, Trigger
from zhiping.web.forms import ReasonForm
from zhiping.web.links import link_to, page
from zhiping.web.listing import Cell, Column, Listing, state_cell
from zhiping.web.pages import Action, action_button, form_page, offered
from zhiping.web.texts import say

address = link_to("evaluation")

OPENS = {"authority": "open_evaluation", "self": "open_self_evaluation"}


def evaluations(request: Request) -> HttpResponse:
    """The evaluations the person sees; self-evaluations are a list of their own."""
    listing = Listing(
        request, partial(queries.evaluations_of_kind, request.user, "authority"), columns(), "evaluations",
        url=address, filters=partial(EvaluationFilters, user=request.user), order="start_by",
    )  # fmt: skip
    return listing.response()


REGION = tuple(f"platform__region__{name}" for name in registry.NAMES)


def columns() -> tuple[Column, ...]:
    """Return what lists of evaluations show."""
    late = partial(start_by, timezone.localdate())
    return (
        Column("platform", "platform__name"),
        Column("region", reads=REGION, show=registry.named, order=("platform__region_id",)),
        Column("reason", "reason", show=lambda code: say(f"wording.reason.{code}")),
        Column("programme", "programme__name"),
        Column("trip", "trip__name"),
        Column("visit", "visit_start"),
        Column("start_by", reads=("start_by", "head__phase"), show=late, order=("start_by",)),
        Column("state", "head__phase", show=partial(state_cell, "lifecycle.states"), order=()),
        Column("grade", "grade", show=grade_name),
        Column("score", "score", show=lambda score: None if score is None else str(score), numeric=True),
    )


def grade_name(grade: str) -> str:
    """Return a grade as people name it; "" before the conclusion."""
    return say(f"registry.grades.{grade}") if grade in GRADES else grade


def period(first: dt.date, last: dt.date) -> str:
    """Write the days of a period."""
    return f"{first} – {last}"


PERIOD = Column("period", reads=("period_start", "period_end"), show=period, order=("period_end",))


def start_by(today: dt.date, day: dt.date | None, phase: str) -> Cell | None:
    """Return the last day to start, as a warning once it has passed and nothing started."""
    if day is None:
        return None
    late = phase in BEFORE_START and day < today
    return Cell(day.isoformat(), badge="danger" if late else "")


def evaluations_of(user: User, platform: Platform) -> list[dict[str, Any]]:
    """Return the evaluations of one platform by kind, as evaluations/of_platform.html shows them."""
    found = queries.of_platform(user, platform)
    offers = offered(user, platform, *OPENS.values(), app="evaluations")
    kinds = [_of_kind(platform, found, kind, offered=offers[action]) for kind, action in OPENS.items()]
    return [k for k in kinds if k["evaluations"] or k["may_open"] or k["kind"] == "authority"]


def _of_kind(platform: Platform, found: list[Evaluation], kind: str, *, offered: bool) -> dict[str, Any]:
    own = [e for e in found if e.kind == kind]
    return {
        "kind": kind,
        "texts": "self_evaluations" if kind == "self" else "evaluations",
        "evaluations": own,
        "coming": next((e for e in own if e.head.phase in BEFORE_START), None),
        "may_open": offered and not platform.ended,
        "triggers": queries.unanswered(platform, kind) if offered else (),
        "open": reverse(f"evaluations:{OPENS[kind].replace('_', '-')}", args=[platform.pk]),
    }


def open_evaluation(request: Request, platform_id: UUID) -> HttpResponse:
    """Plan an evaluation of one platform; `trigger` in the address: because of that."""
    platform = registry.get_platform(request.user, platform_id)
    trigger = trigger_of(request)
    first = open_for(request.user, platform).first()
    form = OpenForm(
        request.POST or None, user=request.user, platform=platform, triggered=trigger is not None,
        initial={"programme": first},
    )  # fmt: skip
    year = first.period_end.year if first else timezone.localdate().year
    return form_page(
        request, form, actions.open_evaluation, crumbs=crumbs(platform), to=address,
        shown={"note": _proposal(platform, year, trigger)}, platform=platform, trigger=trigger,
    )  # fmt: skip


def _proposal(platform: Platform, year: int, trigger: Trigger | None) -> str:
    proposed = schedule.reason(
        year, last=platform.last_evaluated, grade=platform.last_grade, trigger=trigger is not None
    )
    return say("evaluations.proposal", reason=say(f"wording.reason.{proposed}"))


def crumbs(platform: Platform) -> list[tuple[str, str]]:
    """Return the pages above a form that plans an evaluation."""
    return [(platform.name, page("platform", platform))]


def trigger_of(request: Request) -> Trigger | None:
    """Return the trigger the address names; Http404 where that is no trigger the person sees."""
    if not (named := request.GET.get("trigger")):
        return None
    try:
        return registry.get_trigger(request.user, UUID(named))
    except ValueError:
        raise Http404 from None


@require_POST
def prepare_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Begin the preparation."""
    found = queries.get_evaluation(request.user, evaluation_id)
    return action_button(request, actions.prepare_evaluation, to=address(found), evaluation=found)


def cancel_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Cancel, with the reason."""
    found = queries.get_evaluation(request.user, evaluation_id)
    return reason_page(request, found, actions.cancel_evaluation, texts="evaluations.cancel")


def restore_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Restore, with the reason."""
    found = queries.get_evaluation(request.user, evaluation_id)
    return reason_page(request, found, actions.restore_evaluation, texts="evaluations.restore")


def change_letters(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Change numbers, dates and contact of an evaluation's letters."""
    found = queries.get_evaluation(request.user, evaluation_id)
    form = LettersForm(
        request.POST or None, letters=from_data(found.letters), shared=shared(found), seen=found.head.size
    )
    to = address(found)
    return form_page(
        request, form, letters.change_letters, crumbs=[(str(found), to)], to=page("papers", found),
        evaluation=found,
    )  # fmt: skip


def reason_page(request: Request, evaluation: Evaluation, action: Action, *, texts: str) -> HttpResponse:
    """Show the form that asks why a move is made, or make the move; `texts`: the table of its texts."""
    form = ReasonForm(request.POST or None, texts=texts, seen=evaluation.head.size)
    to = address(evaluation)
    return form_page(
        request, form, action, crumbs=[(str(evaluation), to)], to=to,
        shown={"submit": say(f"{texts}.title")}, evaluation=evaluation,
    )  # fmt: skip
