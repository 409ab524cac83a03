"""Pages of the fact check (问题确认单): what the lead writes, what the operator answers, the paper."""

from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.domain.lifecycle import possible
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for
from zhiping.permissions import may
from zhiping.scoring.actions import fact_check as actions
from zhiping.scoring.forms import AnswersForm, FactsForm
from zhiping.scoring.queries import fact_check as queries
from zhiping.visits.views.visit import crumbs
from zhiping.web.downloads import download, stored_file
from zhiping.web.forms import ReasonForm
from zhiping.web.pages import form_page
from zhiping.web.texts import language, say

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def facts(request: Request, evaluation_id: UUID) -> HttpResponse:
    """State a fact for each criterion that lost points; before every sheet is in, the page shows nothing."""
    evaluation = get_for(request.user, evaluation_id, "scoring.see_facts")
    open_ = possible("evaluation", "write_facts", evaluation.head.phase)
    offers = {name: open_ and may(request.user, f"scoring.{name}", evaluation) for name in MOVES}
    shown = queries.page_of(evaluation, writes=offers["write_facts"])
    form = FactsForm(request.POST or None, losses=shown.losses, seen=evaluation.head.size)
    context = {"shown": shown, "offers": offers, "cancel": "", "submit": say("facts.write.save")}
    return form_page(
        request, form, actions.write_facts, crumbs=_crumbs(evaluation)[:1], to=_address(evaluation),
        template="scoring/facts.html", heading=say("facts.title"), evaluation=evaluation, shown=context,
        permission="scoring.write_facts" if request.method == "POST" else "scoring.see_facts",
    )  # fmt: skip


def answer_facts(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Record what the operator's representative confirms, on the lead's screen or from the signed paper."""
    evaluation = get_for(request.user, evaluation_id, "scoring.answer_facts")
    shown = queries.page_of(evaluation, writes=True)
    if shown.waits or not shown.ready:
        return redirect(_address(evaluation))
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AnswersForm(*given, facts=shown.facts, seen=evaluation.head.size)
    return form_page(
        request, form, actions.answer_facts, crumbs=_crumbs(evaluation), to=_address(evaluation),
        template="scoring/facts_answer.html", evaluation=evaluation,
        shown={"submit": say("facts.confirm.save")},
    )  # fmt: skip


def decline_facts(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Record why the operator does not confirm the facts."""
    evaluation = get_evaluation(request.user, evaluation_id)
    form = ReasonForm(request.POST or None, texts="facts.decline", seen=evaluation.head.size)
    return form_page(
        request, form, actions.decline_facts, crumbs=_crumbs(evaluation), to=_address(evaluation),
        shown={"note": say("facts.decline.note")}, evaluation=evaluation,
    )  # fmt: skip


@require_POST
def print_facts(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Take the paper 问题确认单 with the facts as they are now."""
    evaluation = get_evaluation(request.user, evaluation_id)
    name, content = actions.print_facts(Act.of(request), evaluation, language=language())
    return download(content, DOCX, name)


@require_POST
def take_confirmation(request: Request, evaluation_id: UUID, scan_id: UUID) -> FileResponse:
    """Take a scan of the signed 问题确认单."""
    scan = queries.get_scan(request.user, evaluation_id, scan_id)
    return stored_file(*actions.take_confirmation(Act.of(request), scan))


MOVES = ("write_facts", "answer_facts", "decline_facts")


def _address(evaluation: Evaluation) -> str:
    return reverse("scoring:facts", args=[evaluation.pk])


def _crumbs(evaluation: Evaluation) -> list[tuple[str, str]]:
    return [crumbs(evaluation)[0], (say("facts.title"), _address(evaluation))]
