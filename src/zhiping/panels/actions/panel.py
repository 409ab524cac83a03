"""Compose a panel: seats, their roles and their order (6.2.1)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from zhiping.domain.errors import Conflict, Invalid
from zhiping.domain.lifecycle import possible, rows
from zhiping.evaluations.models import Evaluation
from zhiping.experts.models import Expert
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices
from zhiping.panels.models import Duty, Seat
from zhiping.panels.queries.draw import bound_by_draw, live_draw
from zhiping.panels.queries.panel import drawn
from zhiping.panels.queries.pool import free
from zhiping.panels.rules import read_seats


def seat_expert(act: Act, evaluation: Evaluation, *, expert: Expert, role: str) -> Seat:
    """Appoint an expert to a seat and notify the expert; a new lead makes the former one a member.

    Substitutes and secretaries can be appointed until the conclusion. Raises Invalid `panel.not_in_pool`,
    Conflict `panel.seated_already`, `ledger.not_now`.
    """
    with act.move(evaluation, "seat_expert" if role in Seat.SCORERS else "seat_helper") as entry:
        seats = read_seats(evaluation)
        if any(seat.expert_id == expert.pk for seat in seats):
            raise Conflict.of("panel.seated_already", name=expert.name)
        if not free(evaluation).filter(pk=expert.pk).exists():
            raise Invalid.of("panel.not_in_pool", "expert", name=expert.name)
        if role == Seat.Role.LEAD:
            step_down(entry, seats)
        seat = Seat(
            id=entry.id, evaluation=evaluation, expert=expert, role=role,
            place=max((seat.place for seat in seats), default=0) + 1, origin=Seat.Origin.APPOINTED,
        )  # fmt: skip
        entry.add(seat)
        notify_seated([seat], evaluation, act)
    return seat


def change_role(act: Act, evaluation: Evaluation, *, seat: Seat, role: str) -> Seat:
    """Change the role of a seat; a new lead makes the former one a member.

    Once scoring has begun only a vacant lead can be filled, by a member. Seats that were drawn become
    scoring or waiting ones by the draw alone: Conflict `panel.drawn_in_order`.
    """
    composing = possible("evaluation", "change_role", evaluation.head.phase)
    move = "change_role" if composing or role != Seat.Role.LEAD else "fill_lead"
    with act.move(evaluation, move) as entry:
        seat, seats = held(evaluation, seat), read_seats(evaluation)
        fills = seat.role == Seat.Role.MEMBER and not any(each.role == Seat.Role.LEAD for each in seats)
        if move == "fill_lead" and not fills:
            raise Conflict.of("ledger.not_now", state=evaluation.head.phase)
        if bound_by_draw(evaluation, seat) and out_of_turn(seat.role, role):
            raise Conflict.of("panel.drawn_in_order", name=seat.expert.name)
        if role == Seat.Role.LEAD:
            step_down(entry, [each for each in seats if each != seat])
        if role not in Seat.SCORERS:
            drop_duties(entry, [seat])
        entry.change(seat, role=role)
    return seat


def unseat_expert(act: Act, evaluation: Evaluation, *, seat: Seat) -> None:
    """Take back an appointment, without a reason before scoring begins, and notify the expert.

    A seat that was drawn becomes vacant by a recusal only: Conflict `panel.drawn_needs_recusal`.
    """
    move = "unseat_expert" if seat.role in Seat.SCORERS else "unseat_helper"
    with act.move(evaluation, move) as entry:
        seat = held(evaluation, seat)
        if seat.role in Seat.SCORERS and move == "unseat_helper":  # the role changed before the lock
            raise Conflict.of("ledger.changed")
        if bound_by_draw(evaluation, seat):
            raise Conflict.of("panel.drawn_needs_recusal", name=seat.expert.name)
        leave(entry, [seat], act)


def move_up(act: Act, evaluation: Evaluation, *, seat: Seat) -> None:
    """List a seat before the previous one of its role; the order of drawn substitutes is the draw's."""
    with act.move(evaluation, "move_up") as entry:
        seat, order = held(evaluation, seat), read_seats(evaluation)
        rank = order.index(seat)
        above = max((n for n in range(rank) if order[n].role == seat.role), default=rank)
        pair = (seat, order[above])
        if seat.role == Seat.Role.SUBSTITUTE and any(bound_by_draw(evaluation, each) for each in pair):
            raise Conflict.of("panel.drawn_in_order", name=seat.expert.name)
        order.insert(above, order.pop(rank))
        for place, each in enumerate(order, 1):
            entry.change(each, place=place)


def copy_panel(act: Act, evaluation: Evaluation) -> list[Evaluation]:
    """Give the trip's other evaluations that have not started the same panel and duties.

    Whether it is legal for their platforms is checked there. Nothing is copied where one of them has drawn
    members who are not on this panel: Conflict `panel.drawn_needs_recusal`, or have another role on it:
    `panel.drawn_in_order`. Raises Invalid `panel.no_trip` where there are no others.
    """
    others = _of_trip(evaluation)
    if not others:
        raise Invalid.of("panel.no_trip")
    for other in others:
        act.require("panels.copy_panel", other)
    with act.move(evaluation, "copy_panel", locks=others) as entry:
        for other in others:
            with act.caused(entry).move(other, "copy_panel") as each:
                _take_over(each, evaluation, other, act)
        entry.data = {"to": [other.pk for other in others]}
    return others


