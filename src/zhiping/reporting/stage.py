"""Ports of reporting, for the apps above to collect."""

import datetime as dt
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q

from zhiping.accounts.models import Role, User
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.permissions import may
from zhiping.reporting.models import Edition
from zhiping.reporting.queries.report import issued_to, texts_of
from zhiping.reporting.queries.waiting import state_of
from zhiping.reporting.queries.waiting import waiting as of_user
from zhiping.statements import things_of
from zhiping.web.links import link_to, page
from zhiping.web.searching import Searched, Words, lines
from zhiping.web.sections import Remedy, Section
from zhiping.web.tasks import Task, Tasks

EVENTS = ("report.issued", "report.reissued")
OPEN_TO_ALL = ("report.issued", "report.reissued", "reporting.received")


def waiting(user: User, today: dt.date) -> Iterator[Task]:
    """Offer the lead the draft to send and objections to answer, the operator the draft to comment on."""
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    for one in things_of(partial(of_user, user, own)):
        if (task := _task(one, own, today)) is not None:
            yield task


def _task(one: Any, own: list[Any], today: dt.date) -> Task | None:
    url, data = page("report", one), {"platform": one.platform.name}
    if one.led and one.head.phase == State.CONCLUDED:
        return Task("send_draft", data, url, one.visit_end)
    if one.led and one.unanswered:
        return Task("answer_objection", data, url, one.visit_end)
    if one.platform.operator_id in own and today <= one.consultation.until:
        return Task.until(one.consultation.until, today, "comment_draft", url, **data)
    return None


def _of_evaluation(user: User, evaluation: Evaluation, _today: dt.date) -> dict[str, Any]:
    """Return where the report is, once there is a result: one statement."""
    if not evaluation.grade or not may(user, "reporting.see_report", evaluation):
        return {"shown": False}
    return {"shown": True, "evaluation": evaluation, "found": state_of(evaluation.pk)}


TASKS: tuple[Tasks, ...] = (waiting,)
SECTIONS = (Section("evaluation", "reporting/of_evaluation.html", _of_evaluation),)
REMEDIES = {
    "window_over": Remedy(link_to("reporting:report"), "reporting.see_report"),
    "objections_answered": Remedy(link_to("reporting:report"), "reporting.see_report"),
}


def _reports(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the words of issued reports: number, signer, what people wrote."""
    rows = Edition.objects.filter(Q(evaluation__in=ledgers) | Q(evaluation__platform__in=ledgers))
    issued = rows.exclude(number="").select_related("evaluation__platform").order_by("version")
    for row in {row.evaluation_id: row for row in issued}.values():
        title = f"{row.number} {row.evaluation.platform.name}"
        body = lines(row.reviewer, row.signer, *texts_of(row.words))
        yield Words(row.evaluation_id, row.evaluation_id, title, body, row.evaluation.period_end.year)


SEARCH = (Searched("report", ("evaluation", "platform"), _reports, issued_to, link_to("report")),)
