"""The page of duties, as a form and in print."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.domain.lifecycle import possible
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.panels.actions import duties as actions
from zhiping.panels.forms import DutiesForm, PlainForm
from zhiping.panels.queries import duties as queries
from zhiping.panels.queries.panel import get_for
from zhiping.permissions import may
from zhiping.web.forms import Form


def duties(request: Request, evaluation_id: UUID) -> HttpResponse:
    """List the indicators with their people; change them."""
    needed = "panels.assign_duties" if request.method == "POST" else "panels.see_duties"
    evaluation = get_for(request.user, evaluation_id, needed)
    lines = queries.lines(evaluation)
    form = DutiesForm(request.POST or None, evaluation=evaluation, lines=lines, seen=evaluation.head.size)
    if request.method == "POST" and form.run(actions.assign_duties, Act.of(request), evaluation=evaluation):
        return redirect("panels:duties", evaluation.pk)
    return _page(request, evaluation, form)


@require_POST
def share_duties(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Share the indicators evenly."""
    evaluation = get_for(request.user, evaluation_id, "panels.share_duties")
    click = PlainForm(request.POST, evaluation=evaluation)
    if click.run(actions.share_duties, Act.of(request), evaluation=evaluation):
        return redirect("panels:duties", evaluation.pk)
    form = DutiesForm(evaluation=evaluation, lines=queries.lines(evaluation), seen=evaluation.head.size)
    return _page(request, evaluation, form, click)


def _page(
    request: Request, evaluation: Evaluation, form: DutiesForm, refused: Form | None = None
) -> HttpResponse:
    context = {
        "evaluation": evaluation,
        "form": form,
        "refused": refused,
        "loads": queries.loads(evaluation, form.lines),
        "may": possible("evaluation", "assign_duties", evaluation.head.phase)
        and may(request.user, "panels.assign_duties", evaluation),
        "rows": form.rows(),
    }
    return render(request, "panels/duties.html", context, status=409 if refused else 200)
