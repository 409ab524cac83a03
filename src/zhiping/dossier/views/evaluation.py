"""The page of one evaluation."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.dossier.queries import Need, dossier
from zhiping.evaluations.queries.evaluation import get_evaluation, policy_of
from zhiping.panels.views.panel import check_lines
from zhiping.registry.queries import place
from zhiping.registry.rules import sees_platform
from zhiping.web.texts import language, say


def evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Where it stands, what is missing for the next move, who sits on the panel, what happened."""
    found = get_evaluation(request.user, evaluation_id)
    page = dossier(request.user, found, timezone.localdate())
    for step in page["steps"]:
        step["label"] = say(f"lifecycle.states.{step['state']}")
    if page["next"]:
        page["who"] = say("errors.list").join(say(f"lifecycle.seats.{seat}") for seat in page["next"].seats)
        page["needs"] = [(need, _said(need)) for need in page["next"].needs]
    page["check_rows"] = check_lines(page["checks"])
    page["now"] = 1 + [step["current"] for step in page["steps"]].index(True)
    page |= {"place": place(found.platform.region), "rubric": found.rubric.title_in(language())}
    page["sees_platform"] = sees_platform(request.user, found.platform)
    context = {**page, "evaluation": found, "policy": policy_of(found)}
    return render(request, "dossier/evaluation.html", context)


def _said(need: Need) -> str:
    """Say what holds, or what is missing."""
    return say(f"lifecycle.{'needs' if need.holds else 'errors'}.{need.code}")
