"""Raise, answer and decide objections to the draft and requests for review; correct marks (8.4.1)."""

import json
from typing import IO

from zhiping.domain import register
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.sheet import allowed
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.evidence import store
from zhiping.evidence.actions.evidence import Received, check_criteria
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.registry.actions import note_evaluated
from zhiping.reporting.actions.editions import notify_concerned
from zhiping.reporting.models import Objection
from zhiping.reporting.queries import objection as queries
from zhiping.scoring.actions.conclusion import AUTHORITY
from zhiping.scoring.models import Result
from zhiping.scoring.queries.result import compute, latest
from zhiping.scoring.queries.sheet import legal_marks, table_of

Verdict = Objection.Verdict


def raise_objection(
    act: Act, evaluation: Evaluation, *, text: str, criterion: str = "", file: Received | None = None
) -> None:
    """Object to the draft as the operator: to a criterion, or with criterion "" to the report as a whole.

    Raises Conflict `lifecycle.window_open` once the time for it is over.
    """
    with act.move(evaluation, "raise_objection") as entry:
        _raise(act, entry, evaluation, Objection.Kind.DRAFT, text=text, criterion=criterion, file=file)


def request_review(
    act: Act, evaluation: Evaluation, *, text: str, criterion: str = "", file: Received | None = None
) -> None:
    """Ask for a review of the issued report as the operator (复核申请).

    Raises Conflict `lifecycle.review_window_open` once the time for it is over.
    """
    with act.move(evaluation, "request_review") as entry:
        _raise(act, entry, evaluation, Objection.Kind.REVIEW, text=text, criterion=criterion, file=file)


def _raise(
    act: Act, entry: Entry, evaluation: Evaluation, kind: str, *, text: str, criterion: str,
    file: Received | None,
) -> None:  # fmt: skip
    entry.check(queries.NEEDS)
    check_criteria(evaluation, criterion, needed=False)
    named = {"file": file.sha256, "file_name": file.name} if file else {}
    made = Objection(
        evaluation=evaluation, kind=kind, criterion=criterion, text=text, by=act.by, at=act.now, **named
    )
    entry.add(made)
    notify_concerned(act, evaluation, "reporting.objected")


def answer_objection(
    act: Act, evaluation: Evaluation, *, objection: Objection, verdict: str, answer: str, points: str = ""
) -> None:
    """Answer an objection as the lead: the proposal that a second person decides.

    `points`: the corrected mark of its criterion, exact text, where the objection is upheld and the mark
    changes. Raises Invalid `agreed.illegal`, `reporting.no_mark`; Conflict `reporting.decided`.
    """
    with act.move(evaluation, "answer_objection") as entry:
        now = _undecided(evaluation, objection)
        legal = _legal(evaluation, now, verdict, points)
        entry.change(now, verdict=verdict, answer=answer, legal_id=legal, answered_by=act.by)


def _legal(evaluation: Evaluation, objection: Objection, verdict: str, points: str) -> int | None:
    """Return the row of the corrected mark; raise Invalid for one that cannot be."""
    if not points:
        return None
    if verdict != Verdict.UPHELD or not objection.criterion:
        raise Invalid([Problem("reporting.no_mark", {}, ("points",))])
    key = legal_marks(evaluation.rubric_id).get((objection.criterion, points))
    criterion, step = table_of(evaluation).criteria[objection.criterion], policy_of(evaluation).step
    if key is None or points not in {number_text(mark) for mark in criterion.marks(step)}:
        data = {"id": criterion.id, "found": points, "allowed": allowed(criterion, step)}
        raise Invalid([Problem("agreed.illegal", data, ("points",))])
    return key


def decide_objection(act: Act, evaluation: Evaluation, *, objection: Objection, agrees: bool) -> None:
    """Decide an objection as the second person: as the lead proposes, or not at all.

    Where a mark is corrected, a new version of the result follows; the one before stays. Without agreement
    the answer is withdrawn, and the lead answers again. Raises Conflict `lifecycle.answer_given`,
    `reporting.same_person`.
    """
    locks = (evaluation.platform,) if evaluation.kind == AUTHORITY else ()
    with act.move(evaluation, "decide_objection", locks=locks) as entry:
        now = _undecided(evaluation, objection)
        entry.check({"answer_given": lambda _evaluation, _today: now.answered_by_id is not None})
        if now.answered_by_id == act.by.pk:
            raise Conflict.of("reporting.same_person")
        entry.data = {"agrees": agrees}
        if not agrees:
            entry.change(now, verdict="", answer="", legal=None, answered_by=None)
            return
        entry.change(now, decided=act.now, decided_by=act.by)
        if now.legal_id:
            with act.caused(entry).move(evaluation, "amend_mark") as amended:
                _amend(act, amended, evaluation, now)
        notify_concerned(act, evaluation, "reporting.objection_decided")


def _amend(act: Act, entry: Entry, evaluation: Evaluation, objection: Objection) -> None:
    """Store the result with the corrected mark as a new version; register and evaluation follow it."""
    entry.check({"objection_upheld": lambda _evaluation, _today: objection.verdict == Verdict.UPHELD})
    before = latest(evaluation)
    if before is None:
        raise Conflict.of("ledger.changed")
    made = compute(evaluation, amended=queries.amended(evaluation), replaces=before.sha256)
    document = made.document
    result = Result(
        evaluation=evaluation, version=before.version + 1, sha256=made.sha256,
        document=json.dumps(document, ensure_ascii=False), grade=str(document["grade"]),
        graded=str(document["score"]["graded"]), concluded=act.now,
    )  # fmt: skip
    entry.add(result)
    entry.change(evaluation, grade=result.grade, score=document["shown"]["graded"])
    hashes = {"result_sha256": result.sha256, "replaces": before.sha256}
    grade = {"grade": result.grade, "graded": result.graded}  # verifiers compare the last ones recorded
    entry.data = {"criterion": objection.criterion, **grade, **hashes}
    if evaluation.kind == AUTHORITY:
        _correct_register(act, entry, evaluation, result)


def _correct_register(act: Act, entry: Entry, evaluation: Evaluation, result: Result) -> None:
    """Give the platform the grade of the corrected result, where this is its last evaluation."""
    day = evaluation.platform.last_evaluated
    visited = evaluation.visit_end
    if day is None or (visited and visited < day):
        return
    grade = result.grade if result.grade in register.GRADES else ""
    note_evaluated(act.caused(entry), evaluation.platform, day=day, grade=grade)


def take_attachment(act: Act, objection: Objection) -> tuple[str, IO[bytes]]:
    """Return name and content of the attachment of an objection; the audit log records it."""
    act.require("reporting.take_file", objection.evaluation)
    data, subject = {"file": objection.file[:12]}, str(objection.evaluation_id)
    ledger.audit("exported", by=act.by, at=act.now, subject=subject, data=data)
    return objection.file_name, store.open_file(objection.file)


def _undecided(evaluation: Evaluation, objection: Objection) -> Objection:
    """Return an objection as it is now; raise Conflict where it is decided, or of another evaluation."""
    now = evaluation.objections.filter(pk=objection.pk).first()
    if now is None or now.decided is not None:
        raise Conflict.of("reporting.decided")
    return now