def held(evaluation: Evaluation, seat: Seat) -> Seat:
    """Return a seat as it is after the lock; raise Conflict `panel.left_already` where it was left."""
    for each in read_seats(evaluation):
        if each.pk == seat.pk:
            return each
    raise Conflict.of("panel.left_already", name=seat.expert.name)


def step_down(entry: Entry, seats: Iterable[Seat]) -> None:
    """Make the lead a member: the database admits one lead at a time."""
    for seat in seats:
        if seat.role == Seat.Role.LEAD:
            entry.change(seat, role=Seat.Role.MEMBER)


def leave(entry: Entry, seats: Iterable[Seat], act: Act) -> None:
    """Vacate seats, with their duties, and notify the experts."""
    for seat in seats:
        drop_duties(entry, [seat])
        entry.change(seat, left=act.now)
        if seat.expert.user:
            data = {"platform": seat.evaluation.platform.name}
            notices.notify(to=seat.expert.user, code="panel.removed", data=data, now=act.now)


def drop_duties(entry: Entry, seats: Iterable[Seat]) -> None:
    """Remove the duties of seats that do not score any more; an indicator they checked keeps its lead."""
    for seat in seats:
        entry.remove_all(seat.leads.all())
        entry.change_all(seat.checks.all(), checks=None)


def notify_seated(seats: Iterable[Seat], evaluation: Evaluation, act: Act) -> None:
    """Notify experts that they have a seat and that a declaration is expected."""
    for seat in seats:
        if seat.expert.user:
            data = {"platform": evaluation.platform.name}
            url = reverse("panels:declare", args=[evaluation.pk])
            notices.notify(to=seat.expert.user, code="panel.appointed", data=data, url=url, now=act.now)


def out_of_turn(role: str, wanted: str) -> bool:
    """Return whether a change of role would end or begin scoring; which member leads is not drawn."""
    return role != wanted and not {role, wanted} <= set(Seat.SCORERS)


def _of_trip(evaluation: Evaluation) -> list[Evaluation]:
    if evaluation.trip_id is None:
        return []
    sources = rows("evaluation", "copy_panel")[0].sources
    others = Evaluation.objects.filter(trip=evaluation.trip_id, head__phase__in=sources)
    return list(
        others.exclude(pk=evaluation.pk).select_related("head", "platform", "authority").order_by("pk")
    )


def _take_over(entry: Entry, source: Evaluation, target: Evaluation, act: Act) -> None:
    """Make a panel equal to another; an expert of both keeps the seat with its declaration."""
    wanted = {seat.expert_id: seat for seat in read_seats(source)}
    here = {seat.expert_id: seat for seat in read_seats(target)}
    leaving = [seat for key, seat in here.items() if key not in wanted]
    _keep_drawn(target, wanted, here)
    drop_duties(entry, here.values())
    leave(entry, leaving, act)
    step_down(entry, [seat for key, seat in here.items() if key in wanted])
    added = []
    for key, pattern in sorted(wanted.items(), key=lambda pair: pair[1].role == Seat.Role.LEAD):
        values: dict[str, Any] = {"role": pattern.role, "place": pattern.place}
        if seat := here.get(key):
            entry.change(seat, **values)
            continue
        here[key] = seat = Seat(
            evaluation=target, expert=pattern.expert, origin=Seat.Origin.APPOINTED, **values
        )
        entry.add(seat)
        added.append(seat)
    if source.rubric_id == target.rubric_id:
        entry.add_all(_duties(source, target, here))
    notify_seated(added, target, act)


def _keep_drawn(target: Evaluation, wanted: dict[Any, Seat], here: dict[Any, Seat]) -> None:
    """Raise Conflict where a copied panel would drop a seat that was drawn or change what it is for."""
    bound = drawn(target, live_draw(target))
    seats = [(key, seat) for key, seat in here.items() if seat.pk in bound]
    if gone := [seat.expert.name for key, seat in seats if key not in wanted]:
        raise Conflict.of("panel.drawn_needs_recusal", name=gone)
    if moved := [seat.expert.name for key, seat in seats if out_of_turn(seat.role, wanted[key].role)]:
        raise Conflict.of("panel.drawn_in_order", name=moved)


def _duties(source: Evaluation, target: Evaluation, seats: dict[Any, Seat]) -> Sequence[Duty]:
    duties = source.duties.filter(leads__left__isnull=True).select_related("leads", "checks")
    return [
        Duty(
            evaluation=target, indicator=duty.indicator, leads=seats[duty.leads.expert_id],
            checks=seats.get(duty.checks.expert_id) if duty.checks else None,
        )
        for duty in duties
    ]  # fmt: skip
