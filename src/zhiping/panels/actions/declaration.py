"""Declaring impartiality and confidentiality for an evaluation, and any conflict (6.2.2)."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID, uuid5

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.notices import actions as notices
from zhiping.panels.actions.panel import WAITING_WHILE, during, still_seated
from zhiping.panels.models import Seat
from zhiping.panels.queries.panel import in_charge


def sign_declarations(
    *,
    by: User,
    now: dt.datetime,
    seats: Sequence[Seat],
    conflict: str,
    runs: Sequence[str] | None = None,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Sign for one's own seats, all at once; `conflict` "" states that there is none.

    `runs`: the indicators one is in charge of, for a self-evaluation. `expect` is of the first seat's
    evaluation. Signing again corrects what was declared, and keeps the day of the first signature. A
    conflict is told to whoever runs the evaluation. Raises Conflict `panel.too_late`, `panel.left_already`.
    """
    for seat in seats:
        require(by, "panels.sign_declaration", seat)
    key = id or uuid7()
    with transaction.atomic():
        for seat in sorted(seats, key=lambda s: s.evaluation_id):
            seen = expect if seat is seats[0] else None
            own = key if seat is seats[0] else uuid5(key, str(seat.pk))
            _declare(seat, conflict, runs, by=by, now=now, day=now, on_paper=False, id=own, expect=seen)


def record_declaration(
    *,
    by: User,
    now: dt.datetime,
    seat: Seat,
    signed: dt.date,
    conflict: str,
    runs: Sequence[str] | None = None,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Record a declaration somebody signed on paper, with its day; the paper itself is filed.

    Raises Invalid `panel.signed_later` for a day to come, Conflict `panel.signed_in_person` where the expert
    has signed here.
    """
    require(by, "panels.record_declaration", seat)
    if signed > timezone.localtime(now).date():
        raise Invalid([Problem("panel.signed_later", where=("signed",))])
    day = timezone.make_aware(dt.datetime.combine(signed, dt.time(12)))
    _declare(seat, conflict, runs, by=by, now=now, day=day, on_paper=True, id=id, expect=expect)


def _declare(
    seat: Seat,
    conflict: str,
    runs: Sequence[str] | None,
    *,
    by: User,
    now: dt.datetime,
    day: dt.datetime,
    on_paper: bool,
    id: UUID | None,
    expect: int | None,
) -> None:
    with ledger.record(seat.evaluation, "declaration.signed", by=by, at=now, id=id, expect=expect) as entry:
        during(seat.evaluation, WAITING_WHILE)
        still_seated(seat)
        if on_paper and seat.declared and not seat.on_paper:
            raise Conflict([Problem("panel.signed_in_person", {"name": seat.expert.name})])
        seat.declared = day if on_paper else seat.declared or day
        seat.declared_by, seat.on_paper, seat.conflict = by, on_paper, conflict.strip()
        seat.runs = seat.runs if runs is None else sorted(runs)
        seat.save(update_fields=("declared", "declared_by", "on_paper", "conflict", "runs"))
        entry.data = {
            "seat": str(seat.pk),
            "signed": str(timezone.localtime(seat.declared).date()),
            "on_paper": on_paper,
            "conflict": seat.conflict,
            "runs": seat.runs,
        }
        if seat.conflict:
            _tell_conflict(seat, now)


def _tell_conflict(seat: Seat, now: dt.datetime) -> None:
    data = {"name": seat.expert.name, "platform": seat.evaluation.platform.name}
    url = reverse("panels:panel", args=[seat.evaluation_id])
    notices.notify(to=in_charge(seat.evaluation), code="panel.conflict_declared", data=data, url=url, now=now)
