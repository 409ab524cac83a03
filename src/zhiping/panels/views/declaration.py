"""The pages on which experts declare, and on which a paper is recorded."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.panels.actions import declaration as actions
from zhiping.panels.forms import PaperForm, SignForm, declaration_text
from zhiping.panels.queries import panel as queries
from zhiping.web.texts import say


def declare(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Sign for an evaluation, and for the others of the trip with the same click."""
    evaluation = get_evaluation(request.user, evaluation_id)
    seats = queries.seats_to_sign(request.user, evaluation)
    form = SignForm(request.POST or None, evaluation=evaluation, seats=seats, seen=evaluation.head.size)
    if request.method == "POST" and form.run(actions.sign_declarations, Act.of(request)):
        return redirect("panels:declare", evaluation.pk)
    context = {
        "form": form,
        "seats": seats,
        "seat": seats[0],
        "text": declaration_text(),
        "evaluation": evaluation,
    }
    return render(request, "panels/declaration.html", context)


def record_declaration(request: Request, seat_id: UUID) -> HttpResponse:
    """Record a declaration signed on paper."""
    seat = queries.get_seat(request.user, seat_id, "panels.record_declaration")
    options = {"evaluation": seat.evaluation, "seen": seat.evaluation.head.size}
    form = PaperForm(request.POST or None, initial={"signed": timezone.localdate()}, **options)
    if request.method == "POST" and form.run(actions.record_declaration, Act.of(request), seat=seat):
        return redirect("panels:panel", seat.evaluation_id)
    heading = say("panel.declaration_page.paper_title")
    intro = say("panel.declaration_page.paper_intro", name=seat.expert.name)
    context = {"form": form, "heading": heading, "intro": intro, "evaluation": seat.evaluation}
    return render(request, "panels/form.html", context)
