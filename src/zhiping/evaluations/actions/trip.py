"""Group a programme's evaluations into trips.

A trip's rows change in the programme's ledger; which trip an evaluation belongs to, in its own.
"""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import Q, QuerySet

from zhiping.accounts.models import Region
from zhiping.domain import dates
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.evaluations.actions.evaluation import group_evaluation
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.evaluations.queries.programme import can_be_grouped, waiting_for_trip
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry


def add_trip(
    act: Act,
    programme: Programme,
    *,
    name: str,
    starts: dt.date | None = None,
    ends: dt.date | None = None,
    note: str = "",
) -> Trip:
    """Plan a trip: one team visits several platforms.

    Raises Invalid `programmes.trip_name_taken`, `programmes.trip_start`, `dates.trip`.
    """
    with act.move(programme, "add_trip") as entry:
        _check_dates(starts, ends)
        trip = Trip(id=entry.id, programme=programme, name=name, starts=starts, ends=ends, note=note)
        entry.add(trip, taken=_name_taken(name))
    return trip


def change_trip(
    act: Act,
    trip: Trip,
    *,
    name: str,
    starts: dt.date | None = None,
    ends: dt.date | None = None,
    note: str = "",
) -> Trip:
    """Change a trip's name, days or note."""
    with act.move(trip.programme, "change_trip") as entry:
        _check_dates(starts, ends)
        entry.change(trip, taken=_name_taken(name), name=name, starts=starts, ends=ends, note=note)
    return trip


def remove_trip(act: Act, trip: Trip) -> None:
    """Delete a trip; its evaluations stay in the programme, without a trip.

    Raises Conflict `programmes.trip_drawn` where experts were drawn for it, `programmes.trip_started` where
    one of its evaluations can no longer be moved.
    """
    with act.move(trip.programme, "remove_trip", locks=(trip.evaluations.all(),)) as entry:
        if trip.draws.exists():
            raise Conflict.of("programmes.trip_drawn")
        if trip.evaluations.exclude(can_be_grouped()).exists():
            raise Conflict.of("programmes.trip_started")
        rows = _locked(entry, trip.evaluations.all())
        group_evaluation(act.caused(entry), rows, trip=None)
        entry.data = {"evaluations": [row.pk for row in rows]}
        entry.remove(trip)


def assign_trip(
    act: Act, programme: Programme, *, evaluations: QuerySet[Evaluation], trip: Trip | None
) -> int:
    """Put evaluations of the programme into a trip, or with None out of theirs; return how many.

    Only those not yet scoring are moved. Raises Conflict `programmes.trip_none_movable` where none is,
    `programmes.trip_bound` where a draw for the trip they leave or join was not abandoned: it would no longer
    decide who sits on their panels.
    """
    chosen = evaluations.filter(can_be_grouped(), programme=programme)
    with act.move(programme, "assign_trip", locks=(chosen,)) as entry:
        if trip is not None and trip.programme_id != programme.pk:
            raise Invalid.of("programmes.trip_other_programme", "trip")
        rows = _locked(entry, chosen)
        if not rows:
            raise Conflict.of("programmes.trip_none_movable")
        _check_draws(rows, trip)
        group_evaluation(act.caused(entry), rows, trip=trip)
        entry.data = {"trip": trip.pk if trip else None, "evaluations": [row.pk for row in rows]}
    return len(rows)


def propose_trips(act: Act, programme: Programme) -> int:
    """Group the evaluations that are in no trip by league-city, one trip each; return how many were grouped.

    An existing trip named after the league-city gets them, unless experts were drawn for it. Raises Conflict
    `programmes.trip_none_movable`.
    """
    waiting = waiting_for_trip(programme)
    with act.move(programme, "propose_trips", locks=(waiting,)) as entry:
        cities: dict[str, list[Evaluation]] = defaultdict(list)
        for row in _locked(entry, waiting):
            cities[f"{row.platform.region_id[:4]}00"].append(row)
        groups: list[dict[str, Any]] = []
        for city, rows in sorted(cities.items()):
            if trip := _trip_of_city(entry, programme, city):
                group_evaluation(act.caused(entry), rows, trip=trip)
                groups.append({"trip": trip.pk, "evaluations": [row.pk for row in rows]})
        if not groups:
            raise Conflict.of("programmes.trip_none_movable")
        entry.data = {"trips": groups}
    return sum(len(group["evaluations"]) for group in groups)


def _locked(entry: Entry, evaluations: QuerySet[Evaluation]) -> list[Evaluation]:
    """Return evaluations whose locks are held, with their heads; one opened since is left out."""
    keys = evaluations.filter(pk__in=entry.locked).order_by().values("pk")
    return list(Evaluation.objects.filter(pk__in=keys).select_related("head", "platform").order_by("pk"))


def _trip_of_city(entry: Entry, programme: Programme, city: str) -> Trip | None:
    """Return the trip named after a league-city, added if there is none; None where a draw binds it."""
    name = Region.objects.get(code=city).name
    trip = Trip.objects.filter(programme=programme, name=name).first()
    if trip is None:
        trip = Trip(programme=programme, name=name)
        entry.add(trip)
    elif trip.draws.filter(abandoned="").exists():
        return None
    return trip


def _check_draws(evaluations: list[Evaluation], trip: Trip | None) -> None:
    concerned = Q(evaluations__in=evaluations)
    if trip is not None:
        concerned |= Q(pk=trip.pk)
    bound = Trip.objects.filter(concerned, draws__abandoned="").order_by("name").distinct()
    if names := list(bound.values_list("name", flat=True)):
        raise Conflict.of("programmes.trip_bound", trip=names)


def _check_dates(starts: dt.date | None, ends: dt.date | None) -> None:
    if ends and starts is None:
        raise Invalid.of("programmes.trip_start", "starts")
    dates.check({"starts": starts, "ends": ends})


def _name_taken(name: str) -> Problem:
    return Problem("programmes.trip_name_taken", {"name": name}, ("name",))
