"""Recusals of a panel, the seats they left vacant, and the substitutes for them (6.2.2)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet, UUIDField
from django.http import Http404
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.domain import panel as rules
from zhiping.domain.panel import Code
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import visible_to
from zhiping.evaluations.rules import has_charge
from zhiping.ledger.entry import Need
from zhiping.panels.models import Recusal, Seat
from zhiping.panels.queries.check import as_panel, panel_legal, panel_of
from zhiping.panels.queries.draw import in_turn, live_draw
from zhiping.panels.queries.pool import visit_days
from zhiping.panels.rules import seated
from zhiping.permissions import require
from zhiping.statements import Given, Statement

PERSONAL: tuple[Code, ...] = ("title", "training", "declaration", "conflict", "own_indicator")


@dataclass(frozen=True, slots=True)
class Standby:
    """A substitute: the checks that do not pass for this one, and whether it is this one's turn."""

    seat: Seat
    against: Mapping[Code, str]  # check → fail or not_shown
    turn: bool

    @property
    def ready(self) -> bool:
        """Whether the panel would be legal with this one and the order of a draw is kept."""
        return self.turn and not self.against


def recusals(user: User, evaluation: Evaluation) -> QuerySet[Recusal]:
    """Return the requests a user may read: all for those in charge, else those by or about the user."""
    requests = Recusal.objects.filter(seat__evaluation=evaluation).select_related(
        "seat__expert__user", "asked_by", "decided_by"
    )
    if has_charge(user, evaluation):
        return requests.order_by("-asked")
    return requests.filter(Q(asked_by=user) | Q(seat__expert__user=user)).order_by("-asked")


def get_recusal(user: User, recusal_id: UUID, permission: str) -> Recusal:
    """Return one request; Http404 where the user may not read it, NotAllowed without the permission."""
    visible = Recusal.objects.filter(seat__evaluation__in=visible_to(user)).select_related(
        "seat__expert__user", "seat__evaluation__head", "seat__evaluation__platform__operator",
        "seat__evaluation__authority", "asked_by",
    )  # fmt: skip
    recusal = get_object_or_404(visible, pk=recusal_id)
    if recusal not in recusals(user, recusal.seat.evaluation):
        raise Http404
    require(user, permission, recusal.seat)
    return recusal


_VACANCIES = Statement(
    lambda: (
        Seat.objects.filter(
            evaluation=Given("evaluation", UUIDField()), left__isnull=False, role__in=Seat.SCORERS,
            recusals__granted=True, replaced_by__isnull=True,
        )
        .select_related("expert")
        .order_by("left")
    )
)  # fmt: skip


def vacancies(evaluation: Evaluation) -> list[Seat]:
    """Return the seats left by a recusal of lead or members for which no substitute has stepped in yet."""
    return _VACANCIES.things(evaluation=evaluation.pk)


NEEDS: dict[str, Need] = {  # of the replacement of members once scoring has begun (domain.lifecycle)
    "recusal_recorded": lambda evaluation, _today: bool(vacancies(evaluation)),
    "panel_legal": panel_legal,
}


def standbys(evaluation: Evaluation, vacant: list[Seat], *, today: dt.date) -> list[Standby]:
    """Return the substitutes in order, each with the checks that would not pass with it.

    After a draw its rules and its order name the next one; without a draw any may step in.
    """
    waiting = [s for s in seated(evaluation) if s.role == Seat.Role.SUBSTITUTE]
    if not vacant or not waiting:
        return []
    panel = panel_of(evaluation)
    draw = live_draw(evaluation)
    scoring = [s for s in seated(evaluation) if s.role in Seat.SCORERS]
    turn = in_turn(draw, scoring, waiting, vacant) if draw else [str(s.expert_id) for s in waiting]
    days = visit_days(evaluation, today)
    substitutes = []
    for seat, expert in zip(waiting, as_panel(evaluation, waiting), strict=True):
        states = {
            check["code"]: check["state"]
            for check in rules.checks(
                [expert], rubric=evaluation.rubric.as_domain(), kind=evaluation.kind,
                operator=evaluation.platform.operator.name, dates=days, members=1,
            )
        }  # fmt: skip
        against = {code: states[code] for code in PERSONAL if states.get(code, "pass") != "pass"}
        if not any(one.experience for one in (*panel, expert)):
            against["experience"] = "fail"
        substitutes.append(Standby(seat, against, str(seat.expert_id) in turn))
    return substitutes
