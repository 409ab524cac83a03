"""The page of an improvement, and the path to a grade."""

from fractions import Fraction
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.domain.grading import shown
from zhiping.domain.lifecycle import State
from zhiping.domain.path import cheapest
from zhiping.domain.result_document import Result as Document
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.improvement.forms import PathForm
from zhiping.improvement.models import Action, Improvement
from zhiping.improvement.queries import improvement as queries
from zhiping.improvement.queries import page as pages
from zhiping.permissions import may
from zhiping.scoring.models import Result
from zhiping.scoring.queries.past import document_of
from zhiping.scoring.queries.sheet import table_of
from zhiping.texts.catalogue import translated
from zhiping.web.links import page
from zhiping.web.pages import offered_now
from zhiping.web.texts import say

MOVES = (
    "make_choice", "open_improvement", "write_plan", "add_proof", "withdraw_proof", "report_action",
    "ask_extension", "decide_extension", "draw_sample", "recheck_action", "propose_closing",
    "close_evaluation",
)  # fmt: skip


def crumbs(evaluation: Evaluation, *, page_itself: bool = False) -> list[tuple[str, str]]:
    """Return the pages above the improvement's; with `page_itself`, above a page below it."""
    above = [(str(evaluation), page("evaluation", evaluation))]
    return [*above, (say("improvement.title"), address(evaluation))] if page_itself else above


def address(evaluation: Evaluation) -> str:
    """Return the URL of the page of an improvement."""
    return reverse("improvement:improvement", args=[evaluation.pk])


def improvement(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show findings with their measures, the points recovered, and what the closing needs."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    results = pages.results(evaluation)
    if not results or results[0].evaluation_id != evaluation.pk:
        raise Http404
    known = queries.improvement_of(evaluation) or Improvement(evaluation=evaluation)
    rows = queries.actions(evaluation) if known.opened else []
    context = {
        "evaluation": evaluation, "known": known, "heading": say("improvement.title"),
        "crumbs": crumbs(evaluation),
        "offers": offered_now(request.user, evaluation, *MOVES, app="improvement"),
        "papers": may(request.user, "scoring.make_after_papers", evaluation),
        **_course(request, evaluation, document_of(results[0]), known, rows),
    }  # fmt: skip
    context |= _measures(request, evaluation, results, known, rows) if known.opened else {}
    return render(request, "improvement/improvement.html", context)


def _course(
    request: Request, evaluation: Evaluation, document: Document, known: Improvement, rows: list[Action]
) -> dict[str, Any]:
    """Return where the improvement is and what comes next."""
    every = queries.failed(evaluation)
    settled = [queries.is_settled(row, known, every=every) for row in rows]
    again = known.follow_up
    asks = every and (not known.choice or queries.is_cancelled(known))
    carried_out = not asks and (again is None or bool(again.grade))
    ready = (bool(settled) and all(settled) and carried_out) or not document["findings"]
    return {
        "every": every, "asks_choice": asks, "no_findings": not document["findings"],
        "sample_open": bool(rows) and not every and known.drawn is None, "follow_up": again,
        "counts": queries.counts(rows), "left": len(settled) - sum(settled), "ready": ready,
        "second": ready and known.proposed_by_id not in (None, request.user.pk),
        "on_time": timezone.localdate() <= known.due if known.due else True,
    }  # fmt: skip


def _measures(
    request: Request, evaluation: Evaluation, results: list[Result], known: Improvement, rows: list[Action]
) -> dict[str, Any]:
    """Return the findings with their measures, the points recovered, and what lasted."""
    document, later = document_of(results[0]), pages.following(request.user, results)
    found = queries.recovered(evaluation, document, rows)
    return {
        "groups": pages.grouped(evaluation, document, known, rows, timezone.localdate()),
        "extensions": queries.extensions(evaluation),
        "issued": shown(found.issued), "today": shown(found.today.score), "gain": shown(found.today.gain),
        "grade_today": _grade_name(evaluation, found.today.grade),
        "later": later.evaluation if later else None,
        "compared": pages.compared(evaluation, document, rows, later) if later else [],
        "order": sorted((row for row in rows if row.place), key=lambda row: row.place or 0),
    }  # fmt: skip


def _grade_name(evaluation: Evaluation, grade: str) -> str:
    """Return a grade as the rubric names it."""
    names = {band.grade: translated(band.name) for band in table_of(evaluation).bands}
    return names[grade]


def path_to_grade(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show the easiest way to a grade, with the efforts the operator states for each criterion."""
    evaluation = queries.get_improved(request.user, evaluation_id)
    document = queries.document_now(evaluation)
    if document is None or evaluation.reached == State.ARCHIVED:
        raise Http404
    rows = list(evaluation.improvement_actions.select_related("legal"))
    points = {**queries.points_of(document), **queries.recovered(evaluation, document, rows).points}
    form = _path_form(request, evaluation, points)
    context = {"evaluation": evaluation, "form": form, "heading": say("improvement.path.title")}
    context |= {"crumbs": crumbs(evaluation, page_itself=True), "found": None}
    if form.is_bound and form.is_valid():
        context |= _found(evaluation, points, **form.cleaned_data)
    return render(request, "improvement/path.html", context, status=422 if form.errors else 200)


def _path_form(request: Request, evaluation: Evaluation, points: dict[str, Fraction]) -> PathForm:
    """Return the form with the criteria that are below their maximum."""
    rubric = table_of(evaluation)
    below = [c for c in rubric.criteria.values() if points.get(c.id, Fraction(0)) < c.max]
    names = [(c.id, say("papers.indicator", id=c.id, name=translated(c.title))) for c in below]
    grades = [(band.grade, translated(band.name)) for band in rubric.bands[:-1]]
    return PathForm(request.GET if "to" in request.GET else None, grades=grades, names=names)


def _found(
    evaluation: Evaluation, points: dict[str, Fraction], *, to: str, efforts: dict[str, Fraction | None]
) -> dict[str, Any]:
    """Return the path to a grade, with the titles of its criteria."""
    rubric = table_of(evaluation)
    target = next((band for band in rubric.bands if band.grade == to), rubric.bands[0])
    stated = {
        id_: {} if effort is None else {rubric.criteria[id_].max: effort} for id_, effort in efforts.items()
    }
    found = cheapest(rubric, points, target, policy_of(evaluation), stated)
    steps = [(step, translated(rubric.criteria[step["id"]].title)) for step in found["steps"] or ()]
    return {"found": found, "steps": steps, "target": translated(target.name)}
