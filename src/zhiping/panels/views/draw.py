"""The pages of a draw: conditions with the pool they leave, the seal, the result."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhiping.accounts.http import Request
from zhiping.domain import draw as rules
from zhiping.evaluations.queries.programme import get_programme, get_trip
from zhiping.evaluations.views.programme import crumbs
from zhiping.ledger import actions as ledger
from zhiping.panels.actions import draw as actions
from zhiping.panels.forms import AbandonForm, DrawForm, LeadForm, WordsForm
from zhiping.panels.models import Draw
from zhiping.panels.queries import draw as queries
from zhiping.panels.queries.draw import Target
from zhiping.panels.queries.panel import get_for as get_evaluation_for
from zhiping.permissions import require
from zhiping.texts.catalogue import lookup
from zhiping.texts.wording import draw_conditions
from zhiping.web.downloads import attachment
from zhiping.web.forms import Form
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import language, problem, say

TONES = {"committed": "warning", "drawn": "warning", "applied": "success", "abandoned": "secondary"}


def for_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Set the conditions of a draw for one evaluation, and seal them."""
    evaluation = get_evaluation_for(request.user, evaluation_id, "panels.see_draw")
    return _set_up(request, queries.for_evaluation(evaluation))


def for_trip(request: Request, trip_id: UUID) -> HttpResponse:
    """Set the conditions of a draw for a whole trip, and seal them."""
    return _set_up(request, queries.for_trip(get_trip(request.user, trip_id)))


def of_programme(request: Request, programme_id: UUID) -> HttpResponse:
    """List every draw made for a programme, the abandoned ones too."""
    found = get_programme(request.user, programme_id)
    source = partial(queries.draws_in, found)
    listing = Listing(request, source, DRAWS, "draws.list", url=address, order="-committed")
    return listing.response(crumbs=crumbs(found))


def state(draw: Draw) -> Cell:
    """Return the state of a draw as a badge."""
    return state_badge(draw.applied, draw.abandoned, draw.head.phase)


def state_badge(applied: dt.datetime | None, abandoned: str, phase: str) -> Cell:
    """Return the state of a draw with these values as a badge."""
    name = queries.state_on(applied, abandoned, phase)
    return Cell(say(f"draws.states.{name}"), badge=TONES[name])


def _subject(trip: str | None, platform: str | None, end: dt.date | None) -> str:
    return trip or f"{platform} {end.year if end else ''}"


DRAWS = (
    Column(
        "subject", reads=("trip__name", "evaluation__platform__name", "evaluation__period_end"), show=_subject
    ),
    Column("committed", "committed", show=moment),
    Column("drawn", "drawn", show=moment),
    Column("state", reads=("applied", "abandoned", "head__phase"), show=state_badge),
    Column("abandoned", "abandoned", order=()),
)
address = link_to("panels:drawn")


def _set_up(request: Request, target: Target) -> HttpResponse:
    today = timezone.localdate()
    pool = queries.drawn_from(target, queries.conditions(target, today))
    form = DrawForm(request.POST or request.GET, pool=pool)
    given = {"by": request.user, "now": timezone.now(), "target": target}
    if request.method == "POST" and form.run(actions.commit_draw, **given):
        return redirect("panels:drawn", form.made)
    standing = queries.standing(target, pool, today, **form.conditions())
    problems = [] if form.errors else [problem(p) for p in standing.problems]
    context = {
        "target": target,
        "form": form,
        "standing": standing,
        "problems": problems,
        "ready": not (form.errors or problems) and bool(target.evaluations),
        "days": target.days(today),
        "found": queries.named(pool, request.GET.get("q", "").strip(), {*form.fixed, *form.excluded}),
        "draws": queries.draws_of(target),
    }
    return render(request, "panels/draw.html", context)


@require_GET
def drawn(request: Request, draw_id: UUID) -> HttpResponse:
    """One draw: what was sealed, what came of it, what can be done with it."""
    return _page(request, queries.get_draw(request.user, draw_id))


def _page(request: Request, draw: Draw, refused: Form | None = None) -> HttpResponse:
    names, seen = queries.names(draw), draw.head.size
    state = queries.state(draw)
    forms: dict[str, Form | None] = {
        "words": WordsForm(seen=seen) if state == "committed" else None,
        "lead": LeadForm(outcome=queries.outcome(draw), names=names, seen=seen) if state == "drawn" else None,
        "abandon": AbandonForm(seen=seen) if state != "abandoned" else None,
    }
    target = queries.target_of(draw)
    context = {
        "draw": draw,
        "state": state,
        "target": target,
        "draws": list(queries.draws_of(target)),
        "conditions": draw_conditions(rules.conditions(draw.rules)),
        "record": queries.record(draw),
        "fixed": [names[key] for key in draw.rules["fixed"]],
        "excluded": [(names[key], why) for key, why in draw.rules["excluded"].items() if key in names],
        "how": lookup(language(), "draws.page.how"),
        "forms": forms,
        "refused": refused,
    }
    return render(request, "panels/drawn.html", context, status=409 if refused else 200)


def _change(
    request: Request, draw: Draw, form: Form, action: Callable[..., object], permission: str
) -> HttpResponse:
    require(request.user, permission, draw)
    if form.run(action, by=request.user, now=timezone.now(), draw=draw):
        return redirect("panels:drawn", draw.pk)
    return _page(request, queries.get_draw(request.user, draw.pk), form)


@require_POST
def perform_draw(request: Request, draw_id: UUID) -> HttpResponse:
    """Open the seal and draw."""
    draw = queries.get_draw(request.user, draw_id)
    return _change(request, draw, WordsForm(request.POST), actions.perform_draw, "panels.perform_draw")


@require_POST
def apply_draw(request: Request, draw_id: UUID) -> HttpResponse:
    """Compose the panel of the result."""
    draw = queries.get_draw(request.user, draw_id)
    form = LeadForm(request.POST, outcome=queries.outcome(draw), names=queries.names(draw))
    return _change(request, draw, form, actions.apply_draw, "panels.apply_draw")


@require_POST
def abandon_draw(request: Request, draw_id: UUID) -> HttpResponse:
    """Give the draw up, with the reason."""
    draw = queries.get_draw(request.user, draw_id)
    return _change(request, draw, AbandonForm(request.POST), actions.abandon_draw, "panels.abandon_draw")


@require_GET
def record_json(request: Request, draw_id: UUID) -> HttpResponse:
    """What anybody needs to recompute the draw, as a file; it holds the whole pool, so that is noted."""
    draw = queries.get_draw(request.user, draw_id)
    ledger.audit("exported", by=request.user, at=timezone.now(), subject=request.path)
    name = f"{say('draws.title')} {draw.commitment[:8]}.json"
    options: dict[str, Any] = {"ensure_ascii": False, "indent": 1}
    headers = {"Content-Disposition": attachment(name)}
    return JsonResponse(queries.as_record(draw), json_dumps_params=options, headers=headers)
