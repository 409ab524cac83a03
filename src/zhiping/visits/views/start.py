"""The button that starts scoring."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.evaluations.queries import evaluation as queries
from zhiping.evaluations.views.evaluation import address
from zhiping.visits.actions import start as actions
from zhiping.web.pages import action_button


@require_POST
def start_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Start scoring."""
    evaluation = queries.get_evaluation(request.user, evaluation_id)
    return action_button(request, actions.start_evaluation, to=address(evaluation), evaluation=evaluation)
