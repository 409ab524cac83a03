"""The page of the report: its words, editions, objections; the files of an edition."""

import base64
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.documents.papers.pdf.report import pictures
from zhiping.documents.papers.report import report_of
from zhiping.domain.lifecycle import ISSUED
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.permissions import may
from zhiping.reporting.actions import editions as actions
from zhiping.reporting.models import Objection
from zhiping.reporting.queries import objection as objections
from zhiping.reporting.queries import report as queries
from zhiping.reporting.queries.feedback import feedback_of
from zhiping.scoring.queries.files import about_of
from zhiping.scoring.queries.result import get_concluded
from zhiping.texts.catalogue import translated
from zhiping.web.downloads import attachment
from zhiping.web.links import page
from zhiping.web.pages import offered_now
from zhiping.web.texts import say

MOVES = (
    "write_part", "write_recommendation", "send_draft", "accept_draft", "raise_objection", "request_review",
    "answer_objection", "decide_objection", "issue_report", "reissue_report", "file_copy", "confirm_receipt",
    "record_receipt", "give_feedback", "open_feedback",
)  # fmt: skip


def crumbs(evaluation: Evaluation, *, page_itself: bool = False) -> list[tuple[str, str]]:
    """Return the pages above the report's; with `page_itself`, above a page below it."""
    above = [(str(evaluation), page("evaluation", evaluation))]
    return [*above, (say("reporting.title"), address(evaluation))] if page_itself else above


def address(evaluation: Evaluation) -> str:
    """Return the URL of the page of a report."""
    return reverse("reporting:report", args=[evaluation.pk])


def report(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show where the report is: its words, the draft with objections, the issued report and its receipt."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    context = {
        "evaluation": evaluation,
        "heading": say("reporting.title"),
        "crumbs": crumbs(evaluation),
        "offers": offered_now(request.user, evaluation, *MOVES, app="reporting"),
        "has_result": bool(evaluation.grade),
    }
    for part in (_editions, _words, _objections, _after):
        context |= part(request, evaluation)
    return render(request, "reporting/report.html", context)


def _editions(request: Request, evaluation: Evaluation) -> dict[str, Any]:
    """Return what was sent out, and whether the result was corrected since the report was issued."""
    made = list(queries.editions(evaluation))
    issued = next((one for one in made if one.issued), None)
    corrected = issued is not None and issued.result_id != queries.newest_result(evaluation)
    announces = settings.PUBLIC and may(request.user, "public.announce_result", evaluation)
    return {"editions": made, "issued": issued, "corrected": corrected, "announces": announces}


def _words(request: Request, evaluation: Evaluation) -> dict[str, Any]:
    """Return what people have written, for those who write it."""
    if not may(request.user, "reporting.write_part", evaluation):
        return {"parts": []}
    parts = [(name, say(f"reporting.parts.{name}"), text) for name, text in queries.parts(evaluation).items()]
    return {"parts": parts, "recommendations": list(evaluation.recommendations.all())}


def _objections(request: Request, evaluation: Evaluation) -> dict[str, Any]:
    """Return the draft sent for comment and what was objected to."""
    found = [
        {"one": one, "criterion": _criterion(evaluation, one), "open": not one.decided, "seen": seen}
        for one, seen in objections.read(request.user, evaluation)
    ]
    return {"objections": found, **objections.windows(evaluation, timezone.localdate())}


def _criterion(evaluation: Evaluation, objection: Objection) -> str:
    """Return the criterion of an objection as people name it."""
    criterion = evaluation.rubric.as_domain().criteria.get(objection.criterion)
    if criterion is None:
        return say("reporting.whole")
    return say("papers.indicator", id=criterion.id, name=translated(criterion.title))


def _after(request: Request, evaluation: Evaluation) -> dict[str, Any]:
    """Return what follows the issued report: copies and feedback."""
    if evaluation.reached not in ISSUED:
        return {"copies": [], "feedback": []}
    copies = list(evaluation.filed_copies.select_related("edition"))
    return {"copies": copies, "feedback": feedback_of(request.user, evaluation)}


def preview(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show the pages of the report as it is now."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    if not may(request.user, "reporting.write_part", evaluation):
        raise Http404
    found, _ = get_concluded(request.user, evaluation.pk)
    about = about_of(found)
    about = replace(about, report=replace(about.report, number="", date=None))
    made = report_of(found.full, evaluation.rubric.as_domain(), about, comments=True)
    context = {
        "evaluation": evaluation,
        "heading": say("reporting.preview.title"),
        "crumbs": crumbs(evaluation, page_itself=True),
        "pages": [base64.b64encode(picture).decode() for picture in pictures(made)],
    }
    return render(request, "reporting/preview.html", context)


def changes(request: Request, evaluation_id: UUID, version: int) -> HttpResponse:
    """Show what people changed between an edition of the report and the one before."""
    old, new = queries.get_pair(request.user, evaluation_id, version)
    rows = [
        (say(f"reporting.parts.{name}"), *texts) for name, *texts in queries.compared(old.words, new.words)
    ]
    context = {
        "old": old,
        "new": new,
        "rows": rows,
        "heading": say("reporting.changes.title", version=version),
        "crumbs": crumbs(new.evaluation, page_itself=True),
    }
    return render(request, "reporting/changes.html", context)


@require_POST
def take(request: Request, edition_id: UUID, kind: str) -> FileResponse:
    """Take a file of an edition as it was sent out."""
    if kind not in actions.TYPES:
        raise Http404
    edition = queries.get_edition(request.user, edition_id)
    file = actions.take_file(Act.of(request), edition, kind=kind)
    code = "report" if edition.issued else "draft"
    name = f"{edition.evaluation.platform.name} {say(f'papers.titles.{code}')} {edition}.{kind}"
    media, headers = actions.TYPES[kind], {"Content-Disposition": attachment(name)}
    return FileResponse(file, content_type=media, headers=headers)
