"""Objections: the operator's, their answers, what of the result they correct."""

import datetime as dt
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.domain.consensus import Agreed
from zhiping.domain.lifecycle import AFTER_ISSUE
from zhiping.domain.schedule import comments_due, review_due
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.holidays import china
from zhiping.ledger.entry import Need
from zhiping.permissions import may
from zhiping.reporting.models import Consultation, Objection
from zhiping.reporting.queries.report import get_reported, latest_issued
from zhiping.scoring.queries.result import latest


def objections(evaluation: Evaluation) -> list[Objection]:
    """Return the objections to a report in the order they were raised."""
    rows = evaluation.objections.select_related("by", "answered_by", "decided_by", "legal")
    return list(rows)


def read(user: User, evaluation: Evaluation) -> list[tuple[Objection, bool]]:
    """Return the objections, each with whether the user may read its answer.

    Who does not see the marks reads an answer once the second person has decided.
    """
    sees = may(user, "scoring.see_marks", evaluation)
    found = objections(evaluation)
    return [(one, bool(one.verdict) and (sees or one.decided is not None)) for one in found]


def consultation(evaluation: Evaluation) -> Consultation | None:
    """Return when the draft was sent and until when objections are open; None before."""
    return Consultation.objects.filter(evaluation=evaluation).first()


def get_objection(user: User, objection_id: UUID) -> Objection:
    """Return an objection for a reader of the report."""
    rows = Objection.objects.select_related("by", "answered_by", "legal")
    found: Objection = get_object_or_404(rows, pk=objection_id)
    found.evaluation = get_reported(user, found.evaluation_id)
    return found


def amended(evaluation: Evaluation) -> dict[str, Agreed]:
    """Return the marks corrected on decided objections; a later decision counts."""
    decided = evaluation.objections.filter(decided__isnull=False, legal__isnull=False)
    rows = decided.select_related("legal").order_by("decided")
    return {one.criterion: Agreed(Fraction(one.legal.points), one.answer) for one in rows if one.legal}


def window(evaluation: Evaluation, sent: dt.date) -> dt.date:
    """Return the last day for objections to a draft sent on a day."""
    due = comments_due(policy_of(evaluation), sent, china)
    return due.date if due else sent


def review_until(evaluation: Evaluation) -> dt.date | None:
    """Return the last day to ask for a review of the issued report; None before it is issued."""
    last = latest_issued(evaluation)
    if last is None or last.date is None:
        return None
    return review_due(policy_of(evaluation), last.date, china).date


def windows(evaluation: Evaluation, today: dt.date) -> dict[str, Any]:
    """Return the draft sent, whether objections to it are open, and until when a review can be asked for."""
    sent = consultation(evaluation)
    until = review_until(evaluation) if evaluation.reached in AFTER_ISSUE else None
    return {
        "consultation": sent,
        "open_window": sent is not None and sent.accepted is None and today <= sent.until,
        "review_until": until if until and today <= until else None,
    }


def _draft_wanted(evaluation: Evaluation, _today: dt.date) -> bool:
    return policy_of(evaluation).draft_days is not None


def _no_draft_wanted(evaluation: Evaluation, today: dt.date) -> bool:
    return not _draft_wanted(evaluation, today)


def _window_open(evaluation: Evaluation, today: dt.date) -> bool:
    sent = consultation(evaluation)
    return sent is not None and sent.accepted is None and today <= sent.until


def _window_over(evaluation: Evaluation, today: dt.date) -> bool:
    return not _window_open(evaluation, today)


def _review_window_open(evaluation: Evaluation, today: dt.date) -> bool:
    until = review_until(evaluation)
    return until is not None and today <= until


def _objections_answered(evaluation: Evaluation, _today: dt.date) -> bool:
    return not evaluation.objections.filter(decided__isnull=True).exists()


def _result_corrected(evaluation: Evaluation, _today: dt.date) -> bool:
    last, result = latest_issued(evaluation), latest(evaluation)
    return last is not None and result is not None and last.result_id != result.pk


NEEDS: dict[str, Need] = {
    "draft_wanted": _draft_wanted,
    "no_draft_wanted": _no_draft_wanted,
    "window_open": _window_open,
    "window_over": _window_over,
    "review_window_open": _review_window_open,
    "objections_answered": _objections_answered,
    "result_corrected": _result_corrected,
}
