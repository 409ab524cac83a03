"""A panel as its pages show it: its seats, the candidates, the people in charge."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, UUIDField
from django.http import Http404
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Invitation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.domain import panel as rules
from zhiping.domain.errors import Conflict
from zhiping.domain.lifecycle import BEFORE_START, State, possible, rows
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation, visible_to
from zhiping.evaluations.rules import has_charge
from zhiping.experts.models import Expert
from zhiping.panels.models import Draw, Recusal, Seat
from zhiping.panels.queries.check import panel_checks
from zhiping.panels.queries.pool import free, pooled, visit_days
from zhiping.panels.rules import inside, names_known, seat_of, seated
from zhiping.permissions import may, require
from zhiping.statements import Given, things_of

MOST_SHOWN = 30
SIGNS = (*Seat.SCORERS, Seat.Role.SUBSTITUTE)  # a secretary signs no declaration


@dataclass(frozen=True, slots=True)
class Member:
    """A seat as one user may see it: `conflict` only for the expert and for the people in charge.

    For the people in charge: `roles`, which it may be given; `removable`; `up`: it can be listed one earlier;
    `confirms`: the user may confirm its declaration.
    """

    seat: Seat
    conflict: str
    own: bool
    recusal: Recusal | None
    roles: Sequence[str] = ()
    removable: bool = False
    up: bool = False
    confirms: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert who could have a seat, with the checks against it: code → `fail` or `not_shown`."""

    expert: Expert
    visits: int
    against: dict[rules.Code, str]


def in_charge(evaluation: Evaluation) -> QuerySet[User]:
    """Return the people in charge: officers of the evaluation's authority, else heads of the operator."""
    if evaluation.authority_id:
        return holders(evaluation.authority_id, Role.AUTHORITY)
    return holders(evaluation.platform.operator_id, Role.OPERATOR_HEAD)


def waited_for(evaluation: Evaluation) -> list[User]:
    """Return the people who have something to do for an evaluation now.

    Until scoring begins the people in charge; in preparation also the lead and experts who have not signed
    their declarations; afterwards the panel.
    """
    seats, phase = seated(evaluation), evaluation.head.phase
    if phase in BEFORE_START:
        roles = () if phase == State.PLANNED else (Seat.Role.LEAD,)
        asked = [s for s in seats if s.role in roles or (roles and s.role in SIGNS and s.declared is None)]
    else:
        asked = [s for s in seats if s.role in Seat.SCORERS]
    people = {seat.expert.user.pk: seat.expert.user for seat in asked if seat.expert.user}
    if phase in BEFORE_START:
        people |= {person.pk: person for person in in_charge(evaluation)}
    return list(people.values())


def holders(organisation: object, *roles: Role) -> QuerySet[User]:
    """Return the active people who hold one of some roles in an organisation."""
    held = Q(memberships__organisation=organisation, memberships__role__in=roles)
    return User.objects.filter(held, is_active=True).distinct()


def drawn(evaluation: Evaluation, draw: Draw | None) -> set[UUID]:
    """Return the seats that only a recusal on record can change; `draw`: the one whose result holds."""
    return {s.pk for s in seated(evaluation) if draw and s.origin == Seat.Origin.DRAWN}


def members(user: User, evaluation: Evaluation, bound: Collection[UUID] = ()) -> list[Member]:
    """Return the seats as far as the user may see them; `bound`: the seats of `drawn`, for changes.

    The operator and offices that do not run the evaluation see the names once preparation has begun, as in
    评价组名单, and nothing else.
    """
    if not inside(user, evaluation) and not names_known(evaluation):
        return []
    mine, runs = seat_of(user, evaluation), has_charge(user, evaluation)
    waiting = {}
    if inside(user, evaluation):
        asked = Recusal.objects.filter(seat__evaluation=evaluation, granted__isnull=True)
        waiting = {r.seat_id: r for r in asked}
    seats = seated(evaluation)
    return [
        Member(
            seat,
            seat.conflict if runs or seat is mine else "",
            seat is mine,
            waiting.get(seat.pk) if runs or seat is mine else None,
            _roles(seat, bound) if runs else (),
            runs and _removable(seat, bound),
            runs and _moves_up(seats[:n], seat, bound),
            seat.unconfirmed and _confirms(user, seat),
        )
        for n, seat in enumerate(seats)
    ]


def _confirms(user: User, seat: Seat) -> bool:
    opens = possible("evaluation", "confirm_declaration", seat.evaluation.head.phase)
    return opens and may(user, "panels.confirm_declaration", seat)


def unconfirmed_reissue(expert: Expert) -> Invitation | None:
    """Return the invitation with which an expert's account was last issued again.

    None once a declaration signed with it is confirmed: then the account is known to be the expert's.
    """
    last = Invitation.objects.filter(user=expert.user_id, again=True, used__isnull=False).order_by("-used")
    reissue = last.first()
    known = Seat.objects.filter(reissue=reissue, confirmed__isnull=False)
    return None if reissue is None or known.exists() else reissue


def _roles(seat: Seat, bound: Collection[UUID]) -> Sequence[str]:
    """Return the roles a seat may be given; of a drawn one only the lead can change."""
    if not possible("evaluation", "change_role", seat.evaluation.head.phase):
        return ()
    if seat.pk in bound:
        return Seat.SCORERS if seat.role in Seat.SCORERS else ()
    return Seat.Role.values


