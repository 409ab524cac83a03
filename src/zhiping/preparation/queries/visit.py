"""A visit as its page shows it, and as papers read it."""

import datetime as dt
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.domain.evaluation import Appointment, Interview, Meeting, Seen, Visit
from zhiping.preparation.models import Evaluation, VisitRecord
from zhiping.preparation.queries.evaluation import visible_to
from zhiping.preparation.rules.visit import reads

Kind = VisitRecord.Kind
ONCE = (Kind.OPENING, Kind.CLOSING)  # there is one such meeting


def records(user: User, evaluation: Evaluation) -> QuerySet[VisitRecord]:
    """Return the lines of a visit: all for the panel and the authority, else the timetable and the sites."""
    lines = evaluation.visit_records.select_related("site", "written_by")
    return lines if reads(user, evaluation) else lines.filter(kind__in=(Kind.APPOINTMENT, Kind.SITE))


def get_record(user: User, evaluation: Evaluation, record_id: UUID) -> VisitRecord:
    """Return one line; Http404 where the person may not see it."""
    return get_object_or_404(records(user, evaluation).filter(evaluation__in=visible_to(user)), pk=record_id)


def facts(evaluation: Evaluation) -> Visit:
    """Return the visit as papers and reports read it: one query."""
    lines = sorted(evaluation.visit_records.select_related("site"), key=lambda r: r.kind)
    by_kind = {kind: list(found) for kind, found in groupby(lines, key=lambda r: r.kind)}
    signed = tuple(r.who for r in by_kind.get(Kind.SIGN_IN, ()))
    return Visit(
        start=evaluation.visit_start,
        end=evaluation.visit_end,
        place=evaluation.visit_place,
        sites=tuple(r.site.name if r.site else r.subject for r in by_kind.get(Kind.SITE, ())),
        schedule=tuple(
            Appointment(_when(r), r.subject, r.place, r.who) for r in by_kind.get(Kind.APPOINTMENT, ())
        ),
        opening=_meeting(by_kind.get(Kind.OPENING), signed),
        closing=_meeting(by_kind.get(Kind.CLOSING), signed),
        seen=tuple(
            Seen(r.subject, r.number, r.date, r.page, tuple(r.criteria.split()))
            for r in by_kind.get(Kind.SEEN, ())
        ),
        interviews=tuple(Interview(r.who, r.role, r.subject) for r in by_kind.get(Kind.INTERVIEW, ())),
    )


def _when(record: VisitRecord) -> str:
    return " ".join(filter(None, (record.day.isoformat() if record.day else "", record.time)))


def _meeting(found: list[VisitRecord] | None, signed: tuple[str, ...]) -> Meeting:
    if not found:
        return Meeting()
    record = found[0]
    return Meeting(_when(record), record.place, record.who, signed, record.note)


def days(start: dt.date, end: dt.date) -> list[dt.date]:
    """Return the days of a visit, at most ten."""
    return [start + dt.timedelta(days=n) for n in range(min((end - start).days, 9) + 1)]
