"""Pages of a visit: what is planned, what was done."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.permissions import may, require
from zhiping.texts.wording import note_text
from zhiping.visits import queries
from zhiping.visits.actions import visit as actions
from zhiping.visits.forms import SHOWN, DelegateForm, LineForm, PlanForm
from zhiping.visits.models import VisitRecord
from zhiping.visits.rules import reads
from zhiping.web.forms import values_of
from zhiping.web.links import page
from zhiping.web.pages import action_button, form_page, offered
from zhiping.web.texts import say

TIMETABLE = ("opening", "look", "documents", "interviews", "marking", "closing")

OFFERED = ("plan_visit", "delegate_visit", "revoke_delegation")


def visit(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show the whole visit on one page; adding a line touches no other line."""
    evaluation = get_evaluation(request.user, evaluation_id)
    kind, form = request.POST.get("kind", ""), None
    if request.method == "POST" and kind in VisitRecord.Kind.values:
        require(request.user, "visits.write_visit_record", evaluation)
        form = LineForm(request.POST, kind=kind, evaluation=evaluation)
        if form.run(actions.write_visit_record, Act.of(request), evaluation=evaluation, kind=kind):
            return redirect(f"{request.path}#{kind}")
    above: dict[str, Any] = {"heading": say("words.visit"), "crumbs": crumbs(evaluation)[:1]}
    above["reads"] = bool(reads(request.user, evaluation))
    context = _page(request, evaluation, form, kind) | above
    return render(request, "visits/visit.html", context, status=422 if form else 200)


def _page(request: Request, evaluation: Evaluation, form: LineForm | None, kind: str) -> dict[str, Any]:
    records = queries.records(request.user, evaluation)
    lines = {k: [line for line in records if line.kind == k] for k in SHOWN}
    writes = may(request.user, "visits.write_visit_record", evaluation)
    kinds = []
    for k in SHOWN:
        written, opens = lines[k], writes and queries.can_write(evaluation, k)
        shown = form if k == kind else None
        if opens and not shown and not (k in queries.ONCE and written):
            shown = LineForm(kind=k, evaluation=evaluation)
        if writes or written:
            kinds.append({"kind": k, "lines": written, "writes": opens, "form": shown})
    plans = queries.can_write(evaluation, VisitRecord.Kind.APPOINTMENT)
    offers = offered(request.user, evaluation, *OFFERED, app="visits") if plans else {}
    odd = [note_text(code, data) for code, data in queries.odd_dates(evaluation, records)]
    return {"evaluation": evaluation, "kinds": kinds, "typed": kind if form else "", "odd": odd, **offers}


def plan(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Set the days and the place."""
    evaluation = get_evaluation(request.user, evaluation_id)
    initial = values_of(PlanForm, evaluation)
    form = PlanForm(request.POST or None, seen=evaluation.head.size, initial=initial)
    return form_page(
        request, form, actions.plan_visit, crumbs=crumbs(evaluation), to=_address(evaluation),
        evaluation=evaluation,
    )  # fmt: skip


def delegate(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Let an office below record the visit."""
    evaluation = get_evaluation(request.user, evaluation_id)
    form = DelegateForm(request.POST or None, evaluation=evaluation, seen=evaluation.head.size)
    return form_page(
        request, form, actions.delegate_visit, crumbs=crumbs(evaluation), to=_address(evaluation),
        shown={"submit": say("visit.delegate.title")}, evaluation=evaluation,
    )  # fmt: skip


@require_POST
def revoke(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Take the visit back."""
    evaluation = get_evaluation(request.user, evaluation_id)
    return action_button(request, actions.revoke_delegation, to=_address(evaluation), evaluation=evaluation)


@require_POST
def propose(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Add a usual timetable."""
    evaluation = get_evaluation(request.user, evaluation_id)
    rows = timetable(evaluation.visit_start, evaluation.visit_end)
    return action_button(
        request, actions.propose_timetable, to=_address(evaluation), evaluation=evaluation, rows=rows
    )


def timetable(start: dt.date | None, end: dt.date | None) -> list[dict[str, str]]:
    """Return a usual timetable: meetings at both ends, the work on the days between spread evenly."""
    if start is None or end is None:
        return []
    days = queries.days(start, end)
    last = len(TIMETABLE) - 1
    return [
        {
            "day": days[n * (len(days) - 1) // last].isoformat(),
            "time": say(f"visit.timetable.{step}_time"),
            "subject": say(f"visit.timetable.{step}"),
        }
        for n, step in enumerate(TIMETABLE)
    ]


def line(request: Request, evaluation_id: UUID, record_id: UUID) -> HttpResponse:
    """Correct one line."""
    evaluation = get_evaluation(request.user, evaluation_id)
    record = queries.get_record(request.user, evaluation, record_id)
    form = LineForm(request.POST or None, evaluation=evaluation, line=record)
    heading = say("visit.correct", kind=say(f"visit.kinds.{record.kind}"))
    return form_page(
        request, form, actions.correct_visit_record, crumbs=crumbs(evaluation), to=_address(evaluation),
        template="visits/line.html", heading=heading, evaluation=evaluation, line=record.pk,
    )  # fmt: skip


@require_POST
def remove(request: Request, evaluation_id: UUID, record_id: UUID) -> HttpResponse:
    """Remove one line."""
    evaluation = get_evaluation(request.user, evaluation_id)
    to = _address(evaluation)
    return action_button(request, actions.remove_visit_record, to=to, evaluation=evaluation, line=record_id)


def _address(evaluation: Evaluation) -> str:
    return reverse("visits:visit", args=[evaluation.pk])


def crumbs(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return the pages above the forms of a visit."""
    above = page("evaluation", evaluation)
    return [(evaluation.platform.name, above), (say("words.visit"), _address(evaluation))]
