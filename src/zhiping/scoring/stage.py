"""Ports of scoring, for the apps above to collect."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import ProgrammeState
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.permissions import may
from zhiping.scoring.queries.deliberation import offered_reasons, open_criteria
from zhiping.scoring.queries.fact_check import fact_check
from zhiping.scoring.queries.lead import waiting
from zhiping.web.links import link_to
from zhiping.web.sections import Remedy, Section
from zhiping.web.tasks import Task, Tasks

# Names of events that may leave by webhook.
EVENTS = ("scoring.closed",)
# Events that everybody who sees an evaluation may know.
OPEN_TO_ALL = ("scoring.closed",)


def _led(user: User, _today: dt.date) -> Iterator[Task]:
    """Offer the lead the facts to write once every sheet is in, the scoring to close, the deliberation."""
    pages = {"close_scoring": "evaluation", "write_facts": "scoring:facts"}
    for evaluation, code in waiting(user):
        url = link_to(pages.get(code, "scoring:deliberation"))(evaluation)
        yield Task(code, {"platform": evaluation.platform.name}, url, evaluation.visit_end)


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


TASKS: tuple[Tasks, ...] = (_led,)
SECTIONS = (
    Section("evaluation", "scoring/of_evaluation.html", _of_evaluation),
    Section("programme", "scoring/of_programme.html", _of_programme),
)
REMEDIES = {  # of needs
    "visit_recorded": Remedy(link_to("visits:visit"), "visits.write_visit_record"),
    "fact_check_settled": Remedy(link_to("scoring:facts"), "scoring.write_facts"),
    "criteria_settled": Remedy(link_to("scoring:deliberation"), "scoring.settle_criteria"),
}
