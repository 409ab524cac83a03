"""The page of one evaluation."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.dossier.queries import Need, dossier
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation, policy_of
from zhiping.registry.queries import place
from zhiping.registry.rules import sees_platform
from zhiping.web.texts import language, say

LISTS = {
    "authority": ("evaluations:evaluations", "dossier.evaluations"),
    "self": ("evaluations:self-evaluations", "self_evaluations.title"),
}


def evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Where it stands, what is missing for the next move, who sits on the panel, what happened."""
    found = get_evaluation(request.user, evaluation_id)
    page = dossier(request.user, found, timezone.localdate())
    for step in page["steps"]:
        step["label"] = say(f"lifecycle.states.{step['state']}")
        step["note"] = say("lifecycle.states.suspended") if step["suspended"] else ""
    if page["next"]:
        page["who"] = say("wording.comma").join(say(f"lifecycle.seats.{seat}") for seat in page["next"].seats)
        page["needs"] = [(need, _said(need)) for need in page["next"].needs]
    current = [step["current"] for step in page["steps"]].index(True)
    page["now"] = 0 if found.cancelled else current + 1
    page |= {"place": place(found.platform.region), "rubric": found.rubric.title_in(language())}
    page["sees_platform"] = sees_platform(request.user, found.platform)
    context = {**page, "evaluation": found, "policy": policy_of(found), "heading": found.platform.name}
    context["crumbs"] = _crumbs(found, with_programme=page["may_programme"])
    return render(request, "dossier/evaluation.html", context)


def _crumbs(evaluation: Evaluation, *, with_programme: bool) -> list[tuple[str, str]]:
    name, texts = LISTS[evaluation.kind]
    crumbs = [(say(texts), reverse(name))]
    if with_programme and evaluation.programme:
        page = reverse("dossier:programme", args=[evaluation.programme_id])
        crumbs.append((evaluation.programme.name, page))
    return crumbs


def _said(need: Need) -> str:
    """Say what holds, or what is missing."""
    return say(f"lifecycle.{'needs' if need.holds else 'errors'}.{need.code}")
