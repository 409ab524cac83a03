"""Planning a visit and keeping its record (6.1.4, 8.5.1)."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import State
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.registry.models import Site
from zhiping.visits.models import VisitRecord

PLANNED_WHILE = (State.PLANNED, State.PREPARING, State.SCORING)
RECORDED_WHILE = (State.PREPARING, State.SCORING)
FIELDS = (
    "day",
    "time",
    "subject",
    "place",
    "who",
    "role",
    "number",
    "date",
    "page",
    "criteria",
    "site",
    "note",
)


def plan_visit(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    visit_start: dt.date,
    visit_end: dt.date,
    visit_place: str = "",
    id: UUID | None = None,
    expect: int | None = None,
) -> Evaluation:
    """Set the days and the place of a visit; the panel's checks look at these days.

    Raises Invalid `visit.end_before_start`, Conflict `visit.too_late` once scoring is closed.
    """
    require(by, "visits.plan_visit", evaluation)
    with ledger.record(evaluation, "visit.planned", by=by, at=now, id=id, expect=expect) as entry:
        _while(evaluation, VisitRecord.Kind.APPOINTMENT)
        if visit_end < visit_start:
            raise Invalid([Problem("visit.end_before_start", where=("visit_end",))])
        before = [str(evaluation.visit_start or ""), str(evaluation.visit_end or ""), evaluation.visit_place]
        evaluation.visit_start, evaluation.visit_end = visit_start, visit_end
        evaluation.visit_place = visit_place
        evaluation.save(update_fields=("visit_start", "visit_end", "visit_place"))
        entry.data = {"before": before, "after": [str(visit_start), str(visit_end), visit_place]}
    return evaluation


def propose_timetable(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    rows: list[dict[str, str]],
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Put a proposed timetable in place, where none is planned yet; each line can be changed after.

    `rows`: day (ISO), time, subject. Raises Conflict `visit.has_timetable` where there are lines already,
    `visit.no_days` where the visit has no days yet.
    """
    require(by, "visits.plan_visit", evaluation)
    with ledger.record(evaluation, "visit.timetable_proposed", by=by, at=now, id=id, expect=expect) as entry:
        kind = VisitRecord.Kind.APPOINTMENT
        _while(evaluation, kind)
        if evaluation.visit_records.filter(kind=kind).exists():
            raise Conflict([Problem("visit.has_timetable")])
        if evaluation.visit_start is None:
            raise Conflict([Problem("visit.no_days")])
        VisitRecord.objects.bulk_create(
            VisitRecord(evaluation=evaluation, kind=kind, written_by=by, **row) for row in rows
        )
        entry.data = {"rows": rows}


def write_visit_record(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    kind: str = "",
    line: UUID | None = None,
    was: str = "",
    id: UUID | None = None,
    **facts: Any,
) -> VisitRecord:
    """Write a line of a kind, or correct `line`; a correction keeps what stood there in the ledger.

    Several people write at once, so it is lines that are compared, not the whole ledger: `was` is the `mark`
    of the line as it was seen. Raises Conflict `visit.too_late` outside preparation and scoring,
    `visit.line_gone`, `visit.line_changed`, `visit.one_meeting` for a second opening or closing meeting;
    Invalid `visit.other_site` for a site of another platform.
    """
    require(by, "visits.write_visit_record", evaluation)
    name = "visit.corrected" if line else "visit.recorded"
    with ledger.record(evaluation, name, by=by, at=now, id=id) as entry:
        record = (
            _line(evaluation, line)
            if line
            else VisitRecord(id=id or uuid7(), evaluation=evaluation, kind=kind, written_by=by)
        )
        _while(evaluation, record.kind)
        if line and was and was != mark(record):
            raise Conflict([Problem("visit.line_changed", {"name": record.written_by.name})])
        _own_site(evaluation, facts.get("site"))
        entry.data = {"before": line_facts(record)} if line else {}
        for field, value in facts.items():
            setattr(record, field, value)
        record.written_by = by
        _store(record)
        entry.data |= {"line": str(record.pk), "after": line_facts(record)}
    return record


def remove_visit_record(
    *, by: User, now: dt.datetime, evaluation: Evaluation, line: UUID, id: UUID | None = None
) -> None:
    """Take a line out again; the ledger keeps what it said. Raises Conflict `visit.line_gone`."""
    require(by, "visits.remove_visit_record", evaluation)
    with ledger.record(evaluation, "visit.removed", by=by, at=now, id=id) as entry:
        record = _line(evaluation, line)
        _while(evaluation, record.kind)
        entry.data = {"line": str(record.pk), "before": line_facts(record)}
        record.delete()


def open_for(evaluation: Evaluation, kind: str) -> bool:
    """Whether lines of a kind can be written now: the timetable while planning, the rest once it begins."""
    planning = kind == VisitRecord.Kind.APPOINTMENT
    return evaluation.head.phase in (PLANNED_WHILE if planning else RECORDED_WHILE)


def mark(record: VisitRecord) -> str:
    """Return what tells whether a line is still as it was."""
    return sha256(line_facts(record))


def line_facts(record: VisitRecord) -> dict[str, str]:
    """Return a line as plain text for the ledger, empty fields left out."""
    pairs = {field: getattr(record, field) for field in FIELDS if field != "site"}
    pairs |= {"kind": record.kind, "site": record.site_id}
    return {field: str(value) for field, value in pairs.items() if value}


def _store(line: VisitRecord) -> None:
    try:
        with transaction.atomic():
            line.save()
    except IntegrityError as error:
        raise Conflict([Problem("visit.one_meeting")]) from error


def _own_site(evaluation: Evaluation, site: Site | None) -> None:
    if site is not None and site.platform_id != evaluation.platform_id:
        raise Invalid([Problem("visit.other_site", where=("site",))])


def _line(evaluation: Evaluation, key: UUID) -> VisitRecord:
    """Return a line as the ledger's turn found it."""
    found = evaluation.visit_records.select_related("written_by").filter(pk=key).first()
    if found is None:
        raise Conflict([Problem("visit.line_gone")])
    return found


def _while(evaluation: Evaluation, kind: str) -> None:
    if not open_for(evaluation, kind):
        raise Conflict([Problem("visit.too_late", {"state": evaluation.head.phase})])
