"""Declarations of impartiality and confidentiality for an evaluation, with any conflict (6.2.2)."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.models import Invitation, User
from zhiping.domain import dates
from zhiping.domain.errors import Conflict
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices
from zhiping.panels.actions.panel import held
from zhiping.panels.models import Seat
from zhiping.panels.queries.panel import in_charge, unconfirmed_reissue


def sign_declarations(
    act: Act, seats: Sequence[Seat], *, conflict: str, runs: Sequence[str] | None = None
) -> None:
    """Sign for one's own seats, all at once; an empty `conflict` declares that there is none.

    `runs`: the indicators one is in charge of, for a self-evaluation. The act's id and size are those of the
    first seat's evaluation. Signing again corrects the declaration, and keeps the day of the first signature.
    The people in charge of the evaluation are notified of a conflict, and of a signature to confirm because
    the account was issued again. Raises Conflict `ledger.not_now`, `panel.left_already`.
    """
    first, *others = seats
    for seat in others:
        act.require("panels.sign_declaration", seat)
    locks = [seat.evaluation for seat in others]
    with act.move(first.evaluation, "sign_declaration", about=first, locks=locks) as entry:
        _sign(act, entry, first, conflict, runs)
        caused = act.caused(entry)
        for seat in others:
            with caused.move(seat.evaluation, "sign_declaration", about=seat) as other:
                _sign(act, other, seat, conflict, runs)


def record_declaration(
    act: Act, seat: Seat, *, signed: dt.date, conflict: str, runs: Sequence[str] | None = None
) -> None:
    """Record a declaration signed on paper, with its day; the paper itself is filed.

    It replaces a signature here that waits for its confirmation. Raises Invalid `dates.future` for a day to
    come, Conflict `panel.signed_in_person` where the expert has signed here.
    """
    with act.move(seat.evaluation, "record_declaration", about=seat) as entry:
        dates.check({"declared": signed}, act.today, fields={"declared": "signed"})
        seat = held(seat.evaluation, seat)
        if seat.declared and not (seat.on_paper or seat.unconfirmed):
            raise Conflict.of("panel.signed_in_person", name=seat.expert.name)
        day = timezone.make_aware(dt.datetime.combine(signed, dt.time(12)))
        _declare(act, entry, seat, conflict, runs, day=day, on_paper=True)


def _sign(act: Act, entry: Entry, seat: Seat, conflict: str, runs: Sequence[str] | None) -> None:
    seat = held(seat.evaluation, seat)
    reissue = unconfirmed_reissue(seat.expert)
    _declare(act, entry, seat, conflict, runs, day=seat.declared or act.now, on_paper=False, reissue=reissue)
    if reissue:
        _notify(act, seat, "panel.confirm_declaration", _others(seat, reissue))


def _declare(
    act: Act, entry: Entry, seat: Seat, conflict: str, runs: Sequence[str] | None, *,
    day: dt.datetime, on_paper: bool, reissue: Invitation | None = None,
) -> None:  # fmt: skip
    entry.change(
        seat, declared=day, declared_by=act.by, on_paper=on_paper, conflict=conflict.strip(),
        runs=seat.runs if runs is None else sorted(runs), reissue=reissue, confirmed=None, confirmed_by=None,
    )  # fmt: skip
    if seat.conflict:
        _notify(act, seat, "panel.conflict_declared", in_charge(seat.evaluation))


def confirm_declaration(act: Act, seat: Seat) -> None:
    """Confirm that the expert signed, whose account was issued again before; not by the officer who did that.

    Later declarations with that account need no confirmation. Raises Conflict `panel.nothing_to_confirm`.
    """
    with act.move(seat.evaluation, "confirm_declaration", about=seat) as entry:
        seat = held(seat.evaluation, seat)
        if not seat.unconfirmed:
            raise Conflict.of("panel.nothing_to_confirm", name=seat.expert.name)
        act.require("panels.confirm_declaration", seat)  # signed again since, after another invitation
        entry.change(seat, confirmed=act.now, confirmed_by=act.by)


def _others(seat: Seat, reissue: Invitation) -> QuerySet[User]:
    """Return who may confirm a declaration."""
    involved = [pk for pk in (reissue.by_id, seat.expert.user_id) if pk]
    return in_charge(seat.evaluation).exclude(pk__in=involved)


def _notify(act: Act, seat: Seat, code: str, to: QuerySet[User]) -> None:
    data = {"name": seat.expert.name, "platform": seat.evaluation.platform.name}
    url = reverse("panels:panel", args=[seat.evaluation_id])
    notices.notify(to=to, code=code, data=data, url=url, now=act.now)
