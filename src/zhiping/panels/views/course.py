"""Pages on which an evaluation is suspended and resumed, and the button that urges."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.views.evaluation import address, reason_page
from zhiping.panels.actions import course as actions
from zhiping.web.pages import action_button


def suspend_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Suspend, with the reason."""
    found = get_evaluation(request.user, evaluation_id)
    return reason_page(request, found, actions.suspend_evaluation, texts="evaluations.suspend")


def resume_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Resume, with the reason."""
    found = get_evaluation(request.user, evaluation_id)
    return reason_page(request, found, actions.resume_evaluation, texts="evaluations.resume")


@require_POST
def urge(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Remind the people the evaluation waits for."""
    found = get_evaluation(request.user, evaluation_id)
    return action_button(request, actions.urge, to=address(found), done="panel.urged", evaluation=found)
