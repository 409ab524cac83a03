"""Planning a visit and keeping its record (6.1.4, 8.5.1)."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import State
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.preparation.models import Evaluation, VisitRecord
from zhiping.registry.models import Site

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
    require(by, "preparation.plan_visit", evaluation)
    with ledger.record(evaluation, "visit.planned", by=by, at=now, id=id, expect=expect) as entry:
        _while(evaluation, PLANNED_WHILE)
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

    `rows`: day (ISO), time, subject. Raises Conflict `visit.has_timetable` where there are lines already.
    """
    require(by, "preparation.plan_visit", evaluation)
    with ledger.record(evaluation, "visit.timetable_proposed", by=by, at=now, id=id, expect=expect) as entry:
        _while(evaluation, PLANNED_WHILE)
        kind = VisitRecord.Kind.APPOINTMENT
        if evaluation.visit_records.filter(kind=kind).exists():
            raise Conflict([Problem("visit.has_timetable")])
        VisitRecord.objects.bulk_create(
            VisitRecord(evaluation=evaluation, kind=kind, written_by=by, **row) for row in rows
        )
        entry.data = {"rows": rows}


def write_visit_record(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    kind: str,
    record: VisitRecord | None = None,
    id: UUID | None = None,
    expect: int | None = None,
    **facts: Any,
) -> VisitRecord:
    """Write a line of the visit, or correct one; a correction keeps what stood there in the ledger.

    Raises Conflict `visit.too_late` outside preparation and scoring, Conflict `visit.one_meeting` for a
    second opening or closing meeting, Invalid `visit.other_site` for a site of another platform.
    """
    require(by, "preparation.write_visit_record", evaluation)
    name = "visit.corrected" if record else "visit.recorded"
    with ledger.record(evaluation, name, by=by, at=now, id=id, expect=expect) as entry:
        planning = kind == VisitRecord.Kind.APPOINTMENT
        _while(evaluation, PLANNED_WHILE if planning else RECORDED_WHILE)
        _own_site(evaluation, facts.get("site"))
        line = record or VisitRecord(id=id or uuid7(), evaluation=evaluation, kind=kind)
        if record:
            record.refresh_from_db()
            entry.data = {"before": line_facts(record)}
        for field, value in facts.items():
            setattr(line, field, value)
        line.written_by = by
        _store(line)
        entry.data |= {"line": str(line.pk), "after": line_facts(line)}
    return line


def remove_visit_record(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    record: VisitRecord,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take a line out again; the ledger keeps what it said."""
    require(by, "preparation.remove_visit_record", evaluation)
    with ledger.record(evaluation, "visit.removed", by=by, at=now, id=id, expect=expect) as entry:
        _while(evaluation, RECORDED_WHILE if record.kind != VisitRecord.Kind.APPOINTMENT else PLANNED_WHILE)
        entry.data = {"line": str(record.pk), "before": line_facts(record)}
        record.delete()


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


def _while(evaluation: Evaluation, states: tuple[State, ...]) -> None:
    if evaluation.head.phase not in states:
        raise Conflict([Problem("visit.too_late", {"state": evaluation.head.phase})])
