"""The plan: one form for all findings, or one spreadsheet out and back."""

import datetime as dt
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.improvement.actions import measures as actions
from zhiping.improvement.forms import PlanFileForm, PlanForm
from zhiping.improvement.queries import improvement as queries
from zhiping.improvement.queries import page as pages
from zhiping.improvement.queries import plan_file
from zhiping.improvement.views.improvement import address, crumbs
from zhiping.scoring.queries.result import get_concluded
from zhiping.web.downloads import exported_spreadsheet
from zhiping.web.pages import form_page
from zhiping.web.texts import say


def write_plan(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Write the plan of all findings in one form."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    rows = queries.in_order(evaluation, list(evaluation.improvement_actions.all()))
    issued = queries.issued_on(evaluation) or dt.date.max
    form = PlanForm(request.POST or None, rows=rows, issued=issued, seen=evaluation.head.size)
    document = queries.document_now(evaluation)
    texts = pages.finding_rows(evaluation, document, rows) if document else {}
    lines = [(texts[id_], fields) for id_, fields in form.groups() if id_ in texts]
    known = queries.improvement_of(evaluation)
    return form_page(
        request, form, actions.write_plan, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), template="improvement/plan.html", evaluation=evaluation,
        shown={"lines": lines, "due": known.due if known else None},
    )  # fmt: skip


@require_POST
def take(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Take the spreadsheet to plan with, filled with what is planned already."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    found, _ = get_concluded(request.user, evaluation.pk)
    rows = list(evaluation.improvement_actions.all())
    name = f"{evaluation.platform.name} {say('tables.improvements.title')}"
    return exported_spreadsheet(request, name, partial(plan_file.write, found, rows))


def upload(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Read a filled spreadsheet into the plan."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PlanFileForm(*given, evaluation=evaluation, seen=evaluation.head.size)
    return form_page(
        request, form, actions.write_plan, crumbs=crumbs(evaluation, page_itself=True),
        to=address(evaluation), evaluation=evaluation,
        shown={"note": say("improvement.plan_file.note"), "submit": say("improvement.plan_file.submit")},
    )  # fmt: skip
