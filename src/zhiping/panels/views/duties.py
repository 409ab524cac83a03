"""The page of duties, as a form and for print."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.domain.lifecycle import possible
from zhiping.panels.actions import duties as actions
from zhiping.panels.forms import DutiesForm
from zhiping.panels.queries import duties as queries
from zhiping.panels.queries.panel import get_for
from zhiping.panels.views.panel import crumbs
from zhiping.permissions import may
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import say


def duties(request: Request, evaluation_id: UUID) -> HttpResponse:
    """List the indicators with the members who lead and check them; change these."""
    evaluation = get_for(request.user, evaluation_id, "panels.see_duties")
    lines = queries.lines(evaluation)
    form = DutiesForm(request.POST or None, evaluation=evaluation, lines=lines, seen=evaluation.head.size)
    changes = may(request.user, "panels.assign_duties", evaluation)
    shown = {
        "loads": queries.loads(evaluation, form.lines),
        "rows": form.rows(),
        "may": changes and possible("evaluation", "assign_duties", evaluation.head.phase),
    }
    return form_page(
        request, form, actions.assign_duties, crumbs=crumbs(evaluation, panel=True), to=request.path,
        template="panels/duties.html", heading=say("panel.duty.title"), shown=shown, evaluation=evaluation,
        permission="panels.assign_duties" if request.method == "POST" else "panels.see_duties",
    )  # fmt: skip


@require_POST
def share_duties(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Share the indicators evenly."""
    evaluation = get_for(request.user, evaluation_id, "panels.share_duties")
    to = reverse("panels:duties", args=[evaluation.pk])
    return action_button(request, actions.share_duties, to=to, evaluation=evaluation)
