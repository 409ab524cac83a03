"""Sharing out who leads and who checks each indicator (6.2.3)."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.domain import duties as rules
from zhiping.domain.errors import Invalid, Problem
from zhiping.evaluations.models import Evaluation
from zhiping.ledger import actions as ledger
from zhiping.ledger.actions import Entry
from zhiping.panels.actions.panel import WAITING_WHILE, during
from zhiping.panels.models import Duty, Seat
from zhiping.panels.queries.duties import as_members
from zhiping.panels.rules import seated

Pair = tuple[UUID | None, UUID | None]  # seats: who leads, who checks


def assign_duties(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    duties: Mapping[str, Pair],
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Say who leads and who checks each indicator, by seat; an indicator left out is nobody's.

    Raises Invalid `panel.duty_alone` where one person is to do both or only checks, `panel.duty_unknown`
    where an indicator or a seat is not of this evaluation; each problem is placed at its indicator.
    """
    require(by, "panels.assign_duties", evaluation)
    with ledger.record(evaluation, "duties.assigned", by=by, at=now, id=id, expect=expect) as entry:
        during(evaluation, WAITING_WHILE)
        _store(evaluation, duties, entry)


def share_duties(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Share all indicators out evenly among lead and members, knowledge first (domain.duties).

    Raises Invalid `panel.nobody_to_share` where nobody sits on the panel yet.
    """
    require(by, "panels.share_duties", evaluation)
    with ledger.record(evaluation, "duties.shared", by=by, at=now, id=id, expect=expect) as entry:
        during(evaluation, WAITING_WHILE)
        found = rules.share(evaluation.rubric.as_domain().indicators, as_members(evaluation))
        if not found:
            raise Invalid([Problem("panel.nobody_to_share")])
        pairs = {d.indicator: (UUID(d.leads), UUID(d.checks) if d.checks else None) for d in found}
        _store(evaluation, pairs, entry)


def _store(evaluation: Evaluation, duties: Mapping[str, Pair], entry: Entry) -> None:
    seats = {s.pk: s for s in seated(evaluation) if s.role in Seat.SCORERS}
    known = {i.id for i in evaluation.rubric.as_domain().indicators}
    wanted = {key: pair for key, pair in duties.items() if pair != (None, None)}
    if problems := [p for key, pair in wanted.items() for p in _problems(key, pair, known, seats)]:
        raise Invalid(problems)
    evaluation.duties.all().delete()
    Duty.objects.bulk_create(
        Duty(
            evaluation=evaluation, indicator=key, leads=seats[leads], checks=seats[checks] if checks else None
        )
        for key, (leads, checks) in wanted.items()
        if leads
    )
    entry.data = {key: [str(leads), str(checks or "")] for key, (leads, checks) in wanted.items()}


def _problems(key: str, pair: Pair, known: set[str], seats: Mapping[UUID, Seat]) -> list[Problem]:
    leads, checks = pair
    if key not in known or not {leads, checks} - {None} <= seats.keys():
        return [Problem("panel.duty_unknown", {"indicator": key}, (key,))]
    if leads is None or leads == checks:
        return [Problem("panel.duty_alone", {"indicator": key}, (key,))]
    return []
