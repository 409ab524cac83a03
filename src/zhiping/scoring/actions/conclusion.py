"""Sign the result and conclude the evaluation (8.1, 8.2)."""

import json
from typing import IO, Any

from zhiping.domain import register
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import concerned
from zhiping.evidence import store
from zhiping.evidence.actions.evidence import Received, scan_columns
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry, Need
from zhiping.notices import actions as notices
from zhiping.panels.models import Seat
from zhiping.panels.queries.check import panel_legal
from zhiping.panels.rules import read_seats
from zhiping.registry.actions import note_evaluated
from zhiping.scoring.models import Result, Signature
from zhiping.scoring.queries import changes
from zhiping.scoring.queries import result as queries
from zhiping.scoring.queries.result import Outcome
from zhiping.scoring.rules import scores
from zhiping.web.links import page

AUTHORITY = "authority"  # kind of evaluation


def sign_result(act: Act, evaluation: Evaluation, *, result_sha256: str, read: int | None = None) -> None:
    """Sign the result as a member; `result_sha256`: the hash of the result the member has seen.

    `read`: the size of the ledger when it was shown. Raises Conflict `results.changed` where the result is
    another now, with what has changed since; `lifecycle.criteria_settled`, `lifecycle.panel_legal`.
    """
    with act.move(evaluation, "sign_result") as entry:
        seat = scores(act.by, evaluation)
        if seat is None:
            raise Conflict.of("panel.left_already", name=act.by.name)
        _sign(act, entry, seat, (result_sha256, read))


def record_signature(
    act: Act, evaluation: Evaluation, *, seat: Seat, scan: Received, result_sha256: str,
    read: int | None = None,
) -> None:  # fmt: skip
    """Record a member's signature on paper with its stored scan. Raises as `sign_result`."""
    with act.move(evaluation, "record_signature") as entry:
        if seat.pk not in {held.pk for held in read_seats(evaluation) if held.role in Seat.SCORERS}:
            raise Conflict.of("panel.left_already", name=seat.expert.name)
        _sign(act, entry, seat, (result_sha256, read), scan=scan)


def take_signature(act: Act, signature: Signature) -> tuple[str, IO[bytes]]:
    """Return name and content of the scan of a signature on paper; the audit log records it."""
    act.require("scoring.see_marks", signature.evaluation)
    data, subject = {"scan": signature.scan[:12]}, str(signature.evaluation_id)
    ledger.audit("exported", by=act.by, at=act.now, subject=subject, data=data)
    return signature.scan_name, store.open_file(signature.scan)


def _sign(
    act: Act, entry: Entry, seat: Seat, seen: tuple[str, int | None], scan: Received | None = None
) -> None:
    evaluation: Evaluation = entry.subject
    found = _computed(evaluation)
    entry.check(_needs(found))
    if found.document["status"] == "refused":
        raise Conflict.of("lifecycle.panel_legal")
    sha256, read = seen
    if sha256 != found.sha256:
        since = [] if read is None else changes.since(evaluation, read)
        raise Conflict([Problem("results.changed"), *since])
    entry.data = {"result_sha256": found.sha256, "name": seat.expert.name, "on_paper": bool(scan)}
    values: dict[str, Any] = {"result_sha256": found.sha256, "at": act.now, **scan_columns(scan)}
    before = Signature.objects.filter(evaluation=evaluation, seat=seat).first()
    if before:
        entry.change(before, **values)
    else:
        entry.add(Signature(evaluation=evaluation, seat=seat, **values))


def conclude(act: Act, evaluation: Evaluation) -> None:
    """Conclude: the result is stored as version 1, and the platform's next evaluation falls due (6.1.1).

    No mark, agreed mark or signature changes after it. Notifies the other people concerned that there is a
    result, without score and grade. Raises Conflict with everything that is missing.
    """
    with act.move(evaluation, "conclude", locks=(evaluation.platform,)) as entry:
        found = _computed(evaluation)
        entry.check(_needs(found))
        document, shown = found.document, found.document["shown"]["graded"]
        result = Result(
            id=entry.id, evaluation=evaluation, document=json.dumps(document, ensure_ascii=False),
            sha256=found.sha256, grade=str(document["grade"]), graded=str(document["score"]["graded"]),
            concluded=act.now,
        )  # fmt: skip
        entry.add(result)
        entry.change(evaluation, grade=result.grade, score=shown)
        entry.data = {
            "grade": result.grade,
            "graded": result.graded,
            "result_sha256": result.sha256,
            "sheets": [sheet["sha256"] for sheet in document["sheets"]],
        }
        if evaluation.kind == AUTHORITY:
            day = min(evaluation.visit_end or act.today, act.today)
            grade = result.grade if result.grade in register.GRADES else ""
            note_evaluated(act.caused(entry), evaluation.platform, day=day, grade=grade)
        _notify(act, evaluation)


def _computed(evaluation: Evaluation) -> Outcome:
    """Return the result as it is now; raise Conflict where the sheets do not make one."""
    try:
        return queries.compute(evaluation)
    except Invalid as refused:
        raise Conflict(refused.problems) from refused


def _needs(found: Outcome) -> dict[str, Need]:
    """Return what must hold before the result is signed or concluded."""
    return {
        "criteria_settled": lambda _evaluation, _today: not found.document["open"],
        "members_signed": lambda evaluation, _today: queries.all_signed(evaluation, found.sha256),
        "panel_legal": panel_legal,
    }


def _notify(act: Act, evaluation: Evaluation) -> None:
    people = concerned(evaluation).exclude(pk=act.by.pk)
    data, url = {"platform": evaluation.platform.name}, page("result", evaluation)
    notices.notify(to=people, code="scoring.concluded", data=data, url=url, now=act.now)
