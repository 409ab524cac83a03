"""The pages of stepping aside: asked, decided."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhiping.accounts.http import Request
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.rules import has_charge
from zhiping.panels.actions import recusal as actions
from zhiping.panels.forms import AskForm, DecideForm
from zhiping.panels.models import Seat
from zhiping.panels.queries import recusal as queries
from zhiping.panels.queries.panel import get_seat
from zhiping.web.texts import say


@require_GET
def recusals(request: Request, evaluation_id: UUID) -> HttpResponse:
    """What was asked and decided, as far as the person may read it."""
    evaluation = get_evaluation(request.user, evaluation_id)
    found = queries.recusals(request.user, evaluation)
    context = {"evaluation": evaluation, "recusals": found, "decides": has_charge(request.user, evaluation)}
    return render(request, "panels/recusals.html", context)


def ask_recusal(request: Request, seat_id: UUID) -> HttpResponse:
    """Ask that somebody steps aside."""
    seat = get_seat(request.user, seat_id, "panels.ask_recusal")
    form = AskForm(request.POST or None, seen=seat.evaluation.head.size)
    given = {"by": request.user, "now": timezone.now(), "seat": seat}
    if request.method == "POST" and form.run(actions.ask_recusal, **given):
        return redirect("panels:recusals", seat.evaluation_id)
    heading = say("panel.recusal_page.ask", name=seat.expert.name)
    if seat.expert.user_id == request.user.pk:
        heading = say("panel.recusal_page.ask_own")
    context = {"form": form, "heading": heading, "intro": _intro(seat), "evaluation": seat.evaluation}
    context["submit"] = heading
    return render(request, "panels/form.html", context)


def decide_recusal(request: Request, recusal_id: UUID) -> HttpResponse:
    """Grant or refuse."""
    recusal = queries.get_recusal(request.user, recusal_id, "panels.decide_recusal")
    evaluation = recusal.seat.evaluation
    form = DecideForm(request.POST or None, seen=evaluation.head.size)
    given = {"by": request.user, "now": timezone.now(), "recusal": recusal}
    if request.method == "POST" and form.run(actions.decide_recusal, **given):
        return redirect("panels:panel", evaluation.pk)
    context = {"form": form, "recusal": recusal, "evaluation": evaluation, "intro": _intro(recusal.seat)}
    return render(request, "panels/recusal.html", context)


def _intro(seat: Seat) -> str:
    return say(
        "panel.recusal_page.intro", platform=seat.evaluation.platform.name, name=seat.expert.name,
        role=say(f"panel.roles.{seat.role}"), employer=seat.expert.employer,
    )  # fmt: skip