def _removable(seat: Seat, bound: Collection[UUID]) -> bool:
    move = "unseat_expert" if seat.role in Seat.SCORERS else "unseat_helper"
    return seat.pk not in bound and possible("evaluation", move, seat.evaluation.head.phase)


def _moves_up(above: Sequence[Seat], seat: Seat, bound: Collection[UUID]) -> bool:
    """Return whether a seat can be listed earlier; the order of drawn substitutes is the draw's."""
    if not possible("evaluation", "move_up", seat.evaluation.head.phase):
        return False
    same = [s for s in above if s.role == seat.role]
    pair = {s.pk for s in (*same[-1:], seat)}
    in_order = seat.role == Seat.Role.SUBSTITUTE and not pair.isdisjoint(bound)
    return bool(same) and not in_order


def checks(user: User, evaluation: Evaluation, *, today: dt.date) -> list[rules.Check]:
    """Return the checks of the panel for the people in charge and on the panel; nothing for others."""
    return panel_checks(evaluation, today=today) if inside(user, evaluation) else []


def seats_of(user: User, expert: Expert) -> list[Seat]:
    """Return the seats an expert has and had, the latest first, where the user may know them.

    Of an evaluation that is still being planned, the expert and the people in charge know them.
    """
    return things_of(partial(_seats_of, user), expert=expert.pk)


def _seats_of(user: User) -> QuerySet[Seat]:
    seen = Exists(visible_to(user).filter(pk=OuterRef("evaluation")))
    within = in_regions(user, "evaluation__authority__region_id") | Q(expert__user=user)
    fields = ("head__phase", "suspended_in", "cancelled_in")
    planned = reduce(or_, (Q(**{f"evaluation__{field}": State.PLANNED}) for field in fields))
    known = within | Q(evaluation__kind="self") | ~planned
    shown = ("evaluation", "evaluation__period_end", "evaluation__platform__name", "evaluation__head__phase")
    return (
        Seat.objects.filter(seen, known, expert=Given("expert", UUIDField()))
        .select_related("evaluation__platform", "evaluation__head")
        .only("role", "left", *shown)
        .order_by("-evaluation__created", "-pk")
    )


def get_for(user: User, evaluation_id: UUID, permission: str) -> Evaluation:
    """Return an evaluation; raise Http404 where it is invisible, NotAllowed without the permission."""
    evaluation = get_evaluation(user, evaluation_id)
    require(user, permission, evaluation)
    return evaluation


def get_seat(user: User, seat_id: UUID, permission: str) -> Seat:
    """Return a seat that is not left, as `get_for` returns an evaluation."""
    seats = Seat.objects.filter(evaluation__in=visible_to(user), left__isnull=True).select_related(
        "expert__user", "evaluation__head", "evaluation__platform__operator", "evaluation__authority",
        "evaluation__rubric", "evaluation__trip", "reissue",
    )  # fmt: skip
    seat = get_object_or_404(seats, pk=seat_id)
    if not inside(user, seat.evaluation) and not names_known(seat.evaluation):
        raise Http404
    require(user, permission, seat)
    return seat


def size(evaluation: Evaluation) -> int:
    """Return the number of seats that score."""
    return sum(s.role in Seat.SCORERS for s in seated(evaluation))


def seats_to_sign(user: User, evaluation: Evaluation) -> list[Seat]:
    """Return the user's seat here, then those in the trip's other evaluations that are not signed for yet.

    Raises NotAllowed for a user without a seat here, Conflict `ledger.not_now` where its time is over.
    """
    require(user, "panels.sign_declaration", seat_of(user, evaluation))
    phases = rows("evaluation", "sign_declaration")[0].sources
    if evaluation.head.phase not in phases:
        raise Conflict.of("ledger.not_now", state=evaluation.head.phase)
    held = Seat.objects.filter(expert__user=user, left__isnull=True, evaluation__head__phase__in=phases)
    here = Q(evaluation=evaluation)
    trip = Q(evaluation__trip__isnull=False, evaluation__trip=evaluation.trip_id, declared__isnull=True)
    seats = held.filter(here | trip).select_related(
        "expert__user", "evaluation__head", "evaluation__platform__operator", "evaluation__authority"
    )
    return sorted(seats, key=lambda s: (s.evaluation_id != evaluation.pk, s.evaluation.platform.name))


def candidates(user: User, evaluation: Evaluation, *, words: str, today: dt.date) -> list[Candidate]:
    """Return experts without a seat by name, employer or title: the first ones in the order of names.

    Raises NotAllowed for users who do not compose the panel. Visits are those of the year, for balance.
    """
    require(user, "panels.see_candidates", evaluation)
    experts = free(evaluation).filter(
        Q(name__icontains=words) | Q(employer__icontains=words) | Q(title__icontains=words)
    )
    year = Q(seats__left__isnull=True, seats__evaluation__visit_start__year=today.year)
    counted = experts.annotate(visits=Count("seats", filter=year & ~Q(seats__role=Seat.Role.SUBSTITUTE)))
    shown = list(counted.order_by("name", "pk")[:MOST_SHOWN])
    operators = [] if evaluation.kind == "self" else [evaluation.platform.operator.name]
    days = visit_days(evaluation, today)
    against = {
        one.expert.id: rules.unfit(one.expert, operators=operators, dates=days)
        for one in pooled(experts.order_by("name", "pk")[:MOST_SHOWN], days)
    }
    return [Candidate(e, e.visits, dict(against.get(str(e.pk), {}))) for e in shown]
