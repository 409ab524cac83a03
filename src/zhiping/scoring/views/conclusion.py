"""Pages on which the result is signed, and the button that concludes the evaluation."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.reauthentication import recent_login_required_to_write
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.views.evaluation import address
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for
from zhiping.permissions import require
from zhiping.scoring.actions import conclusion as actions
from zhiping.scoring.queries import result as queries
from zhiping.scoring.queries.result import Shown
from zhiping.scoring.queries.sheets import seat_of_member
from zhiping.scoring.result_forms import SignedPaperForm, SignForm
from zhiping.scoring.views import result
from zhiping.texts import wording
from zhiping.web.downloads import stored_file
from zhiping.web.forms import Form
from zhiping.web.links import page
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import say


@recent_login_required_to_write
def sign(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show what is signed, and sign it; the password is asked again where the last sign-in is old."""
    evaluation = get_evaluation(request.user, evaluation_id)
    require(request.user, "scoring.sign_result", evaluation)
    found = _preview(queries.shown(request.user, evaluation))
    form = SignForm(request.POST or None, initial=_read(found))
    return form_page(
        request, form, actions.sign_result, crumbs=result.crumbs(found, page_itself=True),
        to=page("result", evaluation), template="scoring/sign.html", evaluation=evaluation,
        shown=_signed(found, form, platform=evaluation.platform.name),
    )  # fmt: skip


def record_signature(request: Request, evaluation_id: UUID, seat_id: UUID) -> HttpResponse:
    """Record a member's signature on paper with its scan."""
    evaluation = get_for(request.user, evaluation_id, "scoring.record_signature")
    seat = seat_of_member(evaluation, seat_id)
    found = _preview(queries.shown(request.user, evaluation))
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = SignedPaperForm(*given, initial=_read(found))
    return form_page(
        request, form, actions.record_signature, crumbs=result.crumbs(found, page_itself=True),
        to=page("result", evaluation), template="scoring/sign.html", evaluation=evaluation, seat=seat,
        shown=_signed(found, form, name=seat.expert.name),
    )  # fmt: skip


@require_POST
def take_signature(request: Request, evaluation_id: UUID, seat_id: UUID) -> FileResponse:
    """Take the scan of a member's signature on paper."""
    signature = queries.get_paper_signature(request.user, evaluation_id, seat_id)
    return stored_file(*actions.take_signature(Act.of(request), signature))


def _preview(found: Shown) -> Shown:
    if found.row is not None:
        raise Http404
    return found


def _read(found: Shown) -> dict[str, Any]:
    """Return the hidden values of a signature: what is read on the page."""
    return {"result_sha256": found.sha256, "read": found.evaluation.head.size}


def _signed(found: Shown, form: Form, **names: str) -> dict[str, Any]:
    """Return what a member signs: score, grade, hash; with the form's words about it."""
    document, rubric = found.full, found.evaluation.rubric.as_domain()
    return {
        "intro": say(f"{form.texts}.intro", **names),
        "submit": say(f"{form.texts}.submit"),
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
