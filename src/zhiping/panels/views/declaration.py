"""The pages of declarations: signed here, or recorded from paper."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.panels.actions import declaration as actions
from zhiping.panels.forms import PaperForm, SignForm, declaration_text
from zhiping.panels.queries import panel as queries
from zhiping.panels.views.panel import crumbs
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import say


def declare(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Sign for an evaluation, and for the others of the trip with the same click."""
    evaluation = get_evaluation(request.user, evaluation_id)
    seats = queries.seats_to_sign(request.user, evaluation)
    form = SignForm(request.POST or None, evaluation=evaluation, seats=seats, seen=evaluation.head.size)
    return form_page(
        request, form, actions.sign_declarations, crumbs=crumbs(evaluation),
        template="panels/declaration.html", to=request.path,
        heading=say("panel.declaration_page.title"), permission="panels.sign_declaration",
        about=seats[0], shown={"seats": seats, "seat": seats[0], "text": declaration_text()},
    )  # fmt: skip


@require_POST
def confirm_declaration(request: Request, seat_id: UUID) -> HttpResponse:
    """Confirm a declaration signed with an account that was issued again."""
    seat = queries.get_seat(request.user, seat_id, "panels.confirm_declaration")
    to = reverse("panels:panel", args=[seat.evaluation_id])
    return action_button(request, actions.confirm_declaration, to=to, seat=seat)


def record_declaration(request: Request, seat_id: UUID) -> HttpResponse:
    """Record a declaration signed on paper."""
    seat = queries.get_seat(request.user, seat_id, "panels.record_declaration")
    options = {"evaluation": seat.evaluation, "seen": seat.evaluation.head.size}
    form = PaperForm(request.POST or None, initial={"signed": timezone.localdate()}, **options)
    return form_page(
        request, form, actions.record_declaration, crumbs=crumbs(seat.evaluation, panel=True), seat=seat,
        to=reverse("panels:panel", args=[seat.evaluation_id]),
        heading=say("panel.declaration_page.paper_title"),
        shown={"note": say("panel.declaration_page.paper_intro", name=seat.expert.name)},
    )  # fmt: skip
