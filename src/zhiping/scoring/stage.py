"""Ports of scoring, for the apps above to collect."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.domain.evaluation import KINDS
from zhiping.domain.lifecycle import ProgrammeState, State
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries.evaluation import visible_to
from zhiping.permissions import may
from zhiping.registry.models import Platform
from zhiping.scoring.models import Result
from zhiping.scoring.queries.deliberation import offered_reasons, open_criteria
from zhiping.scoring.queries.fact_check import fact_check
from zhiping.scoring.queries.past import document_of, past
from zhiping.scoring.queries.waiting import waiting
from zhiping.web.links import link_to
from zhiping.web.searching import Searched, Words, lines
from zhiping.web.sections import Remedy, Section
from zhiping.web.tasks import Tasks

# Names of events that may leave by webhook.
EVENTS = ("scoring.closed", "evaluation.concluded")
# Events that everybody who sees an evaluation may know.
OPEN_TO_ALL = ("scoring.closed", "evaluation.concluded")


def _of_evaluation(user: User, evaluation: Evaluation, _today: dt.date) -> dict[str, Any]:
    """Return what waits in fact check and deliberation, for who may know."""
    if may(user, "scoring.see_marks", evaluation):
        return {"evaluation": evaluation, "sees": "marks", "open": len(open_criteria(evaluation))}
    if may(user, "scoring.see_facts", evaluation):
        return {"evaluation": evaluation, "sees": "facts", "settled": fact_check(evaluation)}
    return {"sees": ""}


def _of_programme(user: User, programme: Programme, _today: dt.date) -> dict[str, Any]:
    """Return how many reasons are offered to the guidance, while it can be written."""
    writes = programme.head.phase == ProgrammeState.DRAFT and may(user, "evaluations.set_guidance", programme)
    return {"programme": programme, "offered": len(offered_reasons(programme)) if writes else 0}


def _result(user: User, evaluation: Evaluation, _today: dt.date) -> dict[str, Any]:
    """Return whether there is a result, or a preview of it, that the user may read."""
    deliberates = evaluation.reached == State.DELIBERATING and may(user, "scoring.see_marks", evaluation)
    return {"evaluation": evaluation, "concluded": bool(evaluation.grade), "preview": deliberates}


def _of_platform(user: User, platform: Platform, _today: dt.date) -> dict[str, Any]:
    """Return the results of a platform by kind, never mixed."""
    results = past(platform.pk)
    kinds = [(kind, [one for one in results if one.kind == kind]) for kind in KINDS]
    adds = may(user, "scoring.add_earlier", platform)
    return {"platform": platform, "results": [pair for pair in kinds if pair[1]], "adds": adds}


TASKS: tuple[Tasks, ...] = (waiting,)
SECTIONS = (
    Section("evaluation", "scoring/of_evaluation.html", _of_evaluation),
    Section("programme", "scoring/of_programme.html", _of_programme),
    Section("evaluation", "scoring/result_of_evaluation.html", _result),
    Section("platform", "scoring/of_platform.html", _of_platform),
)
REMEDIES = {  # of needs
    "visit_recorded": Remedy(link_to("visits:visit"), "visits.write_visit_record"),
    "fact_check_settled": Remedy(link_to("scoring:facts"), "scoring.write_facts"),
    "members_signed": Remedy(link_to("scoring:result"), "scoring.see_marks"),
    "criteria_settled": Remedy(link_to("scoring:deliberation"), "scoring.settle_criteria"),
}


def _results(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the reasons and advice of results that all who read the result may read."""
    rows = Result.objects.filter(Q(evaluation__in=ledgers) | Q(evaluation__platform__in=ledgers))
    latest = {
        row.evaluation_id: row for row in rows.select_related("evaluation__platform").order_by("version")
    }
    for row in latest.values():
        one, year = row.evaluation, row.evaluation.period_end.year
        said = [
            (c["id"], text)
            for c in document_of(row)["criteria"]
            for text in (c["agreed_reason"], *c["reasons"], *c["advice"], *c["notes"])
            if text
        ]
        body = lines(*(f"{name} {text}" for name, text in dict.fromkeys(said)))
        yield Words(one.pk, one.pk, f"{one.platform.name} {year}", body, year)


SEARCH = (Searched("result", ("evaluation", "platform"), _results, visible_to, link_to("result")),)
