"""Pages of a visit: what is planned, what was done."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.asking import answer_button, answer_form, offered
from zhiping.accounts.requests import Request
from zhiping.accounts.rules import may, require
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.visits import queries
from zhiping.visits.actions import visit as actions
from zhiping.visits.forms import SHOWN, LineForm, PlanForm
from zhiping.visits.models import VisitRecord
from zhiping.web.texts import say

TIMETABLE = ("opening", "look", "documents", "interviews", "marking", "closing")


def visit(request: Request, evaluation_id: UUID) -> HttpResponse:
    """The whole visit on one page; a line is added to its kind without touching the others."""
    evaluation = get_evaluation(request.user, evaluation_id)
    kind, form = request.POST.get("kind", ""), None
    if request.method == "POST" and kind in VisitRecord.Kind.values:
        require(request.user, "visits.write_visit_record", evaluation)
        form = LineForm(request.POST, kind=kind, evaluation=evaluation)
        given: dict[str, Any] = {
            "by": request.user,
            "now": timezone.now(),
            "evaluation": evaluation,
            "kind": kind,
        }
        if form.run(actions.write_visit_record, **given):
            return redirect(f"{request.path}#{kind}")
    context = _page(request, evaluation, form, kind)
    return render(request, "visits/visit.html", context, status=422 if form else 200)


def _page(request: Request, evaluation: Evaluation, form: LineForm | None, kind: str) -> dict[str, Any]:
    lines: dict[str, list[VisitRecord]] = {}
    for line in queries.records(request.user, evaluation):
        lines.setdefault(line.kind, []).append(line)
    writes = may(request.user, "visits.write_visit_record", evaluation)
    kinds = []
    for k in SHOWN:
        found, opens = lines.get(k, []), writes and actions.open_for(evaluation, k)
        shown = form if k == kind else None
        if opens and not shown and not (k in queries.ONCE and found):
            shown = LineForm(kind=k, evaluation=evaluation)
        if writes or found:
            kinds.append({"kind": k, "lines": found, "writes": opens, "form": shown})
    plans = actions.open_for(evaluation, VisitRecord.Kind.APPOINTMENT)
    offers = offered(request.user, evaluation, "plan_visit", app="visits") if plans else {}
    return {"evaluation": evaluation, "kinds": kinds, "typed": kind if form else "", **offers}


def plan(request: Request, evaluation_id: UUID) -> HttpResponse:
    """When and where."""
    found = get_evaluation(request.user, evaluation_id)
    shown: dict[str, Any] = {
        name: getattr(found, name) for name in ("visit_start", "visit_end", "visit_place")
    }
    form = PlanForm(request.POST or None, seen=found.head.size, initial=shown)
    return answer_form(
        request, form, actions.plan_visit, lambda: _address(found), about=found, context=_context(found),
        evaluation=found,
    )  # fmt: skip


@require_POST
def propose(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Put a usual timetable in place."""
    found = get_evaluation(request.user, evaluation_id)
    rows = timetable(found.visit_start, found.visit_end)
    return answer_button(request, actions.propose_timetable, _address(found), evaluation=found, rows=rows)


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
    found = get_evaluation(request.user, evaluation_id)
    record = queries.get_record(request.user, found, record_id)
    form = LineForm(request.POST or None, evaluation=found, line=record)
    kind = say(f"visit.kinds.{record.kind}")
    context = {"heading": say("visit.correct", kind=kind), "record": record, **_context(found)}
    return answer_form(
        request, form, actions.write_visit_record, lambda: _address(found), about=found, evaluation=found,
        line=record.pk, template="visits/line.html", context=context,
    )  # fmt: skip


@require_POST
def remove(request: Request, evaluation_id: UUID, record_id: UUID) -> HttpResponse:
    """Take one line out."""
    found = get_evaluation(request.user, evaluation_id)
    target = _address(found)
    return answer_button(request, actions.remove_visit_record, target, evaluation=found, line=record_id)


def _address(evaluation: Evaluation) -> str:
    return reverse("visits:visit", args=[evaluation.pk])


def _context(evaluation: Evaluation) -> dict[str, Any]:
    here = _address(evaluation)
    page = {"url": reverse("dossier:evaluation", args=[evaluation.pk]), "name": evaluation.platform.name}
    return {"crumbs": [page, {"url": here, "name": say("visit.title")}], "cancel": here}
