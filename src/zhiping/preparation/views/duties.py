"""The page of duties: who leads, who checks; to fill in and to print."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.requests import Request
from zhiping.preparation.actions import duties as actions
from zhiping.preparation.actions.panel import WAITING_WHILE
from zhiping.preparation.forms.panel import DutiesForm, PlainForm
from zhiping.preparation.models import Evaluation
from zhiping.preparation.queries import duties as queries
from zhiping.preparation.queries.panel import get_for
from zhiping.preparation.rules.evaluation import has_charge, is_lead
from zhiping.web.forms import Form


def duties(request: Request, evaluation_id: UUID) -> HttpResponse:
    """All indicators with their people; who composes the panel or leads it changes them."""
    needed = "preparation.assign_duties" if request.method == "POST" else "preparation.see_duties"
    evaluation = get_for(request.user, evaluation_id, needed)
    lines = queries.lines(evaluation)
    form = DutiesForm(request.POST or None, evaluation=evaluation, lines=lines, seen=evaluation.head.size)
    given = {"by": request.user, "now": timezone.now(), "evaluation": evaluation}
    if request.method == "POST" and form.run(actions.assign_duties, **given):
        return redirect("preparation:duties", evaluation.pk)
    return _page(request, evaluation, form)


@require_POST
def share_duties(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Put an even proposal in place."""
    evaluation = get_for(request.user, evaluation_id, "preparation.share_duties")
    click = PlainForm(request.POST, evaluation=evaluation)
    if click.run(actions.share_duties, by=request.user, now=timezone.now(), evaluation=evaluation):
        return redirect("preparation:duties", evaluation.pk)
    form = DutiesForm(evaluation=evaluation, lines=queries.lines(evaluation), seen=evaluation.head.size)
    return _page(request, evaluation, form, click)


def _page(
    request: Request, evaluation: Evaluation, form: DutiesForm, refused: Form | None = None
) -> HttpResponse:
    may = has_charge(request.user, evaluation) or is_lead(request.user, evaluation)
    context = {
        "evaluation": evaluation,
        "form": form,
        "refused": refused,
        "loads": queries.loads(evaluation, form.lines),
        "may": may and evaluation.head.phase in WAITING_WHILE,
        "rows": form.rows(),
    }
    return render(request, "preparation/panel_duties.html", context, status=409 if refused else 200)
