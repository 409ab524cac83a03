"""The page of one evaluation."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from zhiping.accounts.requests import Request
from zhiping.documents.wording import check_rows
from zhiping.preparation.queries.dossier import dossier
from zhiping.preparation.queries.evaluation import get_evaluation, policy_of
from zhiping.web.texts import language, say


def evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Where it stands, what is missing for the next move, who sits on the panel, what happened."""
    found = get_evaluation(request.user, evaluation_id)
    page = dossier(request.user, found, timezone.localdate())
    if page["next"]:
        page["who"] = say("errors.list").join(say(f"lifecycle.seats.{seat}") for seat in page["next"].seats)
    rows = check_rows(page["checks"], language())
    tones = {"pass": "success", "fail": "danger", "not_shown": "secondary"}
    page["check_rows"] = [
        {**row, "tone": tones[check["state"]]} for row, check in zip(rows, page["checks"], strict=True)
    ]
    context = {**page, "evaluation": found, "policy": policy_of(found)}
    return render(request, "preparation/evaluation.html", context)
