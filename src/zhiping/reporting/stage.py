"""Ports of reporting, for the apps above to collect."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import ANSWERED, State
from zhiping.evaluations.models import Evaluation
from zhiping.permissions import may
from zhiping.reporting.models import Edition
from zhiping.reporting.queries.report import issued_to, texts_of
from zhiping.reporting.queries.waiting import state_of
from zhiping.web.links import link_to, page
from zhiping.web.searching import Searched, Words, lines
from zhiping.web.sections import Remedy, Section
from zhiping.web.tasks import Task

EVENTS = ("report.issued", "report.reissued")
OPEN_TO_ALL = ("report.issued", "report.reissued", "reporting.received")


def task(one: Any, own: list[Any], today: dt.date) -> Task | None:
    """Return what a user has to do about the report of an evaluation, as `queries.waiting` marks it.

    The lead sends the draft and answers objections, the operator comments on the draft. A later stage
    collects them, together with its own, because the desk asks for both in one statement.
    """
    url, data, phase = page("report", one), {"platform": one.platform.name}, one.head.phase
    if one.led and phase == State.CONCLUDED:
        return Task("send_draft", data, url, one.visit_end)
    if one.led and one.unanswered and phase in ANSWERED:
        return Task("answer_objection", data, url, one.visit_end)
    if phase == State.CONSULTING and one.platform.operator_id in own and one.consultation.accepted is None:
        until = one.consultation.until
        return Task.until(until, today, "comment_draft", url, **data) if today <= until else None
    return None


def _of_evaluation(user: User, evaluation: Evaluation, _today: dt.date) -> dict[str, Any]:
    """Return where the report is, once there is a result: one statement."""
    if not evaluation.grade or not may(user, "reporting.see_report", evaluation):
        return {"shown": False}
    return {"shown": True, "evaluation": evaluation, "found": state_of(evaluation.pk)}


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
