"""The page of duties: who leads, who checks; to fill in and to print."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.requests import Request
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge
from zhiping.panels.actions import duties as actions
from zhiping.panels.actions.panel import WAITING_WHILE
from zhiping.panels.forms import DutiesForm, PlainForm
from zhiping.panels.queries import duties as queries
from zhiping.panels.queries.panel import get_for
from zhiping.panels.rules import is_lead
from zhiping.web.forms import Form


def duties(request: Request, evaluation_id: UUID) -> HttpResponse:
    """All indicators with their people; who composes the panel or leads it changes them."""
    needed = "panels.assign_duties" if request.method == "POST" else "panels.see_duties"
    evaluation = get_for(request.user, evaluation_id, needed)
    lines = queries.lines(evaluation)
    form = DutiesForm(request.POST or None, evaluation=evaluation, lines=lines, seen=evaluation.head.size)
    given = {"by": request.user, "now": timezone.now(), "evaluation": evaluation}
    if request.method == "POST" and form.run(actions.assign_duties, **given):
        return redirect("panels:duties", evaluation.pk)
    return _page(request, evaluation, form)


@require_POST
def share_duties(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Put an even proposal in place."""
    evaluation = get_for(request.user, evaluation_id, "panels.share_duties")
    click = PlainForm(request.POST, evaluation=evaluation)
    if click.run(actions.share_duties, by=request.user, now=timezone.now(), evaluation=evaluation):
        return redirect("panels:duties", evaluation.pk)
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
    return render(request, "panels/duties.html", context, status=409 if refused else 200)
