"""Plan a visit and keep its record (6.1.4, 8.5.1)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse

from zhiping.accounts.models import Organisation, Role
from zhiping.domain import dates
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import offices_below
from zhiping.ledger.act import Act
from zhiping.ledger.entry import facts
from zhiping.notices import actions as notices
from zhiping.panels.queries.panel import holders
from zhiping.visits.models import VisitRecord
from zhiping.visits.queries import ONCE, dates_of

APPOINTMENT = VisitRecord.Kind.APPOINTMENT


def plan_visit(
    act: Act, evaluation: Evaluation, *, visit_start: dt.date, visit_end: dt.date, visit_place: str = ""
) -> None:
    """Set the days and the place of a visit; the panel's checks look at these days.

    Raises Invalid with what cannot be (domain.dates): a visit before the period or before service started.
    """
    with act.move(evaluation, "plan_visit") as entry:
        dates.check({**dates_of(evaluation), "visit_start": visit_start, "visit_end": visit_end})
        entry.change(evaluation, visit_start=visit_start, visit_end=visit_end, visit_place=visit_place)


def delegate_visit(act: Act, evaluation: Evaluation, *, office: Organisation) -> None:
    """Let an office below plan and record the visit, until this is revoked; notify its officers.

    The officers of an office that loses the visit by this are notified too. Raises Invalid
    `visit.other_office` for one that is not below the authority and over the platform.
    """
    with act.move(evaluation, "delegate_visit") as entry:
        if not offices_below(evaluation).filter(pk=office.pk).exists():
            raise Invalid.of("visit.other_office", "office")
        former = evaluation.visit_office
        entry.change(evaluation, visit_office=office)
        if former not in (None, office):
            _notify_office(act, evaluation, former, "visit.revoked")
        _notify_office(act, evaluation, office, "visit.delegated")


def revoke_delegation(act: Act, evaluation: Evaluation) -> None:
    """Take the visit back from the office below; notify its officers.

    Raises Conflict `visit.not_delegated`.
    """
    with act.move(evaluation, "revoke_delegation") as entry:
        office = evaluation.visit_office
        if office is None:
            raise Conflict.of("visit.not_delegated")
        entry.change(evaluation, visit_office=None)
        _notify_office(act, evaluation, office, "visit.revoked")


def _notify_office(act: Act, evaluation: Evaluation, office: Organisation, code: str) -> None:
    data, url = {"platform": evaluation.platform.name}, reverse("visits:visit", args=[evaluation.pk])
    notices.notify(to=holders(office.pk, Role.AUTHORITY), code=code, data=data, url=url, now=act.now)


def propose_timetable(act: Act, evaluation: Evaluation, *, rows: list[dict[str, str]]) -> None:
    """Add a proposed timetable where none is planned yet; each line can be changed after.

    `rows`: day (ISO), time, subject. Raises Conflict `visit.has_timetable` where there are lines already,
    `visit.no_days` where the visit has no days yet.
    """
    with act.move(evaluation, "propose_timetable") as entry:
        if evaluation.visit_records.filter(kind=APPOINTMENT).exists():
            raise Conflict.of("visit.has_timetable")
        if evaluation.visit_start is None:
            raise Conflict.of("visit.no_days")
        entry.add_all(
            VisitRecord(evaluation=evaluation, kind=APPOINTMENT, written_by=act.by, **row) for row in rows
        )


def write_visit_record(act: Act, evaluation: Evaluation, *, kind: str, **values: Any) -> VisitRecord:
    """Write a line of a kind.

    Raises Conflict `visit.one_meeting` for a second opening or closing meeting; Invalid for a site of another
    platform, a signature on a day to come.
    """
    with act.move(
        evaluation, "write_appointment" if kind == APPOINTMENT else "write_visit_record"
    ) as entry:  # fmt: skip
        _check(act, evaluation, kind, values)
        if kind in ONCE and evaluation.visit_records.filter(kind=kind).exists():
            raise Conflict.of("visit.one_meeting")
        record = VisitRecord(id=entry.id, evaluation=evaluation, kind=kind, written_by=act.by, **values)
        entry.add(record)
    return record


def correct_visit_record(
    act: Act, evaluation: Evaluation, *, line: UUID, was: str = "", **values: Any
) -> VisitRecord:
    """Correct a line; the ledger keeps what it held before.

    Several people write at once, so it is lines that are compared, not the size of the whole ledger: `was` is
    the `mark` of the line as it was seen. Raises Conflict `visit.line_gone`, `visit.line_changed`, and
    Invalid as `write_visit_record` does.
    """
    with act.move(
        evaluation, "correct_appointment" if _is_appointment(evaluation, line) else "correct_visit_record"
    ) as entry:
        record = _line(evaluation, line)
        if was and was != mark(record):
            raise Conflict.of("visit.line_changed", name=record.written_by.name)
        _check(act, evaluation, record.kind, values)
        entry.change(record, **values, written_by=act.by)
    return record


def remove_visit_record(act: Act, evaluation: Evaluation, *, line: UUID) -> None:
    """Remove a line; the ledger keeps what it held. Raises Conflict `visit.line_gone`."""
    with act.move(
        evaluation, "remove_appointment" if _is_appointment(evaluation, line) else "remove_visit_record"
    ) as entry:
        entry.remove(_line(evaluation, line))


def mark(record: VisitRecord) -> str:
    """Return a fingerprint of a line, by which a correction knows whether it is still as it was seen."""
    return sha256(facts(record))


def _is_appointment(evaluation: Evaluation, line: UUID) -> bool:
    """Return whether a line is of the timetable; read before the lock, because a line keeps its kind."""
    return evaluation.visit_records.filter(pk=line, kind=APPOINTMENT).exists()


def _check(act: Act, evaluation: Evaluation, kind: str, values: Mapping[str, Any]) -> None:
    """Raise Invalid with everything in a line that cannot be."""
    signed = values.get("day") if kind == VisitRecord.Kind.SIGN_IN else None
    wrong = [Problem(p.code, p.data, ("day",)) for p in dates.problems({"signed_in": signed}, act.today)]
    site = values.get("site")
    if site is not None and site.platform_id != evaluation.platform_id:
        wrong.append(Problem("visit.other_site", {}, ("site",)))
    if wrong:
        raise Invalid(wrong)


def _line(evaluation: Evaluation, line: UUID) -> VisitRecord:
    """Return a line as it is under the lock."""
    record = evaluation.visit_records.select_related("written_by").filter(pk=line).first()
    if record is None:
        raise Conflict.of("visit.line_gone")
    return record
