"""Pages of a visit: what is planned, what was done."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.rules import require
from zhiping.preparation.actions import visit as actions
from zhiping.preparation.forms.visit import LineForm, PlanForm, initial
from zhiping.preparation.models import Evaluation, VisitRecord
from zhiping.preparation.queries import visit as queries
from zhiping.preparation.queries.evaluation import get_evaluation
from zhiping.preparation.rules.visit import writes
from zhiping.web.texts import say

TIMETABLE = ("opening", "look", "documents", "interviews", "marking", "closing")


def visit(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The whole visit on one page; a line is added to its kind without touching the others."""
    evaluation = get_evaluation(request.user, evaluation_id)
    kind = request.POST.get("kind", "")
    form = None
    if request.method == "POST" and kind in VisitRecord.Kind.values:
        form = LineForm(request.POST, kind=kind, evaluation=evaluation)
        given = {"by": request.user, "now": timezone.now(), "evaluation": evaluation, "kind": kind}
        if form.run(actions.write_visit_record, **given):
            return redirect(f"{request.path}#{kind}")
    return render(request, "preparation/visit.html", _page(request, evaluation, form, kind))


def _page(request: HttpRequest, evaluation: Evaluation, form: LineForm | None, kind: str) -> dict[str, Any]:
    lines: dict[str, list[VisitRecord]] = {}
    for line in queries.records(request.user, evaluation):
        lines.setdefault(line.kind, []).append(line)
    may = writes(request.user, evaluation)
    single = (VisitRecord.Kind.OPENING, VisitRecord.Kind.CLOSING)
    kinds = [
        {
            "kind": k,
            "lines": lines.get(k, []),
            "form": (form if k == kind and form else LineForm(kind=k, evaluation=evaluation))
            if may and not (k in single and lines.get(k))
            else None,
            "open": k == kind,
        }
        for k in VisitRecord.Kind.values
        if may or lines.get(k)
    ]
    return {"evaluation": evaluation, "kinds": kinds, "may": may}


def plan(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """When and where."""
    evaluation = get_evaluation(request.user, evaluation_id)
    require(request.user, "preparation.plan_visit", evaluation)
    shown = {name: getattr(evaluation, name) for name in ("visit_start", "visit_end", "visit_place")}
    form = PlanForm(request.POST or None, seen=evaluation.head.size, initial=shown)
    given = {"by": request.user, "now": timezone.now(), "evaluation": evaluation}
    if request.method == "POST" and form.run(actions.plan_visit, **given):
        return redirect("preparation:visit", evaluation.pk)
    return render(request, "web/form_page.html", {"form": form, "heading": say("visit.plan.title")})


@require_POST
def propose(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Put a proposed timetable in place."""
    evaluation = get_evaluation(request.user, evaluation_id)
    rows = timetable(evaluation.visit_start, evaluation.visit_end)
    actions.propose_timetable(by=request.user, now=timezone.now(), evaluation=evaluation, rows=rows)
    return redirect("preparation:visit", evaluation.pk)


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


def line(request: HttpRequest, evaluation_id: UUID, record_id: UUID) -> HttpResponse:
    """Correct one line, or take it out."""
    evaluation = get_evaluation(request.user, evaluation_id)
    record = queries.get_record(request.user, evaluation, record_id)
    require(request.user, "preparation.write_visit_record", evaluation)
    given = {"by": request.user, "now": timezone.now(), "evaluation": evaluation, "record": record}
    if "remove" in request.POST:
        actions.remove_visit_record(**given)
        return redirect("preparation:visit", evaluation.pk)
    shown = {"kind": record.kind, "evaluation": evaluation, "seen": evaluation.head.size}
    form = LineForm(request.POST or None, initial=initial(record), **shown)
    if request.method == "POST" and form.run(actions.write_visit_record, kind=record.kind, **given):
        return redirect("preparation:visit", evaluation.pk)
    heading = say("visit.correct", kind=say(f"visit.kinds.{record.kind}"))
    return render(
        request, "preparation/visit_line.html", {"form": form, "heading": heading, "evaluation": evaluation}
    )
