"""Recusals: asked for, decided with a reason, and the substitutes who step in (6.2.2)."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.domain.errors import Conflict, Invalid
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices
from zhiping.panels.actions.panel import held
from zhiping.panels.models import Recusal, Seat
from zhiping.panels.queries.panel import in_charge
from zhiping.panels.queries.recusal import NEEDS, standbys, vacancies


def ask_recusal(act: Act, seat: Seat, *, reason: str) -> Recusal:
    """Ask that an expert steps aside: the expert, the people in charge or the operator's head.

    Notifies the people in charge. Raises Conflict `panel.asked_already`, `panel.left_already`.
    """
    with act.move(seat.evaluation, "ask_recusal", about=seat) as entry:
        seat = held(seat.evaluation, seat)
        if seat.recusals.filter(granted__isnull=True).exists():
            raise Conflict.of("panel.asked_already", name=seat.expert.name)
        recusal = Recusal(id=entry.id, seat=seat, reason=reason, asked=act.now, asked_by=act.by)
        entry.add(recusal)
        _notify(in_charge(seat.evaluation), "panel.recusal_asked", seat, act)
    return recusal


def decide_recusal(act: Act, recusal: Recusal, *, granted: bool, decision: str) -> Recusal:
    """Grant or refuse a request, with the reason; notify the expert and the person who asked.

    Once granted the seat is vacant, and its duties wait for a substitute. Experts do not decide on their own
    seat. Raises Conflict `panel.decided_already`.
    """
    seat = recusal.seat
    with act.move(seat.evaluation, "decide_recusal", about=seat) as entry:
        recusal.refresh_from_db(fields=("granted",))
        if recusal.granted is not None:
            raise Conflict.of("panel.decided_already", name=seat.expert.name)
        seat = held(seat.evaluation, seat)
        entry.change(recusal, granted=granted, decision=decision, decided=act.now, decided_by=act.by)
        if granted:
            entry.change(seat, left=act.now)
        people = {person.pk: person for person in (seat.expert.user, recusal.asked_by) if person}
        _notify(people.values(), f"panel.recusal_{'granted' if granted else 'refused'}", seat, act)
    return recusal


def step_in(act: Act, evaluation: Evaluation, *, leaves: Seat, comes: Seat) -> None:
    """Give a vacant seat and its duties to a substitute, before scoring begins.

    Raises Conflict `panel.not_vacant`, `panel.not_in_turn` where the order of a draw names another.
    """
    with act.move(evaluation, "step_in") as entry:
        _exchange(act, entry, evaluation, [(leaves, comes)], joined=None)


def replace_members(act: Act, evaluation: Evaluation, *, pairs: Sequence[tuple[Seat, Seat]]) -> None:
    """Give vacant seats to substitutes (the seat left, the substitute) during scoring or deliberation.

    Scoring goes on: the newcomers mark without seeing other marks, as the panel did. Raises Conflict
    `panel.not_vacant`, `panel.not_in_turn`, and `lifecycle.panel_legal` where a check would still not pass.
    """
    with act.move(evaluation, "replace_members") as entry:
        if not pairs:
            raise Invalid.of("panel.nobody_steps_in")
        entry.check({"recusal_recorded": NEEDS["recusal_recorded"]})
        _exchange(act, entry, evaluation, pairs, joined=act.now)
        entry.check({"panel_legal": NEEDS["panel_legal"]})


def _exchange(
    act: Act, entry: Entry, evaluation: Evaluation, pairs: Sequence[tuple[Seat, Seat]], *,
    joined: dt.datetime | None,
) -> None:  # fmt: skip
    vacant = vacancies(evaluation)
    waiting = {standby.seat.pk: standby for standby in standbys(evaluation, vacant, today=act.today)}
    for leaves, comes in pairs:
        if leaves not in vacant or comes.pk not in waiting:
            raise Conflict.of("panel.not_vacant")
        if not waiting[comes.pk].turn:
            raise Conflict.of("panel.not_in_turn", name=comes.expert.name)
        vacant.remove(leaves)
        seat = waiting.pop(comes.pk).seat
        entry.change(seat, role=Seat.Role.MEMBER, place=leaves.place, replaces=leaves, joined=joined)
        entry.change_all(leaves.leads.all(), leads=seat)
        entry.change_all(leaves.checks.all(), checks=seat)
        _notify([seat.expert.user] if seat.expert.user else [], "panel.stepped_in", seat, act)


def _notify(people: Iterable[User], code: str, seat: Seat, act: Act) -> None:
    data = {"name": seat.expert.name, "platform": seat.evaluation.platform.name}
    url = reverse("panels:panel", args=[seat.evaluation_id])
    notices.notify(to=people, code=code, data=data, url=url, now=act.now)
