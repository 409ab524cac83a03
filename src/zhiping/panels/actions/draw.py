"""Drawing a panel: seal the seed, draw, take the seats, or give the draw up for a reason on record (6.2)."""

import base64
import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.domain import draw as rules
from zhiping.domain.draw import Outcome
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import DrawState, State
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.models import Evaluation
from zhiping.experts.models import Expert
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.notices import actions as notices
from zhiping.panels.actions.panel import COMPOSED_WHILE, during, each_turn, leave, step_down, tell_seated
from zhiping.panels.models import Draw, Seat
from zhiping.panels.queries.draw import Target, conditions, drawn_from, outcome, standing_draws, target_of
from zhiping.panels.queries.panel import in_charge
from zhiping.panels.rules import seated
from zhiping.permissions import require


def commit_draw(
    *,
    by: User,
    now: dt.datetime,
    target: Target,
    seats: int,
    substitutes: int,
    experience: int = 1,
    fields: Mapping[str, int] | None = None,
    per_employer: int = 0,
    per_region: int = 0,
    fixed: Sequence[str] = (),
    excluded: Mapping[str, str] | None = None,
    id: UUID | None = None,
) -> Draw:
    """Fix rules and pool and seal a fresh seed; its commitment is on record before anybody knows the order.

    Every officer of the authority is told the commitment, so that it is known outside this database.
    `excluded`: ids with the reason; `fixed`: ids of those already appointed. Raises Invalid where the rules
    cannot be met from the pool, Conflict `draws.under_way` where another draw for the same, or for one of the
    trip's evaluations, or for the trip, was not abandoned: nobody chooses between two results.
    """
    require(by, "panels.commit_draw", target.authority)
    key = id or uuid7()
    if not target.evaluations:
        raise Invalid([Problem("draws.nothing_open")])
    wanted = conditions(
        target, timezone.localtime(now).date(), seats=seats, substitutes=substitutes, experience=experience,
        fields=fields, per_employer=per_employer, per_region=per_region, fixed=fixed, excluded=excluded,
    )  # fmt: skip
    with ledger.begin("draw", "draw.committed", by=by, at=now, id=key, phase=DrawState.COMMITTED) as entry:
        pool, seed = drawn_from(target, wanted), secrets.token_hex(32)
        rules.check(wanted, pool)
        draw = Draw(
            head=entry.head, trip=target.trip, evaluation=None if target.trip else target.evaluations[0],
            programme_id=target.evaluations[0].programme_id, rules=wanted, pool=pool, committed=now,
            commitment=rules.commitment(wanted, pool, seed), secret=_seal(seed),
        )  # fmt: skip
        _store(draw)
        told = {"draw": str(key), "commitment": draw.commitment}
        entry.data = {**told, "rules": sha256(wanted), "experts": len(pool)}
        turns = each_turn(target.evaluations, "draw.committed", by=by, at=now, id=uuid5(key, "evaluations"))
        with turns as entries:
            if standing_draws(target).exclude(pk=draw.pk).exists():
                raise Conflict([Problem("draws.under_way")])
            for evaluation in target.evaluations:
                during(evaluation, COMPOSED_WHILE)
                entries[evaluation.pk].data = told
        _tell(draw, "draws.committed", {"commitment": draw.commitment}, now)
    return draw


def perform_draw(
    *,
    by: User,
    now: dt.datetime,
    draw: Draw,
    words: str = "",
    id: UUID | None = None,
    expect: int | None = None,
) -> Draw:
    """Open the seal and draw. `words`: what a second person says now, mixed into the seed.

    With words nobody can have known the result before, not even who can open the seal. Raises Conflict
    `draws.altered` where rules, pool or seed are not those of the commitment.
    """
    require(by, "panels.perform_draw", draw)
    with ledger.move(draw, "perform_draw", by=by, at=now, id=id, expect=expect) as entry:
        seed = _unseal(draw.secret)
        result = rules.draw(draw.rules, draw.pool, seed, words)
        if result["commitment"] != draw.commitment:
            raise Conflict([Problem("draws.altered")])
        draw.seed, draw.result, draw.drawn = seed, result, now
        draw.save(update_fields=("seed", "result", "drawn"))
        told = {"commitment": draw.commitment, "seed": seed, "words": result["words"]}
        entry.data = {**told, **_who(result), "result": sha256(result)}
        _tell(draw, "draws.drawn", {}, now)
    return draw


