"""Forms of objections to the draft and of requests for review."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.ledger.act import Act
from zhiping.reporting.actions import objection as actions
from zhiping.reporting.forms import AnswerForm, DecideForm, ObjectionForm
from zhiping.reporting.queries import objection as queries
from zhiping.reporting.queries.report import get_reported
from zhiping.reporting.views.report import address, crumbs
from zhiping.web.downloads import stored_file
from zhiping.web.pages import form_page
from zhiping.web.texts import say

RAISE = {"draft": actions.raise_objection, "review": actions.request_review}


def raise_objection(request: Request, evaluation_id: UUID, kind: str) -> HttpResponse:
    """Object to the draft, or ask for a review of the issued report."""
    if kind not in RAISE:
        raise Http404
    evaluation = get_reported(request.user, evaluation_id)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ObjectionForm(*given, evaluation=evaluation)
    return form_page(
        request, form, RAISE[kind], crumbs=crumbs(evaluation, page_itself=True), to=address(evaluation),
        heading=say(f"reporting.raise.{kind}"), evaluation=evaluation,
    )  # fmt: skip


def answer_objection(request: Request, objection_id: UUID) -> HttpResponse:
    """Answer an objection as the lead."""
    objection = queries.get_objection(request.user, objection_id)
    evaluation = objection.evaluation
    form = AnswerForm(request.POST or None, objection=objection)
    return form_page(
        request, form, actions.answer_objection, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), template="reporting/objection.html", evaluation=evaluation,
        objection=objection,
    )  # fmt: skip


def decide_objection(request: Request, objection_id: UUID) -> HttpResponse:
    """Decide an objection as the second person."""
    objection = queries.get_objection(request.user, objection_id)
    evaluation = objection.evaluation
    form = DecideForm(request.POST or None)
    return form_page(
        request, form, actions.decide_objection, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), template="reporting/objection.html", evaluation=evaluation,
        objection=objection, shown={"decides": True},
    )  # fmt: skip


@require_POST
def take_attachment(request: Request, objection_id: UUID) -> FileResponse:
    """Take the attachment of an objection."""
    objection = queries.get_objection(request.user, objection_id)
    if not objection.file:
        raise Http404
    return stored_file(*actions.take_attachment(Act.of(request), objection))
