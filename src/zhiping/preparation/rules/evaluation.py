"""What people are to one evaluation: the predicates all permissions of this app are made of."""

import rules

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import responsible, works_for
from zhiping.preparation.models import Evaluation, Expert, Programme, Seat
from zhiping.registry.models import Platform
from zhiping.registry.rules import heads_platform, responsible_for_platform


@rules.predicate
def leads_authority(user: User, evaluation: Evaluation | None) -> bool:
    """An officer of an authority over the platform's region; for self-evaluations nobody."""
    return (
        evaluation is not None
        and evaluation.kind == "authority"
        and responsible(user, evaluation.platform.region_id)
    )


@rules.predicate
def heads_operator(user: User, evaluation: Evaluation | None) -> bool:
    """The head of the platform's operator."""
    return evaluation is not None and works_for(user, evaluation.platform.operator_id, Role.OPERATOR_HEAD)


@rules.predicate
def is_of_operator(user: User, evaluation: Evaluation | None) -> bool:
    """Staff or head of the platform's operator."""
    return evaluation is not None and works_for(
        user, evaluation.platform.operator_id, Role.OPERATOR, Role.OPERATOR_HEAD
    )


@rules.predicate
def has_charge(user: User, evaluation: Evaluation | None) -> bool:
    """Whoever runs the evaluation: the authority, for a self-evaluation the operator's head."""
    if evaluation is None:
        return False
    charged = heads_operator if evaluation.kind == "self" else leads_authority
    return bool(charged(user, evaluation))


def seat_of(user: User, evaluation: Evaluation) -> Seat | None:
    """Return the seat the person holds now; one query, kept for the request on the evaluation."""
    return next((s for s in seated(evaluation) if s.expert.user_id == user.pk), None)


def seated(evaluation: Evaluation) -> list[Seat]:
    """Return who sits on the panel now, with experts; kept on the evaluation for the request."""
    if "seated" not in evaluation.__dict__:
        evaluation.__dict__["seated"] = list(
            evaluation.seats.filter(left__isnull=True).select_related("expert__user")
        )
    return list(evaluation.__dict__["seated"])


def forget_seats(evaluation: Evaluation) -> None:
    """Read anew who sits here when it is asked next: seats were changed."""
    evaluation.__dict__.pop("seated", None)


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
def keeps_pool(user: User, keeper: Organisation | None) -> bool:
    """An officer over the authority's region, or the head of the operator whose own people these are."""
    if keeper is None:
        return False
    if keeper.kind == Organisation.Kind.OPERATOR:
        return works_for(user, keeper.pk, Role.OPERATOR_HEAD)
    return responsible(user, keeper.region_id)


@rules.predicate
def keeps_expert(user: User, expert: Expert | None) -> bool:
    """Whoever keeps the pool the entry stands in."""
    return expert is not None and keeps_pool(user, expert.keeper)


@rules.predicate
def runs_programme(user: User, programme: Programme | None) -> bool:
    """An officer over the region of the programme's authority."""
    return programme is not None and responsible(user, programme.authority.region_id)


@rules.predicate
def leads_at_platform(user: User, platform: Platform | None) -> bool:
    """The lead of an evaluation of the platform: to start it meets what happened there."""
    seats = Seat.objects.filter(role=Seat.Role.LEAD, left__isnull=True, expert__user=user)
    return seats.filter(evaluation__platform=platform).exists()


rules.add_perm("preparation.open_evaluation", responsible_for_platform)
rules.add_perm("preparation.open_self_evaluation", heads_platform)
rules.add_perm("preparation.prepare_evaluation", has_charge)
rules.add_perm("preparation.cancel_evaluation", has_charge)
rules.add_perm("preparation.start_evaluation", is_lead)
rules.set_perm("registry.meet_trigger", responsible_for_platform | heads_platform | leads_at_platform)
