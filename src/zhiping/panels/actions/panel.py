"""Composing a panel: who sits, as what, in which order (6.2.1)."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.experts.models import Expert
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.notices import actions as notices
from zhiping.panels.models import Duty, Seat
from zhiping.panels.queries.draw import bound_by_draw, live_draw
from zhiping.panels.queries.panel import drawn
from zhiping.panels.queries.pool import free
from zhiping.panels.rules import seated
from zhiping.permissions import require

COMPOSED_WHILE = (State.PLANNED, State.PREPARING)
WAITING_WHILE = (*COMPOSED_WHILE, State.SCORING, State.DELIBERATING)


def seat_expert(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    expert: Expert,
    role: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Seat:
    """Appoint an expert to a seat; a new lead makes the former one a member. The expert is told.

    Substitutes and secretaries can still be named while scoring goes on. Raises Invalid `panel.not_in_pool`,
    Conflict `panel.seated_already`, `panel.too_late`.
    """
    require(by, "panels.seat_expert", evaluation)
    with seating(evaluation, "panel.seated", by=by, at=now, id=id, expect=expect) as entry:
        during(evaluation, COMPOSED_WHILE if role in Seat.SCORERS else WAITING_WHILE)
        if any(s.expert_id == expert.pk for s in seated(evaluation)):
            raise Conflict([Problem("panel.seated_already", {"name": expert.name})])
        if not free(evaluation).filter(pk=expert.pk).exists():
            raise Invalid([Problem("panel.not_in_pool", {"name": expert.name}, ("expert",))])
        if role == Seat.Role.LEAD:
            step_down(evaluation)
        seat = Seat(
            id=id or uuid7(), evaluation=evaluation, expert=expert, role=role,
            place=_last_place(evaluation) + 1, origin=Seat.Origin.APPOINTED,
        )  # fmt: skip
        seat.save(force_insert=True)
        entry.data = facts(seat)
        tell_seated([seat], evaluation, now=now)
    return seat


def change_role(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    seat: Seat,
    role: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Seat:
    """Give somebody another role; a new lead makes the former one a member.

    While scoring goes on only a vacant lead can be filled, from among the members. Who was drawn becomes a
    member or waits as substitute by the draw alone: Conflict `panel.drawn_in_order`.
    """
    require(by, "panels.change_role", evaluation)
    with seating(evaluation, "panel.role_changed", by=by, at=now, id=id, expect=expect) as entry:
        still_seated(seat)
        vacant = not any(s.role == Seat.Role.LEAD for s in seated(evaluation))
        fills = role == Seat.Role.LEAD and seat.role == Seat.Role.MEMBER and vacant
        during(evaluation, WAITING_WHILE if fills else COMPOSED_WHILE)
        if bound_by_draw(evaluation, seat) and out_of_turn(seat.role, role):
            raise Conflict([Problem("panel.drawn_in_order", {"name": seat.expert.name})])
        if role == Seat.Role.LEAD:
            step_down(evaluation)
        entry.data = {"seat": str(seat.pk), "expert": str(seat.expert_id), "role": [seat.role, role]}
        if role not in Seat.SCORERS:
            drop_duties([seat])
        seat.role = role
        seat.save(update_fields=("role",))
    return seat


def unseat_expert(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    seat: Seat,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take back an appointment, which needs no reason before scoring begins. The expert is told.

    Who was drawn leaves only by a recusal that is on record: Conflict `panel.drawn_needs_recusal`.
    """
    require(by, "panels.unseat_expert", evaluation)
    with seating(evaluation, "panel.unseated", by=by, at=now, id=id, expect=expect) as entry:
        still_seated(seat)
        during(evaluation, COMPOSED_WHILE if seat.role in Seat.SCORERS else WAITING_WHILE)
        if bound_by_draw(evaluation, seat):
            raise Conflict([Problem("panel.drawn_needs_recusal", {"name": seat.expert.name})])
        entry.data = facts(seat)
        leave([seat], now)


