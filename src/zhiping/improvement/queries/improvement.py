"""The improvement of an evaluation: its findings, measures, rechecks, and what the closing needs."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.domain import improvement as rules
from zhiping.domain.result_document import Result as Document
from zhiping.domain.schedule import Due, add_working_days, improvement_due
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.holidays import china
from zhiping.improvement.models import CLOSED, Action, Extension, Improvement, Proof, Recheck
from zhiping.ledger.entry import Need
from zhiping.panels.queries.panel import get_for
from zhiping.scoring.queries.past import document_of
from zhiping.scoring.queries.result import latest
from zhiping.scoring.queries.sheet import table_of


def get_improved(user: User, evaluation_id: UUID) -> Evaluation:
    """Return an evaluation whose improvement the user may read; Http404 for one the user does not see."""
    return get_for(user, evaluation_id, "improvement.see_improvement")


def improvement_of(evaluation: Evaluation) -> Improvement | None:
    """Return the improvement of an evaluation, with its follow-up evaluation; None before any step."""
    rows = Improvement.objects.select_related("follow_up__head", "proposed_by", "closed_by")
    return rows.filter(pk=evaluation.pk).first()


def failed(evaluation: Evaluation) -> bool:
    """Return whether the grade is the lowest one, after which every finding is rechecked (8.4.2)."""
    return bool(evaluation.grade == table_of(evaluation).bands[-1].grade)


def issued_on(evaluation: Evaluation) -> dt.date | None:
    """Return the day of the first issued report, from which deadlines are counted."""
    days = evaluation.editions.exclude(number="").order_by("version").values_list("date", flat=True)
    return days.first()


def due_of(evaluation: Evaluation, issued: dt.date) -> Due:
    """Return the last day of the improvement by the policy (8.4.2)."""
    lowest = table_of(evaluation).bands[-1].grade
    grade = "unqualified" if evaluation.grade == lowest else evaluation.grade
    return improvement_due(policy_of(evaluation), issued, grade, china)


def working_day(issued: dt.date, days: int) -> dt.date:
    """Return the last day of a number of working days after the report was issued."""
    return add_working_days(issued, days, china).date


def lost(document: Document) -> list[str]:
    """Return the criteria of the findings of a result, in table order."""
    return [finding["id"] for finding in document["findings"]]


def document_now(evaluation: Evaluation) -> Document | None:
    """Return the result in its latest version; None before the conclusion."""
    row = latest(evaluation)
    return document_of(row) if row else None


# ── measures ───────────────────────────────────────────────────────────────────────────────────────────


def actions(evaluation: Evaluation) -> list[Action]:
    """Return the measures in table order, with proofs and rechecks: three statements."""
    rechecks = Recheck.objects.select_related("by", "legal")
    rows = evaluation.improvement_actions.select_related("done_by", "legal").prefetch_related(
        Prefetch("proofs", Proof.objects.select_related("by")), Prefetch("rechecks", rechecks)
    )
    return in_order(evaluation, list(rows))


def in_order(evaluation: Evaluation, rows: list[Action]) -> list[Action]:
    """Return measures in the order of the table."""
    places = {id_: place for place, id_ in enumerate(table_of(evaluation).criteria)}
    return sorted(rows, key=lambda row: places[row.criterion])


def get_action(user: User, action_id: UUID) -> Action:
    """Return a measure for a reader of its improvement."""
    rows = Action.objects.select_related("legal").prefetch_related("proofs__by", "rechecks__by")
    found: Action = get_object_or_404(rows, pk=action_id)
    found.evaluation = get_improved(user, found.evaluation_id)
    return found


def get_proof(user: User, proof_id: UUID) -> Proof:
    """Return a proof for a reader of its improvement."""
    found: Proof = get_object_or_404(Proof.objects.select_related("action"), pk=proof_id)
    found.evaluation = get_improved(user, found.evaluation_id)
    return found


def get_extension(user: User, extension_id: UUID) -> Extension:
    """Return an extension that was asked for, for a reader of its improvement."""
    rows = Extension.objects.select_related("action", "by")
    found: Extension = get_object_or_404(rows, pk=extension_id)
    found.evaluation = get_improved(user, found.evaluation_id)
    return found


def extensions(evaluation: Evaluation) -> list[Extension]:
    """Return the extensions asked for, in their order."""
    return list(evaluation.extensions.select_related("action", "by", "decided_by"))


def is_sampled(action: Action, improvement: Improvement) -> bool:
    """Return whether a measure is in the sample."""
    return action.place is not None and action.place <= (improvement.sampled or 0)


def is_settled(action: Action, improvement: Improvement, *, every: bool) -> bool:
    """Return whether nothing is left to do about a finding; `every`: each one must be rechecked."""
    if action.closed:
        return True
    if every or action.verdict or improvement.drawn is None:
        return False
    return action.done is not None and not is_sampled(action, improvement)


# ── points recovered ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Recovered:
    """The score with the points recovered, as it is printed, beside the issued one."""

    issued: Fraction
    today: rules.Today
    points: Mapping[str, Fraction]


def recovered(evaluation: Evaluation, document: Document, rows: list[Action]) -> Recovered:
    """Return what the score would be today; the issued result is unchanged."""
    official = points_of(document)
    found = {row.criterion: Fraction(row.legal.points) for row in rows if row.legal}
    now = rules.today(table_of(evaluation), policy_of(evaluation), official, found)
    return Recovered(Fraction(document["score"]["graded"] or 0), now, found)


def points_of(document: Document) -> dict[str, Fraction]:
    """Return the official points of a result by criterion."""
    return {one["id"]: Fraction(one["agreed"] or 0) for one in document["criteria"]}


# ── needs ──────────────────────────────────────────────────────────────────────────────────────────────


def _choice_open(evaluation: Evaluation, _today: dt.date) -> bool:
    """An unqualified platform without a choice yet, or whose follow-up evaluation was cancelled."""
    if not failed(evaluation):
        return False
    known = improvement_of(evaluation)
    return known is None or not known.choice or is_cancelled(known)


def is_cancelled(improvement: Improvement) -> bool:
    """Return whether the follow-up evaluation was cancelled, so that the choice is open again."""
    return improvement.follow_up is not None and improvement.follow_up.head.phase == "cancelled"


def _choice_made(evaluation: Evaluation, today: dt.date) -> bool:
    return not _choice_open(evaluation, today)


def _choice_carried_out(evaluation: Evaluation, today: dt.date) -> bool:
    known = improvement_of(evaluation)
    if known is None or _choice_open(evaluation, today):
        return False
    return known.follow_up is None or bool(known.follow_up.grade)


def _actions_settled(evaluation: Evaluation, _today: dt.date) -> bool:
    known = improvement_of(evaluation)
    if known is None or known.opened is None:
        return False
    every = failed(evaluation)
    return all(is_settled(row, known, every=every) for row in evaluation.improvement_actions.all())


def _no_findings(evaluation: Evaluation, _today: dt.date) -> bool:
    document = document_now(evaluation)
    return document is not None and not document["findings"]


def _sample_wanted(evaluation: Evaluation, _today: dt.date) -> bool:
    known = improvement_of(evaluation)
    return known is not None and known.drawn is None and not failed(evaluation)


def _closing_proposed(evaluation: Evaluation, _today: dt.date) -> bool:
    known = improvement_of(evaluation)
    return known is not None and known.proposed is not None


NEEDS: dict[str, Need] = {
    "choice_open": _choice_open,
    "choice_made": _choice_made,
    "choice_carried_out": _choice_carried_out,
    "actions_settled": _actions_settled,
    "no_findings": _no_findings,
    "sample_wanted": _sample_wanted,
    "closing_proposed": _closing_proposed,
}


def counts(rows: list[Action]) -> dict[str, Any]:
    """Return how many measures are planned, done and closed."""
    return {
        "all": len(rows),
        "planned": sum(row.planned for row in rows),
        "done": sum(row.done is not None for row in rows),
        "closed": sum(row.verdict in CLOSED for row in rows),
    }
