"""The pages of a draw: conditions with the pool they leave, the commitment, the result."""

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhiping.accounts.http import Request
from zhiping.domain import draw as rules
from zhiping.domain.draw_conditions import Conditions
from zhiping.evaluations.models import Evaluation, Trip
from zhiping.evaluations.queries.programme import get_programme, get_trip
from zhiping.evaluations.views.evaluation import address as evaluation_address
from zhiping.evaluations.views.programme import crumbs as programme_crumbs
from zhiping.evaluations.views.trip import address as trip_address
from zhiping.ledger.act import Act
from zhiping.panels.actions import draw as actions
from zhiping.panels.forms import DrawForm, LeadForm, WordsForm
from zhiping.panels.models import Draw
from zhiping.panels.queries import draw as queries
from zhiping.panels.queries.panel import get_for as get_evaluation_for
from zhiping.texts.catalogue import lookup
from zhiping.texts.wording import draw_conditions
from zhiping.web.downloads import export
from zhiping.web.forms import Form, ReasonForm
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing, state_cell
from zhiping.web.pages import permission_of, render_form
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import language, problem, say

address = link_to("panels:drawn")


def for_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Set the conditions of a draw for one evaluation, and commit to them."""
    return _set_up(request, get_evaluation_for(request.user, evaluation_id, "panels.see_draw"))


def for_trip(request: Request, trip_id: UUID) -> HttpResponse:
    """Set the conditions of a draw for a whole trip, and commit to them."""
    return _set_up(request, get_trip(request.user, trip_id))


def of_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """List every draw made for a programme, the abandoned ones too."""
    programme = get_programme(request.user, programme_id)
    source = partial(queries.draws_in, programme)
    listing = Listing(request, source, DRAWS, "draws.list", url=address, order="-committed")
    return listing.response(crumbs=programme_crumbs(programme))


def _state(applied: dt.datetime | None, abandoned: str, phase: str) -> Cell:
    return state_cell("draws.states", queries.state_on(applied, abandoned, phase))


def _subject(trip: str | None, platform: str | None, end: dt.date | None) -> str:
    return trip or f"{platform} {end.year if end else ''}"


DRAWS = (
    Column(
        "subject", reads=("trip__name", "evaluation__platform__name", "evaluation__period_end"), show=_subject
    ),
    Column("committed", "committed", show=moment),
    Column("drawn", "drawn", show=moment),
    Column("state", reads=("applied", "abandoned", "head__phase"), show=_state),
    Column("abandoned", "abandoned", order=()),
)


def _set_up(request: Request, subject: Evaluation | Trip) -> HttpResponse:
    target, today = queries.target_for(subject), timezone.localdate()
    pool = queries.drawn_from(target, queries.rules_for(target, Conditions(), today))
    form = DrawForm(request.POST or request.GET, pool=pool)
    if request.method == "POST" and form.run(actions.commit_draw, Act.of(request), subject=subject):
        return redirect(address(form.made))
    standing = queries.standing(pool, queries.rules_for(target, form.conditions(), today))
    context = {
        **_about(target),
        "form": form,
        "standing": standing,
        "days": target.days(today),
        "problems": [] if form.errors else [problem(found) for found in standing.problems],
        "found": queries.named(pool, request.GET.get("q", "").strip(), {*form.fixed, *form.excluded}),
    }
    return render_form(request, "panels/draw.html", context)


def _about(target: queries.Target) -> dict[str, Any]:
    """Return what both pages of a draw show of its target."""
    return {
        "target": target,
        "crumbs": _crumbs(target.subject),
        "heading": say("draws.title"),
        "draws": list(queries.draws_of(target)),
    }


def _crumbs(subject: Evaluation | Trip) -> list[tuple[str, str]]:
    if isinstance(subject, Trip):
        return [*programme_crumbs(subject.programme), (subject.name, trip_address(subject))]
    panel = (say("panel.title"), reverse("panels:panel", args=[subject.pk]))
    return [(str(subject.platform), evaluation_address(subject)), panel]


@require_GET
def drawn(request: Request, draw_id: UUID) -> HttpResponse:
    """Show one draw: its commitment, its result, what can be done with it."""
    return _page(request, queries.get_draw(request.user, draw_id))


def _page(request: Request, draw: Draw, refused: Form | None = None) -> HttpResponse:
    names = queries.names(draw)
    context = {
        **_about(queries.target_of(draw)),
        "draw": draw,
        "state": queries.state(draw),
        "conditions": draw_conditions(rules.conditions(draw.rules)),
        "record": queries.record(draw),
        "fixed": [names[key] for key in draw.rules["fixed"]],
        "excluded": [(names[key], why) for key, why in draw.rules["excluded"].items() if key in names],
        "how": lookup(language(), "draws.page.how"),
        "forms": _forms(draw, names),
        "refused": refused,
    }
    return render(request, "panels/drawn.html", context, status=422 if refused else 200)


def _forms(draw: Draw, names: dict[str, str]) -> dict[str, Form]:
    """Return the forms of what can be done with a draw in its state."""
    state, seen = queries.state(draw), draw.head.size
    forms: dict[str, Form] = {}
    if state == "committed":
        forms["words"] = WordsForm(seen=seen)
    if state == "drawn":
        forms["lead"] = LeadForm(outcome=queries.outcome(draw), names=names, seen=seen)
    if state != "abandoned":
        forms["abandon"] = ReasonForm(texts="draws.abandon", seen=seen)
    return forms


def _change(request: Request, draw: Draw, form: Form, action: Callable[..., object]) -> HttpResponse:
    act = Act.of(request)
    act.require(permission_of(action), draw)
    if form.run(action, act, draw=draw):
        return redirect(address(draw))
    return _page(request, queries.get_draw(request.user, draw.pk), form)


@require_POST
def perform_draw(request: Request, draw_id: UUID) -> HttpResponse:
    """Draw."""
    draw = queries.get_draw(request.user, draw_id)
    return _change(request, draw, WordsForm(request.POST), actions.perform_draw)


@require_POST
def apply_draw(request: Request, draw_id: UUID) -> HttpResponse:
    """Compose the panels of the result."""
    draw = queries.get_draw(request.user, draw_id)
    form = LeadForm(request.POST, outcome=queries.outcome(draw), names=queries.names(draw))
    return _change(request, draw, form, actions.apply_draw)


@require_POST
def abandon_draw(request: Request, draw_id: UUID) -> HttpResponse:
    """Abandon the draw, with the reason."""
    draw = queries.get_draw(request.user, draw_id)
    return _change(request, draw, ReasonForm(request.POST, texts="draws.abandon"), actions.abandon_draw)


@require_POST
def record_json(request: Request, draw_id: UUID) -> HttpResponse:
    """Download everything that recomputing the draw needs; audited, because it holds the whole pool."""
    draw = queries.get_draw(request.user, draw_id)
    name = f"{say('draws.title')} {draw.commitment[:8]}.json"
    content = json.dumps(queries.as_record(draw), ensure_ascii=False, indent=1)
    return export(request, content.encode(), "application/json", name)
