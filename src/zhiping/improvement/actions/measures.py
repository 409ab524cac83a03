"""Measures for findings: plan, proof, report, recheck, extension (8.4.2)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, Any

from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.sheet import allowed
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.evidence import store
from zhiping.evidence.actions.evidence import Received
from zhiping.improvement.actions.course import notify
from zhiping.improvement.models import Action, Extension, Proof, Recheck
from zhiping.improvement.queries.people import of_operator
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.panels.queries.panel import in_charge
from zhiping.scoring.queries.sheet import legal_marks, table_of

Verdict = Action.Verdict


@dataclass(frozen=True, slots=True)
class Planned:
    """What the operator plans about a finding."""

    measure: str
    owner: str
    deadline: dt.date | None


def write_plan(act: Act, evaluation: Evaluation, *, plan: Mapping[str, Planned]) -> int:
    """Write the plan of some or all measures, by criterion, as one event; return how many changed.

    Measures that were reported as done stay as they are. Raises Invalid with every fault:
    `improvement.unknown`, `improvement.late`; the place is the criterion and the field.
    """
    with act.move(evaluation, "write_plan") as entry:
        rows = {row.criterion: row for row in evaluation.improvement_actions.all()}
        due = evaluation.improvement.due
        problems = [Problem("improvement.unknown", {"id": id_}, (id_,)) for id_ in plan if id_ not in rows]
        problems += [
            Problem("improvement.late", {"id": id_, "found": str(one.deadline), "limit": str(last)},
                    (id_, "deadline"))
            for id_, one in plan.items()
            if (row := rows.get(id_)) and one.deadline
            and one.deadline > (last := max(filter(None, (due, row.deadline))))
        ]  # fmt: skip
        if problems:
            raise Invalid(problems)
        changed = [
            entry.change(rows[id_], measure=one.measure, owner=one.owner, deadline=one.deadline)
            for id_, one in plan.items()
            if rows[id_].done is None
        ]
    return sum(changed)


def add_proof(
    act: Act, evaluation: Evaluation, *, finding: Action, file: Received | None = None, caption: str = ""
) -> None:
    """Add proof of a measure: a file, or the name of a document that can be seen on site.

    Raises Invalid `improvement.no_proof`, Conflict `improvement.closed`.
    """
    with act.move(evaluation, "add_proof") as entry:
        row = _open(evaluation, finding)
        if file is None and not caption:
            raise Invalid.of("improvement.no_proof", "caption")
        _prove(act, entry, row, file, caption)


def _prove(act: Act, entry: Entry, row: Action, file: Received | None, caption: str) -> None:
    named = {"file": file.sha256, "file_name": file.name} if file else {}
    entry.add(
        Proof(evaluation_id=row.evaluation_id, action=row, caption=caption, at=act.now, by=act.by, **named)
    )


def withdraw_proof(act: Act, evaluation: Evaluation, *, proof: Proof, reason: str) -> None:
    """Withdraw proof that was given by mistake; it stays on record with the reason."""
    with act.move(evaluation, "withdraw_proof", reason=reason) as entry:
        now = Proof.objects.filter(pk=proof.pk, evaluation=evaluation, withdrawn="").first()
        if now is None:
            raise Conflict.of("improvement.withdrawn")
        _open(evaluation, now.action)
        entry.change(now, withdrawn=reason)


def take_proof(act: Act, proof: Proof) -> tuple[str, IO[bytes]]:
    """Return name and content of the file of a proof; the audit log records it."""
    act.require("improvement.take_proof", proof.evaluation)
    data, subject = {"file": proof.file[:12]}, str(proof.evaluation_id)
    ledger.audit("exported", by=act.by, at=act.now, subject=subject, data=data)
    return proof.file_name, store.open_file(proof.file)


def report_action(
    act: Act, evaluation: Evaluation, *, finding: Action, outcome: str, file: Received | None = None,
    caption: str = "",
) -> None:  # fmt: skip
    """Report a measure as carried out, with its outcome and perhaps proof; it can be reported again.

    Raises Invalid `improvement.unplanned` where measure, owner or deadline is missing; Conflict
    `improvement.closed`.
    """
    with act.move(evaluation, "report_action") as entry:
        row = _open(evaluation, finding)
        if not row.planned:
            raise Invalid.of("improvement.unplanned", id=row.criterion)
        entry.change(row, outcome=outcome, done=act.now, done_by=act.by, verdict="")
        if file or caption:
            _prove(act, entry, row, file, caption)
        if not evaluation.improvement_actions.filter(done=None).exists():
            notify(act, evaluation, in_charge(evaluation), "improvement.all_done")


def recheck_action(
    act: Act, evaluation: Evaluation, *, finding: Action, verdict: str, reason: str, points: str = ""
) -> None:
    """Recheck a measure: mended, not mended, or waived, with the reason (复核).

    `points`: what the criterion is worth now, exact text; the issued grade is unchanged. Where it is not
    mended, the operator reports again. Raises Invalid `agreed.illegal`; Conflict `improvement.not_done`,
    `improvement.closed`.
    """
    with act.move(evaluation, "recheck_action", reason=reason) as entry:
        row = _open(evaluation, finding)
        if row.done is None and verdict != Verdict.WAIVED:
            raise Conflict.of("improvement.not_done")
        legal = _legal(evaluation, row, points) if verdict == Verdict.ACCEPTED else None
        values: dict[str, Any] = {"verdict": verdict, "legal_id": legal}
        made = Recheck(evaluation=evaluation, action=row, reason=reason, at=act.now, by=act.by, **values)
        entry.add(made)
        refused = verdict == Verdict.REFUSED
        entry.change(row, **values, **({"done": None, "done_by": None} if refused else {}))
        if refused:
            data = {"id": row.criterion, "reason": reason}
            notify(act, evaluation, of_operator(evaluation), "improvement.refused", **data)


def _legal(evaluation: Evaluation, action: Action, points: str) -> int:
    """Return the row of the points found, "" for all of the criterion; raise Invalid for an illegal mark."""
    criterion, step = table_of(evaluation).criteria[action.criterion], policy_of(evaluation).step
    found = points or number_text(criterion.max)
    key = legal_marks(evaluation.rubric_id).get((criterion.id, found))
    if key is None or Fraction(found) not in criterion.marks(step):
        data = {"id": criterion.id, "found": found, "allowed": allowed(criterion, step)}
        raise Invalid([Problem("agreed.illegal", data, ("points",))])
    return key


def ask_extension(
    act: Act, evaluation: Evaluation, *, until: dt.date, reason: str, finding: Action | None = None
) -> None:
    """Ask for a later deadline of one measure, or with None of the whole improvement (延期申请).

    Raises Invalid `improvement.no_later` for a day that is not later; Conflict `improvement.asked`.
    """
    with act.move(evaluation, "ask_extension", reason=reason) as entry:
        row = _open(evaluation, finding) if finding else None
        now = (row.deadline if row else None) or evaluation.improvement.due
        if now and until <= max(now, act.today):
            limit = str(max(now, act.today))
            raise Invalid(
                [Problem("improvement.no_later", {"found": str(until), "limit": limit}, ("until",))]
            )
        if evaluation.extensions.filter(action=row, granted=None).exists():
            raise Conflict.of("improvement.asked")
        made = Extension(evaluation=evaluation, action=row, until=until, reason=reason, at=act.now, by=act.by)
        entry.add(made)
        notify(act, evaluation, in_charge(evaluation), "improvement.extension_asked", until=str(until))


def decide_extension(
    act: Act, evaluation: Evaluation, *, extension: Extension, granted: bool, reason: str
) -> None:
    """Grant a later deadline, or refuse it, with the reason.

    Of the whole improvement, measures with the deadline before move with it. Raises Conflict
    `improvement.decided`.
    """
    with act.move(evaluation, "decide_extension", reason=reason) as entry:
        now = evaluation.extensions.filter(pk=extension.pk, granted=None).first()
        if now is None:
            raise Conflict.of("improvement.decided")
        entry.change(now, granted=granted, answer=reason, decided=act.now, decided_by=act.by)
        if granted:
            _extend(entry, evaluation, now)
        code = "improvement.extension_granted" if granted else "improvement.extension_refused"
        notify(act, evaluation, of_operator(evaluation), code, until=str(now.until))


def _extend(entry: Entry, evaluation: Evaluation, extension: Extension) -> None:
    known = evaluation.improvement
    if extension.action:
        entry.change(extension.action, deadline=extension.until)
        return
    entry.change_all(evaluation.improvement_actions.filter(deadline=known.due), deadline=extension.until)
    entry.change(known, due=extension.until)


def _open(evaluation: Evaluation, action: Action) -> Action:
    """Return a measure as it is now; raise Conflict where it is closed, or of another evaluation."""
    now = evaluation.improvement_actions.filter(pk=action.pk).first()
    if now is None or now.closed:
        raise Conflict.of("improvement.closed")
    found: Action = now
    return found