def apply_draw(
    *,
    by: User,
    now: dt.datetime,
    draw: Draw,
    lead: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Let who was drawn take the seats, substitutes in their order; `lead` is chosen among the members.

    Whoever sat there otherwise leaves, but not the secretary; who sat there already keeps the seat with its
    declaration. Raises Invalid `draws.lead`, Conflict `draws.not_drawn`, `draws.applied_already`.
    """
    require(by, "panels.apply_draw", draw)
    key = id or uuid7()
    with ledger.record(draw, "draw.applied", by=by, at=now, id=key, expect=expect) as entry:
        result = outcome(draw)
        if draw.head.phase != DrawState.DRAWN:
            raise Conflict([Problem("draws.not_drawn")])
        if draw.applied:
            raise Conflict([Problem("draws.applied_already")])
        if lead not in result["members"]:
            raise Invalid([Problem("draws.lead", where=("lead",))])
        target = target_of(draw)
        turns = each_turn(target.evaluations, "panel.drawn", by=by, at=now, id=uuid5(key, "evaluations"))
        with turns as entries:
            for evaluation in target.evaluations:
                during(evaluation, COMPOSED_WHILE)
                _seat(draw, evaluation, lead, now)
                entries[evaluation.pk].data = {"draw": str(draw.pk), "lead": lead, **_who(result)}
        draw.applied = now
        draw.save(update_fields=("applied",))
        entry.data = {"lead": lead, "evaluations": [str(e.pk) for e in target.evaluations]}


def abandon_draw(
    *,
    by: User,
    now: dt.datetime,
    draw: Draw,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Draw:
    """Give a draw up before scoring begins; it stays on record with the reason, and every new one is counted.

    Who was seated by it stays until a new draw or an officer changes the panel. Raises Conflict
    `panel.too_late` where scoring has begun on its ground.
    """
    require(by, "panels.abandon_draw", draw)
    key = id or uuid7()
    with ledger.move(draw, "abandon_draw", by=by, at=now, id=key, expect=expect) as entry:
        if draw.applied and _started(draw):
            raise Conflict([Problem("panel.too_late")])
        draw.abandoned = reason
        draw.save(update_fields=("abandoned",))
        entry.data = {"reason": reason, "applied": bool(draw.applied)}
        target = target_of(draw)
        turns = each_turn(target.evaluations, "draw.abandoned", by=by, at=now, id=uuid5(key, "evaluations"))
        with turns as entries:
            for told in entries.values():
                told.data = {"draw": str(draw.pk), "commitment": draw.commitment, "reason": reason}
        _tell(draw, "draws.abandoned", {"reason": reason}, now)
    return draw


def _started(draw: Draw) -> bool:
    concerned = Q(trip=draw.trip_id) if draw.trip_id else Q(pk=draw.evaluation_id)
    still_open = (*COMPOSED_WHILE, State.CANCELLED)
    return Evaluation.objects.filter(concerned).exclude(head__phase__in=still_open).exists()


def _store(draw: Draw) -> None:
    try:
        with transaction.atomic():
            draw.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict([Problem("draws.under_way")]) from error


def _seat(draw: Draw, evaluation: Evaluation, lead: str, now: dt.datetime) -> None:
    here = {str(s.expert_id): s for s in seated(evaluation)}
    members, substitutes = _who(outcome(draw)).values()
    order = [*members, *substitutes]
    leave([s for key, s in here.items() if key not in order and s.role != Seat.Role.SECRETARY], now)
    step_down(evaluation)
    experts = {str(e.pk): e for e in Expert.objects.filter(pk__in=map(UUID, order)).select_related("user")}
    made = []
    for place, key in sorted(enumerate(order, 1), key=lambda one: one[1] == lead):
        seat = here.get(key) or Seat(evaluation=evaluation, expert=experts[key])
        if key not in here:
            made.append(seat)
        role = Seat.Role.MEMBER if key in members else Seat.Role.SUBSTITUTE
        seat.role = Seat.Role.LEAD if key == lead else role
        fixed = key in draw.rules["fixed"]
        seat.origin = Seat.Origin.APPOINTED if fixed else Seat.Origin.DRAWN
        seat.place = place
        seat.save(force_insert=key not in here)
    tell_seated(made, evaluation, now=now)


def _who(result: Outcome) -> dict[str, list[str]]:
    return {"members": result["members"], "substitutes": [one["id"] for one in result["substitutes"]]}


def _tell(draw: Draw, code: str, data: Mapping[str, str], now: dt.datetime) -> None:
    target = target_of(draw)
    if target.evaluations:
        url = reverse("panels:drawn", args=[draw.pk])
        people = in_charge(target.evaluations[0])
        notices.notify(to=people, code=code, data={**data, "name": str(target.subject)}, url=url, now=now)


def _seal(seed: str) -> str:
    """Encrypt a seed so that a reader of the database, or of a copy of it, does not know the order."""
    return _keys().encrypt(bytes.fromhex(seed)).decode()


def _unseal(secret: str) -> str:
    return _keys().decrypt(secret.encode()).hex()


def _keys() -> MultiFernet:
    found: list[str] = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = (hashlib.sha256(b"zhiping draw seal\n" + key.encode()).digest() for key in found)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
