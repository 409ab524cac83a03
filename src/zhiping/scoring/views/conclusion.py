"""Pages on which the result is signed, and the button that concludes the evaluation."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.reauthentication import recent_login_required_to_write
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.views.evaluation import address
from zhiping.permissions import require
from zhiping.scoring.actions import conclusion as actions
from zhiping.scoring.queries import result as queries
from zhiping.scoring.queries.result import Shown
from zhiping.scoring.result_forms import SignForm
from zhiping.scoring.views import result
from zhiping.texts import wording
from zhiping.web.links import page
from zhiping.web.pages import action_button, form_page


@recent_login_required_to_write
def sign(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show what is signed, and sign it; the password is asked again where the last sign-in is old."""
    evaluation = get_evaluation(request.user, evaluation_id)
    require(request.user, "scoring.sign_result", evaluation)
    found = _preview(queries.shown(request.user, evaluation))
    form = SignForm(request.POST or None, initial={"result_sha256": found.sha256})
    return form_page(
        request, form, actions.sign_result, crumbs=result.crumbs(found, page_itself=True),
        to=page("result", evaluation), template="scoring/sign.html", shown=_signed(found),
        evaluation=evaluation,
    )  # fmt: skip


def _preview(found: Shown) -> Shown:
    if found.row is not None:
        raise Http404
    return found


def _signed(found: Shown) -> dict[str, Any]:
    """Return what a member signs: score, grade, hash."""
    document, rubric = found.full, found.evaluation.rubric.as_domain()
    return {
        "document": document,
        "grade": wording.grade_name(rubric, document["grade"]),
        "sha256": found.sha256,
        "dissents": [c for c in document["criteria"] if c["dissent"]],
    }


@require_POST
def conclude(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Conclude the evaluation."""
    evaluation = get_evaluation(request.user, evaluation_id)
    return action_button(request, actions.conclude, to=address(evaluation), evaluation=evaluation)
