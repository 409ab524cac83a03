"""Ports of improvement, for the apps above to collect."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

from zhiping.accounts.models import Role, User
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.improvement.queries.waiting import state_of
from zhiping.improvement.queries.waiting import waiting as of_user
from zhiping.improvement.rules import reads_improvement
from zhiping.reporting import stage as reports
from zhiping.statements import things_of
from zhiping.web.links import link_to, page
from zhiping.web.sections import Remedy, Section
from zhiping.web.tasks import Task, Tasks

EVENTS = ("improvement.opened", "evaluation.closed")
OPEN_TO_ALL = ("improvement.choice_recorded", "improvement.opened", "sample.drawn", "evaluation.closed")


def waiting(user: User, today: dt.date) -> Iterator[Task]:
    """Offer what is to do after a result: the report's tasks, then those of the improvement.

    The operator opens and improves; who is in charge chooses, decides and rechecks.
    """
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    heads = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    for one in things_of(partial(of_user, user, own)):
        if (report := reports.task(one, own, today)) is not None:
            yield report
        charged = one.platform.operator_id in heads if one.kind == "self" else one.led_here
        if one.head.phase in (State.REPORTED, State.IMPROVING):
            yield from _tasks(one, today, own=one.platform.operator_id in own, charged=charged)


def _tasks(one: Any, today: dt.date, *, own: bool, charged: bool) -> Iterator[Task]:
    url, name = page("improvement", one), one.platform.name
    if one.head.phase == State.REPORTED:
        asks = one.grade == "unqualified" and not one.choice
        if charged and asks:
            yield Task("choose_improvement", {"platform": name}, url)
        elif own and not asks:
            yield Task("open_improvement", {"platform": name}, url)
        return
    if own and one.first:
        yield Task.until(one.first, today, "improve", url, platform=name, n=one.undone)
    if charged and one.asked:
        yield Task("decide_extension", {"platform": name}, url)
    if charged and not one.asked and not one.undone:
        yield Task("recheck", {"platform": name}, url, one.due)


def _of_evaluation(user: User, evaluation: Evaluation, _today: dt.date) -> dict[str, Any]:
    """Return where the improvement is, once the report is issued: one statement."""
    if not reads_improvement(user, evaluation):
        return {"shown": False}
    return {"shown": True, "evaluation": evaluation, "found": state_of(evaluation.pk)}


TASKS: tuple[Tasks, ...] = (waiting,)
SECTIONS = (Section("evaluation", "improvement/of_evaluation.html", _of_evaluation),)
REMEDIES = dict.fromkeys(
    ("choice_made", "choice_carried_out", "actions_settled", "closing_proposed"),
    Remedy(link_to("improvement:improvement"), "improvement.see_improvement"),
)
