"""Suspend and resume evaluations that have no result yet, and urge the people they wait for."""

import datetime as dt

from django.utils import timezone

from zhiping.domain.errors import Conflict
from zhiping.domain.lifecycle import BEFORE_START
from zhiping.evaluations.actions.evaluation import notify_concerned
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import next_urge, office_over, trip_after
from zhiping.ledger.act import Act
from zhiping.notices import actions as notices
from zhiping.panels.queries.panel import waited_for
from zhiping.web.links import page


def suspend_evaluation(act: Act, evaluation: Evaluation, *, reason: str) -> None:
    """Suspend an evaluation: it can then only be resumed or cancelled; notify the people it concerns."""
    with act.move(evaluation, "suspend_evaluation", reason=reason) as entry:
        entry.change(evaluation, suspended=act.now, suspended_in=entry.before)
        notify_concerned(act, evaluation, "evaluations.suspended", reason)


def resume_evaluation(act: Act, evaluation: Evaluation, *, reason: str) -> None:
    """Return a suspended evaluation to the state it had; notify the people it concerns.

    The last day to start moves by the days of the suspension, which do not count (ADR 32). The days of the
    visit stay until they are planned again. It leaves its trip where experts were drawn for that in between.
    """
    with act.move(evaluation, "resume_evaluation", reason=reason) as entry:
        start_by = _moved(evaluation, act.today)
        trip = trip_after(evaluation, evaluation.suspended)
        entry.change(evaluation, suspended=None, suspended_in="", start_by=start_by, trip=trip)
        notify_concerned(act, evaluation, "evaluations.resumed", reason)


def urge(act: Act, evaluation: Evaluation) -> None:
    """Remind the people an evaluation waits for, as an office that does not run it; once a day.

    Raises Conflict `panel.urged_already` with the day from which it is possible again.
    """
    with act.move(evaluation, "urge") as entry:
        if day := next_urge(evaluation, act.today):
            raise Conflict.of("panel.urged_already", day=day)
        entry.change(evaluation, urged=act.today)
        office = office_over(act.by, evaluation.platform)
        data = {"platform": evaluation.platform.name, "office": office.name if office else ""}
        to, url = waited_for(evaluation), page("evaluation", evaluation)
        notices.notify(to=to, code="panel.urged", data=data, url=url, now=act.now)


def _moved(evaluation: Evaluation, today: dt.date) -> dt.date | None:
    """Return the last day to start, after a suspension that ends today."""
    if evaluation.start_by is None or evaluation.suspended_in not in BEFORE_START:
        return evaluation.start_by
    return evaluation.start_by + (today - timezone.localdate(evaluation.suspended))
