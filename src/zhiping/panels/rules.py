"""Permissions of panels and draws: seats, duties, declarations, recusals (6.2)."""

import rules
from django.db.models import Prefetch, prefetch_related_objects

from zhiping import permissions
from zhiping.accounts.models import User
from zhiping.accounts.rules import responsible
from zhiping.domain.lifecycle import DRAW_MOVES, State, of_stage, rows
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import (
    has_charge,
    heads_operator,
    is_of_operator,
    leads_authority,
    oversees,
    oversees_authority,
    responsible_for_authority,
)
from zhiping.panels.models import Draw, Seat


def seat_of(user: User, evaluation: Evaluation) -> Seat | None:
    """Return the seat of a user."""
    return next((s for s in seated(evaluation) if s.expert.user_id == user.pk), None)


def seated(evaluation: Evaluation) -> list[Seat]:
    """Return the seats held now, with experts: one query until the evaluation is refreshed."""
    prefetch_related_objects(
        [evaluation], Prefetch("seats", Seat.objects.select_related("expert__user", "reissue"))
    )
    return [seat for seat in evaluation.seats.all() if seat.left is None]


def read_seats(evaluation: Evaluation) -> list[Seat]:
    """Return the seats held now, not kept on the evaluation: what permissions read later is not stale."""
    return list(evaluation.seats.filter(left__isnull=True).select_related("expert__user", "reissue"))


def _seat_predicate(name: str, *roles: Seat.Role) -> rules.predicates.Predicate:
    @rules.predicate(name)
    def holds(user: User, evaluation: Evaluation | None) -> bool:
        seat = None if evaluation is None else seat_of(user, evaluation)
        return seat is not None and seat.role in roles

    found: rules.predicates.Predicate = holds
    return found


is_lead = _seat_predicate("is_lead", Seat.Role.LEAD)
is_secretary = _seat_predicate("is_secretary", Seat.Role.SECRETARY)
sits = _seat_predicate("sits", Seat.Role.LEAD, Seat.Role.MEMBER)
is_on_panel = _seat_predicate("is_on_panel", *Seat.Role)


@rules.predicate
def own_seat(user: User, seat: Seat | None) -> bool:
    """The expert of the seat."""
    return seat is not None and seat.left is None and seat.expert.user_id == user.pk


def names_known(evaluation: Evaluation) -> bool:
    """Return whether the panel's names are known beyond it: once preparation has begun."""
    return evaluation.reached != State.PLANNED


@rules.predicate
def involved(user: User, seat: Seat | None) -> bool:
    """The expert of the seat, or the officer whose invitation issued the expert's account again."""
    if seat is None:
        return False
    return bool(own_seat(user, seat)) or (seat.reissue is not None and seat.reissue.by_id == user.pk)


@rules.predicate
def informed_operator(user: User, evaluation: Evaluation | None) -> bool:
    """Staff or head of the platform's operator, who learn the panel's names once preparation begins."""
    return evaluation is not None and names_known(evaluation) and is_of_operator(user, evaluation)


@rules.predicate
def informed_office(user: User, evaluation: Evaluation | None) -> bool:
    """An officer over the platform's region, who learns the panel's names once preparation begins."""
    return evaluation is not None and names_known(evaluation) and oversees(user, evaluation)


def _around(test: rules.predicates.Predicate) -> rules.predicates.Predicate:
    """Return a predicate about a seat from one about its evaluation."""

    @rules.predicate(test.name)
    def holds(user: User, seat: Seat | None) -> bool:
        return seat is not None and bool(test(user, seat.evaluation))

    found: rules.predicates.Predicate = holds
    return found


inside = has_charge | is_on_panel

SEATS = {
    "in_charge": has_charge,
    "lead": is_lead,
    "office": oversees_authority,
}  # predicates about an evaluation
SEAT_HOLDERS = {  # predicates about a seat
    "seat_holder": own_seat,
    "in_charge": _around(has_charge),
    "operator_head": _around(heads_operator),
    "secretary": _around(is_secretary),
}
ABOUT_SEATS = {
    "sign_declaration",
    "record_declaration",
    "confirm_declaration",
    "ask_recusal",
    "decide_recusal",
}
ABOUT_DRAWS = {"commit_draw", "abandon_draw"}
MOVES = of_stage("panels")["evaluation"]
permissions.bind(
    (move for move in MOVES if move.name not in ABOUT_SEATS | ABOUT_DRAWS),
    SEATS,
    but={"urge": ~has_charge},
)
permissions.bind(
    (move for move in MOVES if move.name in ABOUT_SEATS),
    SEAT_HOLDERS,
    but={"decide_recusal": ~own_seat, "confirm_declaration": ~involved},
)
rules.add_perm("panels.see_candidates", has_charge)
rules.add_perm("panels.see_duties", inside | informed_operator | informed_office)


@rules.predicate
def supervises(user: User, draw: Draw | None) -> bool:
    """An officer over the region of the authority that draws."""
    if draw is None:
        return False
    programme = draw.trip.programme if draw.trip else None
    authority = programme.authority if programme else draw.evaluation.authority if draw.evaluation else None
    return authority is not None and responsible(user, authority.region_id)


rules.add_perm("panels.see_draw", leads_authority)
permissions.bind(rows("evaluation", "commit_draw"), {"authority": responsible_for_authority})
permissions.bind(DRAW_MOVES, {"authority": supervises})
