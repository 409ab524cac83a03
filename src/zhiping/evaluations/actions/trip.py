"""Grouping a programme's evaluations into trips; told in the programme's ledger, under its turn."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from zhiping.accounts.models import Region, User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import ProgrammeState, State
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.evaluations.queries.programme import waiting_for_trip
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger

GROUPED_WHILE = (State.PLANNED, State.PREPARING)


def add_trip(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    name: str,
    starts: dt.date | None = None,
    ends: dt.date | None = None,
    note: str = "",
    id: UUID | None = None,
    expect: int | None = None,
) -> Trip:
    """Plan a trip: one team visits several platforms.

    Raises Invalid `programmes.trip_name_taken`, `programmes.trip_dates`.
    """
    require(by, "evaluations.add_trip", programme)
    with ledger.record(programme, "programme.trip_added", by=by, at=now, id=id, expect=expect) as entry:
        _not_closed(programme)
        trip = Trip(id=id or uuid7(), programme=programme, name=name, starts=starts, ends=ends, note=note)
        _store(trip)
        entry.data = facts(trip)
    return trip


def change_trip(
    *,
    by: User,
    now: dt.datetime,
    trip: Trip,
    name: str,
    starts: dt.date | None = None,
    ends: dt.date | None = None,
    note: str = "",
    id: UUID | None = None,
    expect: int | None = None,
) -> Trip:
    """Change a trip's name, days or note."""
    require(by, "evaluations.change_trip", trip.programme)
    programme = trip.programme
    with ledger.record(programme, "programme.trip_changed", by=by, at=now, id=id, expect=expect) as entry:
        _not_closed(programme)
        trip.refresh_from_db()
        before = facts(trip)
        trip.name, trip.starts, trip.ends, trip.note = name, starts, ends, note
        _store(trip)
        entry.data = {"before": before, "after": facts(trip)}
    return trip


def remove_trip(*, by: User, now: dt.datetime, trip: Trip, id: UUID | None = None) -> None:
    """Give a trip up; its evaluations stay in the programme, without a trip.

    Raises Conflict `programmes.trip_drawn` where experts were drawn for it.
    """
    require(by, "evaluations.remove_trip", trip.programme)
    programme = trip.programme
    with ledger.record(programme, "programme.trip_removed", by=by, at=now, id=id) as entry:
        _not_closed(programme)
        if trip.draws.exists():
            raise Conflict([Problem("programmes.trip_drawn")])
        entry.data = facts(trip) | {"evaluations": _keys(trip.evaluations.all())}
        trip.evaluations.update(trip=None)
        trip.delete()


def assign_trip(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    evaluations: QuerySet[Evaluation],
    trip: Trip | None,
    id: UUID | None = None,
    expect: int | None = None,
) -> int:
    """Put evaluations of the programme into a trip, or with None out of theirs; return how many.

    Only those not yet scoring are moved. Raises Conflict `programmes.trip_none_movable` where none is,
    `programmes.trip_bound` where a draw for the trip they leave or join was not given up: who was drawn would
    be bound no more, or sit where nobody drew.
    """
    require(by, "evaluations.assign_trip", programme)
    with ledger.record(programme, "programme.trip_assigned", by=by, at=now, id=id, expect=expect) as entry:
        _not_closed(programme)
        if trip is not None and trip.programme_id != programme.pk:
            raise Invalid([Problem("programmes.trip_other_programme", where=("trip",))])
        chosen = evaluations.filter(programme=programme, head__phase__in=GROUPED_WHILE)
        ledger.hold(chosen)
        keys = _keys(chosen)
        if not keys:
            raise Conflict([Problem("programmes.trip_none_movable")])
        _not_bound(chosen, trip)
        entry.data = {"trip": str(trip.pk) if trip else None, "evaluations": keys}
        Evaluation.objects.filter(pk__in=chosen.order_by().values("pk")).update(trip=trip)
    return len(keys)


def propose_trips(
    *, by: User, now: dt.datetime, programme: Programme, id: UUID | None = None, expect: int | None = None
) -> int:
    """Group the evaluations that are in no trip by league-city, one trip each; return how many were grouped.

    A trip that bears the league-city's name already takes them, unless experts were drawn for it. Raises
    Conflict `programmes.trip_none_movable`.
    """
    require(by, "evaluations.propose_trips", programme)
    with ledger.record(programme, "programme.trips_proposed", by=by, at=now, id=id, expect=expect) as entry:
        _not_closed(programme)
        waiting = waiting_for_trip(programme)
        codes = waiting.order_by().values_list("platform__region_id", flat=True).distinct()
        cities = sorted({f"{code[:4]}00" for code in codes})
        trips = [group for city in cities if (group := _group(programme, city))]
        if not trips:
            raise Conflict([Problem("programmes.trip_none_movable")])
        entry.data = {"trips": trips}
    return sum(len(trip["evaluations"]) for trip in entry.data["trips"])


def _group(programme: Programme, city: str) -> dict[str, str | list[str]] | None:
    """Put what waits in a league-city into the trip of its name; None where a draw binds that trip."""
    region = Region.objects.get(code=city)
    name = region.name
    trip = Trip.objects.filter(programme=programme, name=name).first()
    if trip is None:
        trip = Trip(programme=programme, name=name)
        _store(trip)
    elif trip.draws.filter(abandoned="").exists():
        return None
    inside = waiting_for_trip(programme).filter(
        platform__region_id__gte=region.code, platform__region_id__lte=region.last_code
    )
    keys = _keys(inside)
    Evaluation.objects.filter(pk__in=inside.order_by().values("pk")).update(trip=trip)
    return {"trip": str(trip.pk), "name": name, "evaluations": keys}


def facts(trip: Trip) -> dict[str, str]:
    """Return a trip as plain text for the ledger."""
    return {
        "trip": str(trip.pk),
        "name": trip.name,
        "starts": str(trip.starts or ""),
        "ends": str(trip.ends or ""),
        "note": trip.note,
    }


def _not_bound(evaluations: QuerySet[Evaluation], trip: Trip | None) -> None:
    concerned = Q(evaluations__in=evaluations.order_by().values("pk"))
    if trip is not None:
        concerned |= Q(pk=trip.pk)
    bound = Trip.objects.filter(concerned, draws__abandoned="").order_by("name").distinct()
    if names := list(bound.values_list("name", flat=True)):
        raise Conflict([Problem("programmes.trip_bound", {"trip": names})])


def _keys(evaluations: QuerySet[Evaluation]) -> list[str]:
    return [str(key) for key in evaluations.order_by("pk").values_list("pk", flat=True)]


def _not_closed(programme: Programme) -> None:
    if programme.head.phase == ProgrammeState.CLOSED:
        raise Conflict([Problem("evaluations.programme_closed")])


def _store(trip: Trip) -> None:
    if trip.ends and (trip.starts is None or trip.ends < trip.starts):
        raise Invalid([Problem("programmes.trip_dates", where=("ends",))])
    try:
        with transaction.atomic():
            trip.save()
    except IntegrityError as error:
        raise Invalid([Problem("programmes.trip_name_taken", {"name": trip.name}, ("name",))]) from error