def move_up(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    seat: Seat,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """List somebody before the one above in the same role; the order of drawn substitutes is the draw's."""
    require(by, "panels.move_up", evaluation)
    with seating(evaluation, "panel.ordered", by=by, at=now, id=id, expect=expect) as entry:
        still_seated(seat)
        during(evaluation, WAITING_WHILE)
        order = seated(evaluation)
        rank = next(n for n, s in enumerate(order) if s.pk == seat.pk)
        above = max((n for n in range(rank) if order[n].role == seat.role), default=rank)
        pair = (seat, order[above])
        if seat.role == Seat.Role.SUBSTITUTE and any(bound_by_draw(evaluation, s) for s in pair):
            raise Conflict([Problem("panel.drawn_in_order", {"name": seat.expert.name})])
        order.insert(above, order.pop(rank))
        for place, each in enumerate(order, 1):
            each.place = place
        Seat.objects.bulk_update(order, ("place",))
        entry.data = {"order": [str(s.pk) for s in order]}


def copy_panel(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    id: UUID | None = None,
    expect: int | None = None,
) -> list[Evaluation]:
    """Give every other evaluation of the trip that is not under way yet the same panel and duties.

    Whether it is legal is another question for each platform. Nothing is copied where one of them has drawn
    members who are not on this panel: Conflict `panel.drawn_needs_recusal`, or sit otherwise on it:
    `panel.drawn_in_order`.
    """
    require(by, "panels.copy_panel", evaluation)
    others = _of_trip(evaluation)
    if not others:
        raise Invalid([Problem("panel.no_trip")])
    for target in others:
        require(by, "panels.copy_panel", target)
    with each_turn([evaluation, *others], "panel.copied", by=by, at=now, id=id, expect=expect) as entries:
        for target in others:
            during(target, COMPOSED_WHILE)
            _take_over(evaluation, target, now)
        data = {"from": str(evaluation.pk), "seats": [facts(s) for s in seated(evaluation)]}
        for target in others:
            entries[target.pk].data = data
        entries[evaluation.pk].data = {"to": [str(e.pk) for e in others]}
    return others


@contextmanager
def seating(evaluation: Evaluation, name: str, **given: Any) -> Iterator[ledger.Entry]:
    """Record a change of an evaluation's seats; what was read of it before is read again."""
    with ledger.record(evaluation, name, **given) as entry:
        yield entry
    evaluation.refresh_from_db()


@contextmanager
def each_turn(
    evaluations: Sequence[Evaluation],
    name: str,
    *,
    by: User,
    at: dt.datetime,
    id: UUID | None = None,
    expect: int | None = None,
) -> Iterator[dict[UUID, ledger.Entry]]:
    """Take the turn of several evaluations, each for an event of its own; `id` and `expect` of the first.

    In the order of their ids, so that two who do this never wait for each other in a ring.
    """
    key = id or uuid7()
    with transaction.atomic(), ExitStack() as turns:
        entries = {}
        for each in sorted(evaluations, key=lambda e: e.pk):
            first = each is evaluations[0]
            own = key if first else uuid5(key, str(each.pk))
            turn = seating(each, name, by=by, at=at, id=own, expect=expect if first else None)
            entries[each.pk] = turns.enter_context(turn)
        yield entries


def _of_trip(evaluation: Evaluation) -> list[Evaluation]:
    found = Evaluation.objects.filter(
        trip__isnull=False, trip=evaluation.trip_id, head__phase__in=COMPOSED_WHILE
    )
    return list(
        found.exclude(pk=evaluation.pk).select_related("head", "platform", "authority").order_by("pk")
    )


def _take_over(source: Evaluation, target: Evaluation, now: dt.datetime) -> None:
    """Make a panel equal to another; who sits in both keeps the seat with its declaration."""
    wanted = {s.expert_id: s for s in seated(source)}
    here = {s.expert_id: s for s in seated(target)}
    leaving = [s for key, s in here.items() if key not in wanted]
    bound = drawn(target, live_draw(target))
    if gone := [s.expert.name for s in leaving if s.pk in bound]:
        raise Conflict([Problem("panel.drawn_needs_recusal", {"name": gone})])
    if moved := [
        s.expert.name for key, s in here.items() if s.pk in bound and out_of_turn(s.role, wanted[key].role)
    ]:
        raise Conflict([Problem("panel.drawn_in_order", {"name": moved})])
    drop_duties(here.values())
    leave(leaving, now)
    step_down(target)
    made = []
    for key, pattern in sorted(wanted.items(), key=lambda pair: pair[1].role == Seat.Role.LEAD):
        seat = here.get(key)
        if seat is None:
            origin = Seat.Origin.APPOINTED
            seat = here[key] = Seat(evaluation=target, expert=pattern.expert, origin=origin)
            made.append(seat)
        seat.role, seat.place = pattern.role, pattern.place
        seat.save(force_insert=seat in made)
    if source.rubric_id == target.rubric_id:
        _copy_duties(source, target, here)
    tell_seated(made, target, now=now)


def out_of_turn(role: str, wanted: str) -> bool:
    """Whether somebody drawn would score, or wait, otherwise than by the draw; who leads is not drawn."""
    return role != wanted and not {role, wanted} <= set(Seat.SCORERS)


def _copy_duties(source: Evaluation, target: Evaluation, seats: dict[UUID, Seat]) -> None:
    duties = source.duties.filter(leads__left__isnull=True).select_related("leads", "checks")
    Duty.objects.bulk_create(
        Duty(
            evaluation=target,
            indicator=d.indicator,
            leads=seats[d.leads.expert_id],
            checks=seats.get(d.checks.expert_id) if d.checks else None,
        )
        for d in duties
    )


def during(evaluation: Evaluation, states: Collection[str]) -> None:
    """Let go on only in these states, as the turn found them; Conflict `panel.too_late`."""
    if evaluation.head.phase not in states:
        raise Conflict([Problem("panel.too_late", {"state": evaluation.head.phase})])


def facts(seat: Seat) -> dict[str, str]:
    """Return a seat as plain data for the ledger."""
    return {
        "seat": str(seat.pk),
        "expert": str(seat.expert_id),
        "name": seat.expert.name,
        "role": seat.role,
        "origin": seat.origin,
    }


def tell_seated(seats: Iterable[Seat], evaluation: Evaluation, *, now: dt.datetime) -> None:
    """Tell experts that they sit on a panel and are asked to declare."""
    for seat in seats:
        if seat.expert.user:
            data = {"platform": evaluation.platform.name}
            url = reverse("panels:declare", args=[evaluation.pk])
            notices.notify(to=seat.expert.user, code="panel.appointed", data=data, url=url, now=now)


def drop_duties(seats: Iterable[Seat]) -> None:
    """Take duties from people who do not score any more; what they checked stays with who leads it."""
    for seat in seats:
        seat.leads.all().delete()
        seat.checks.update(checks=None)


def leave(seats: Iterable[Seat], now: dt.datetime) -> None:
    """Take back seats with their duties; the experts are told."""
    for seat in seats:
        drop_duties([seat])
        seat.left = now
        seat.save(update_fields=("left",))
        if seat.expert.user:
            data = {"platform": seat.evaluation.platform.name}
            notices.notify(to=seat.expert.user, code="panel.removed", data=data, now=now)


def still_seated(seat: Seat) -> None:
    """Read the seat anew in the ledger's turn; Conflict `panel.left_already` where somebody was faster."""
    seat.refresh_from_db()
    if seat.left:
        raise Conflict([Problem("panel.left_already", {"name": seat.expert.name})])


def step_down(evaluation: Evaluation) -> None:
    """Make who leads the panel a member, because another will lead it."""
    for seat in seated(evaluation):
        if seat.role == Seat.Role.LEAD and seat.left is None:
            seat.role = Seat.Role.MEMBER
            seat.save(update_fields=("role",))


def _last_place(evaluation: Evaluation) -> int:
    return max((s.place for s in seated(evaluation)), default=0)
