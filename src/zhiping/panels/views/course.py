"""Pages on which an evaluation is suspended and resumed."""

from uuid import UUID

from django.http import HttpResponse

from zhiping.accounts.http import Request
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.views.evaluation import reason_page
from zhiping.panels.actions import course as actions


def suspend_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Suspend, with the reason."""
    found = get_evaluation(request.user, evaluation_id)
    return reason_page(request, found, actions.suspend_evaluation, texts="evaluations.suspend")


def resume_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Resume, with the reason."""
    found = get_evaluation(request.user, evaluation_id)
    return reason_page(request, found, actions.resume_evaluation, texts="evaluations.resume")
