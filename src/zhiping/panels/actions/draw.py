"""Draw a panel: commit to a seed, draw, compose the panels, or abandon the draw with a reason (6.2)."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from zhiping.domain import draw as rules
from zhiping.domain.draw import Outcome
from zhiping.domain.draw_conditions import Conditions
from zhiping.domain.errors import Conflict, Invalid
from zhiping.domain.lifecycle import DrawState, State
from zhiping.evaluations.models import Evaluation, Trip
from zhiping.experts.models import Expert
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices
from zhiping.panels.actions import seeds
from zhiping.panels.actions.panel import leave, notify_seated
from zhiping.panels.models import Draw, Seat
from zhiping.panels.queries import draw as queries
from zhiping.panels.queries.panel import in_charge
from zhiping.panels.rules import seated


def commit_draw(act: Act, subject: Evaluation | Trip, *, conditions: Conditions) -> Draw:
    """Fix rules and pool and encrypt a fresh seed; record the commitment before the order can be known.

    Every officer of the authority is notified of the commitment, so that it is known outside this database.
    Raises Invalid `draws.nothing_open`, or where the pool cannot meet the rules; Conflict `draws.under_way`
    where a draw for the same subject, for one of the trip's evaluations or for the trip was not abandoned:
    an authority cannot choose between two results.
    """
    with act.begin(
        "panels.commit_draw", "draw", "draw.committed", about=queries.authority_of(subject),
        phase=DrawState.COMMITTED, locks=(subject.programme, queries.evaluations_of(subject)),
    ) as entry:  # fmt: skip
        subject.refresh_from_db()
        target = queries.target_for(subject)
        if not target.evaluations:
            raise Invalid.of("draws.nothing_open")
        if queries.standing_draws(target).exists():
            raise Conflict.of("draws.under_way")
        draw = _committed(entry, target, conditions, act)
        entry.add(draw)
        with act.caused(entry).move_many(target.evaluations, "commit_draw") as entries:
            for each in entries:
                each.data = {"draw": draw.pk, "commitment": draw.commitment}
        _notify(draw, "draws.committed", {"commitment": draw.commitment}, act)
    return draw


def perform_draw(act: Act, draw: Draw, *, words: str = "") -> Draw:
    """Decrypt the seed and draw. `words`: spoken by a second person now, mixed into the seed.

    With words the result could not be known before, not even with the key of the seed. Raises Conflict
    `draws.altered` where rules, pool or seed are not those of the commitment.
    """
    with act.move(draw, "perform_draw", locks=(draw.evaluation,)) as entry:
        _ensure_running(draw, State.SUSPENDED, State.CANCELLED)
        seed = seeds.decrypt(draw.secret)
        result = rules.draw(draw.rules, draw.pool, seed, words)
        if result["commitment"] != draw.commitment:
            raise Conflict.of("draws.altered")
        entry.change(draw, seed=seed, result=result, drawn=act.now)
        _notify(draw, "draws.drawn", {}, act)
    return draw


def apply_draw(act: Act, draw: Draw, *, lead: str) -> None:
    """Compose the panels of the result; `lead`: the expert, one of the members drawn, who leads them.

    Raises Invalid `draws.lead`, `draws.nothing_open`; Conflict `draws.applied_already`.
    """
    evaluations = queries.evaluations_of(queries.target_of(draw).subject)
    with act.move(draw, "apply_draw", locks=(evaluations,)) as entry:
        if draw.applied:
            raise Conflict.of("draws.applied_already")
        if lead not in queries.outcome(draw)["members"]:
            raise Invalid.of("draws.lead", "lead")
        target = queries.target_of(draw)
        if not target.evaluations:
            raise Invalid.of("draws.nothing_open")
        for evaluation in target.evaluations:
            compose_drawn(act.caused(entry), evaluation, draw=draw, lead=lead)
        entry.change(draw, applied=act.now)
        entry.data = {"lead": lead, "evaluations": [evaluation.pk for evaluation in target.evaluations]}


def compose_drawn(act: Act, evaluation: Evaluation, *, draw: Draw, lead: str) -> None:
    """Seat the members drawn and the substitutes in their order.

    Other experts leave the panel, except the secretary; an expert who is seated already keeps the seat and
    its declaration.
    """
    with act.move(evaluation, "compose_drawn") as entry:
        held = {str(seat.expert_id): seat for seat in seated(evaluation)}
        wanted = _wanted(draw, lead)
        others = [seat for key, seat in held.items() if key not in wanted]
        leave(entry, [seat for seat in others if seat.role != Seat.Role.SECRETARY], act)
        for seat in held.values():  # the panel has one lead at a time: the former one first
            if seat.role == Seat.Role.LEAD and str(seat.expert_id) != lead:
                entry.change(seat, role=Seat.Role.MEMBER)
        experts = Expert.objects.filter(pk__in=[key for key in wanted if key not in held])
        added = [
            Seat(evaluation=evaluation, expert=expert, **wanted[str(expert.pk)])
            for expert in experts.select_related("user")
        ]
        for key, values in wanted.items():
            if key in held:
                entry.change(held[key], **values)
        entry.add_all(added)
        entry.data = {"draw": draw.pk}
        notify_seated(added, evaluation, act)


def abandon_draw(act: Act, draw: Draw, *, reason: str) -> Draw:
    """Abandon a draw before scoring begins; it stays on record with the reason, and later ones are counted.

    Experts seated by it stay until a new draw or an officer changes the panel. Raises Conflict
    `ledger.not_now` where it was applied and one of its evaluations has started.
    """
    evaluations = queries.evaluations_of(queries.target_of(draw).subject)
    with act.move(draw, "abandon_draw", reason=reason, locks=(evaluations,)) as entry:
        _ensure_running(draw, State.SUSPENDED)
        entry.change(draw, abandoned=reason)
        composed = evaluations.exclude(head__phase=State.CANCELLED)
        for evaluation in composed if draw.applied else queries.target_of(draw).evaluations:
            with act.caused(entry).move(evaluation, "abandon_draw") as each:
                each.data = {"draw": draw.pk, "commitment": draw.commitment, "reason": reason}
        _notify(draw, "draws.abandoned", {"reason": reason}, act)
    return draw


def _ensure_running(draw: Draw, *refused: str) -> None:
    """Raise Conflict `ledger.not_now` where the evaluation of a draw is in one of the states."""
    stopped = Evaluation.objects.filter(pk=draw.evaluation_id, head__phase__in=refused)
    if state := stopped.values_list("head__phase", flat=True).first():
        raise Conflict.of("ledger.not_now", state=state)


def _committed(entry: Entry, target: queries.Target, conditions: Conditions, act: Act) -> Draw:
    """Return a new draw with a fresh seed; raise Invalid where the pool cannot meet the conditions."""
    wanted, seed = queries.rules_for(target, conditions, act.today), secrets.token_hex(32)
    pool = queries.drawn_from(target, wanted)
    rules.check(wanted, pool)
    return Draw(
        head=entry.head, trip=target.trip, evaluation=None if target.trip else target.evaluations[0],
        programme_id=target.evaluations[0].programme_id, rules=wanted, pool=pool, committed=act.now,
        commitment=rules.commitment(wanted, pool, seed), secret=seeds.encrypt(seed),
    )  # fmt: skip


def _wanted(draw: Draw, lead: str) -> dict[str, dict[str, Any]]:
    """Return role, place and origin of each seat of a draw's result, by the expert's id."""
    result: Outcome = queries.outcome(draw)
    substitutes = [one["id"] for one in result["substitutes"]]
    roles = dict.fromkeys(result["members"], Seat.Role.MEMBER)
    roles |= dict.fromkeys(substitutes, Seat.Role.SUBSTITUTE) | {lead: Seat.Role.LEAD}
    fixed = dict.fromkeys(draw.rules["fixed"], Seat.Origin.APPOINTED)
    return {
        key: {"role": role, "place": place, "origin": fixed.get(key, Seat.Origin.DRAWN)}
        for place, (key, role) in enumerate(roles.items(), 1)
    }


def _notify(draw: Draw, code: str, data: Mapping[str, str], act: Act) -> None:
    target = queries.target_of(draw)
    if target.evaluations:
        people, url = in_charge(target.evaluations[0]), reverse("panels:drawn", args=[draw.pk])
        notices.notify(to=people, code=code, data={**data, "name": str(target.subject)}, url=url, now=act.now)
