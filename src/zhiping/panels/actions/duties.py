"""Duties: which member leads and which member checks each indicator (6.2.3)."""

from collections.abc import Mapping
from uuid import UUID

from zhiping.domain import duties as rules
from zhiping.domain.errors import Invalid, Problem
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.panels.models import Duty, Seat
from zhiping.panels.queries.duties import as_members
from zhiping.panels.rules import seated

Pair = tuple[UUID | None, UUID | None]  # the seats that lead and check


def assign_duties(act: Act, evaluation: Evaluation, *, duties: Mapping[str, Pair]) -> None:
    """Set who leads and who checks each indicator, by seat; an indicator left out has no duty.

    Raises Invalid `panel.duty_alone` where one person would do both or only checks, `panel.duty_unknown`
    where an indicator or a seat is not of this evaluation; each problem is placed at its indicator.
    """
    with act.move(evaluation, "assign_duties") as entry:
        _store(evaluation, duties, entry)


def share_duties(act: Act, evaluation: Evaluation) -> None:
    """Share all indicators evenly among lead and members, by their fields of knowledge (domain.duties).

    Raises Invalid `panel.nobody_to_share` where the panel has no members yet.
    """
    with act.move(evaluation, "share_duties") as entry:
        shared = rules.share(evaluation.rubric.as_domain().indicators, as_members(evaluation))
        if not shared:
            raise Invalid.of("panel.nobody_to_share")
        pairs = {d.indicator: (UUID(d.leads), UUID(d.checks) if d.checks else None) for d in shared}
        _store(evaluation, pairs, entry)


def _store(evaluation: Evaluation, duties: Mapping[str, Pair], entry: Entry) -> None:
    seats = {s.pk: s for s in seated(evaluation) if s.role in Seat.SCORERS}
    known = {i.id for i in evaluation.rubric.as_domain().indicators}
    wanted = {key: pair for key, pair in duties.items() if pair != (None, None)}
    if problems := [p for key, pair in wanted.items() for p in _problems(key, pair, known, seats)]:
        raise Invalid(problems)
    entry.remove_all(evaluation.duties.all())
    entry.add_all(
        Duty(
            evaluation=evaluation, indicator=key, leads=seats[leads], checks=seats[checks] if checks else None
        )
        for key, (leads, checks) in wanted.items()
        if leads
    )


def _problems(key: str, pair: Pair, known: set[str], seats: Mapping[UUID, Seat]) -> list[Problem]:
    leads, checks = pair
    if key not in known or not {leads, checks} - {None} <= seats.keys():
        return [Problem("panel.duty_unknown", {"indicator": key}, (key,))]
    if leads is None or leads == checks:
        return [Problem("panel.duty_alone", {"indicator": key}, (key,))]
    return []
