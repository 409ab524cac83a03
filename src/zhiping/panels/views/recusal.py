"""The pages of recusals: asked for, decided."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from zhiping.accounts.http import Request
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.rules import has_charge
from zhiping.panels.actions import recusal as actions
from zhiping.panels.forms import AskForm, DecideForm
from zhiping.panels.models import Seat
from zhiping.panels.queries import recusal as queries
from zhiping.panels.queries.panel import get_seat
from zhiping.panels.views.panel import crumbs
from zhiping.web.pages import form_page
from zhiping.web.texts import say


@require_GET
def recusals(request: Request, evaluation_id: UUID) -> HttpResponse:
    """List the requests and decisions that the user may read."""
    evaluation = get_evaluation(request.user, evaluation_id)
    context = {
        "crumbs": crumbs(evaluation, panel=True),
        "heading": say("panel.recusal_page.title"),
        "evaluation": evaluation,
        "recusals": queries.recusals(request.user, evaluation),
        "decides": has_charge(request.user, evaluation),
    }
    return render(request, "panels/recusals.html", context)


def ask_recusal(request: Request, seat_id: UUID) -> HttpResponse:
    """Ask that an expert steps aside."""
    seat = get_seat(request.user, seat_id, "panels.ask_recusal")
    form = AskForm(request.POST or None, seen=seat.evaluation.head.size)
    heading = say("panel.recusal_page.ask", name=seat.expert.name)
    if seat.expert.user_id == request.user.pk:
        heading = say("panel.recusal_page.ask_own")
    return form_page(
        request, form, actions.ask_recusal, crumbs=crumbs(seat.evaluation, panel=True), heading=heading,
        to=reverse("panels:recusals", args=[seat.evaluation_id]), seat=seat,
        shown={"note": _intro(seat), "submit": heading},
    )  # fmt: skip


def decide_recusal(request: Request, recusal_id: UUID) -> HttpResponse:
    """Grant or refuse a request."""
    recusal = queries.get_recusal(request.user, recusal_id, "panels.decide_recusal")
    evaluation = recusal.seat.evaluation
    form = DecideForm(request.POST or None, seen=evaluation.head.size)
    return form_page(
        request, form, actions.decide_recusal, crumbs=crumbs(evaluation, panel=True), about=recusal.seat,
        to=reverse("panels:panel", args=[evaluation.pk]), template="panels/recusal.html",
        heading=say("panel.recusal_page.decide"), recusal=recusal, shown={"note": _intro(recusal.seat)},
    )  # fmt: skip


def _intro(seat: Seat) -> str:
    return say(
        "panel.recusal_page.intro", platform=seat.evaluation.platform.name, name=seat.expert.name,
        role=say(f"panel.roles.{seat.role}"), employer=seat.expert.employer,
    )  # fmt: skip
