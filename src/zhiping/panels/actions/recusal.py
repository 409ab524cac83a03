"""Stepping aside: asked for, decided with a reason, and who steps in (6.2.2)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.notices import actions as notices
from zhiping.panels.actions.panel import COMPOSED_WHILE, WAITING_WHILE, during, seating, still_seated
from zhiping.panels.models import Recusal, Seat
from zhiping.panels.queries.check import panel_checks
from zhiping.panels.queries.panel import in_charge
from zhiping.panels.queries.recusal import standbys, vacancies
from zhiping.permissions import require


def ask_recusal(
    *,
    by: User,
    now: dt.datetime,
    seat: Seat,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Recusal:
    """Ask that somebody steps aside: oneself, or another by who runs the evaluation or the operator's head.

    Whoever runs the evaluation is told. Raises Conflict `panel.asked_already`, `panel.left_already`.
    """
    require(by, "panels.ask_recusal", seat)
    with ledger.record(seat.evaluation, "recusal.asked", by=by, at=now, id=id, expect=expect) as entry:
        during(seat.evaluation, WAITING_WHILE)
        still_seated(seat)
        if seat.recusals.filter(granted__isnull=True).exists():
            raise Conflict([Problem("panel.asked_already", {"name": seat.expert.name})])
        found = Recusal(id=id or uuid7(), seat=seat, reason=reason, asked=now, asked_by=by)
        found.save(force_insert=True)
        entry.data = {
            "recusal": str(found.pk),
            "seat": str(seat.pk),
            "name": seat.expert.name,
            "reason": reason,
        }
        _tell(in_charge(seat.evaluation), "panel.recusal_asked", seat, now)
    return found


def decide_recusal(
    *,
    by: User,
    now: dt.datetime,
    recusal: Recusal,
    granted: bool,
    decision: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Recusal:
    """Grant or refuse a request, with the reason; the expert and whoever asked are told.

    Once granted the seat is vacant, and its duties wait for who steps in. Nobody decides on the own seat.
    Raises Conflict `panel.decided_already`.
    """
    require(by, "panels.decide_recusal", recusal.seat)
    seat = recusal.seat
    with seating(seat.evaluation, "recusal.decided", by=by, at=now, id=id, expect=expect) as entry:
        during(seat.evaluation, WAITING_WHILE)
        recusal.refresh_from_db()
        if recusal.granted is not None:
            raise Conflict([Problem("panel.decided_already", {"name": seat.expert.name})])
        still_seated(seat)
        recusal.granted, recusal.decision = granted, decision
        recusal.decided, recusal.decided_by = now, by
        recusal.save(update_fields=("granted", "decision", "decided", "decided_by"))
        if granted:
            seat.left = now
            seat.save(update_fields=("left",))
        entry.data = {
            "recusal": str(recusal.pk),
            "seat": str(seat.pk),
            "name": seat.expert.name,
            "granted": granted,
            "decision": decision,
        }
        people = {u.pk: u for u in (seat.expert.user, recusal.asked_by) if u}
        _tell(people.values(), f"panel.recusal_{'granted' if granted else 'refused'}", seat, now)
    return recusal


def step_in(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    leaves: Seat,
    comes: Seat,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Let a substitute take a vacant seat and its duties, before scoring begins.

    Raises Conflict `panel.not_vacant`, `panel.not_in_turn` where the order of a draw names another.
    """
    require(by, "panels.step_in", evaluation)
    with ledger.record(evaluation, "member.stepped_in", by=by, at=now, id=id, expect=expect) as entry:
        during(evaluation, COMPOSED_WHILE)
        entry.data = {"members": _exchange(evaluation, [(leaves, comes)], now=now, joined=None)}


def replace_members(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    pairs: Sequence[tuple[Seat, Seat]],
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Let substitutes take vacant seats (who left, who comes) while scoring or deliberation is under way.

    Back to scoring: newcomers mark blind, as everybody did. Raises Conflict `panel.not_vacant`,
    `panel.not_in_turn`, and `panel.not_legal` where a check would still not pass: nothing happens then.
    """
    require(by, "panels.replace_members", evaluation)
    with ledger.move(evaluation, "replace_members", by=by, at=now, id=id, expect=expect) as entry:
        if not pairs:
            raise Invalid([Problem("panel.nobody_steps_in")])
        entry.data = {"members": _exchange(evaluation, pairs, now=now, joined=now)}
        today = timezone.localtime(now).date()
        failing = [c for c in panel_checks(evaluation, today=today) if c["state"] != "pass"]
        if failing:
            raise Conflict([Problem("panel.not_legal")])


def _exchange(
    evaluation: Evaluation,
    pairs: Sequence[tuple[Seat, Seat]],
    *,
    now: dt.datetime,
    joined: dt.datetime | None,
) -> list[dict[str, str]]:
    vacant = vacancies(evaluation)
    waiting = {s.seat.pk: s for s in standbys(evaluation, vacant, today=timezone.localtime(now).date())}
    told = []
    for leaves, comes in pairs:
        if leaves not in vacant or comes.pk not in waiting:
            raise Conflict([Problem("panel.not_vacant")])
        if not waiting[comes.pk].turn:
            raise Conflict([Problem("panel.not_in_turn", {"name": comes.expert.name})])
        vacant.remove(leaves)
        seat = waiting.pop(comes.pk).seat
        seat.role, seat.place, seat.replaces, seat.joined = Seat.Role.MEMBER, leaves.place, leaves, joined
        seat.save(update_fields=("role", "place", "replaces", "joined"))
        leaves.leads.update(leads=seat)
        leaves.checks.update(checks=seat)
        told.append({"left": leaves.expert.name, "came": seat.expert.name, "seat": str(seat.pk)})
        _tell([seat.expert.user] if seat.expert.user else [], "panel.stepped_in", seat, now)
    evaluation.refresh_from_db()  # its seats were read before this exchange
    return told


def _tell(people: Iterable[User], code: str, seat: Seat, now: dt.datetime) -> None:
    data = {"name": seat.expert.name, "platform": seat.evaluation.platform.name}
    url = reverse("panels:panel", args=[seat.evaluation_id])
    notices.notify(to=people, code=code, data=data, url=url, now=now)
