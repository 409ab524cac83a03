"""Evaluations one user can see."""

import datetime as dt
from enum import StrEnum
from fractions import Fraction
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, UUIDField
from django.utils import timezone

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.domain.lifecycle import BEFORE_CLOSE, BEFORE_START, ProgrammeState, State
from zhiping.domain.policy import Policy
from zhiping.evaluations.models import Evaluation, Trip
from zhiping.ledger.entry import Need
from zhiping.registry.models import Platform, Trigger
from zhiping.registry.queries import NAMES
from zhiping.statements import Given, get_or_404, things_of

AT_HAND = (*BEFORE_START, State.SUSPENDED)  # those in charge have something to do
COUNTED = (*BEFORE_CLOSE, State.SUSPENDED)


def visible_to(user: User) -> QuerySet[Evaluation]:
    """Return the evaluations of the user's regions, own platforms and panels.

    The authority sees self-evaluations of its region too; a substitute sees the evaluation it waits for.
    """
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    seated = Evaluation.objects.filter(seats__expert__user=user, seats__left=None)
    return Evaluation.objects.filter(
        in_regions(user, "platform__region_id")
        | Q(platform__operator_id__in=own)
        | Q(pk__in=seated.values("pk"))
    )


def in_state(*states: State) -> Q:
    """Return the condition that an evaluation is in one of these states; the kind makes it use the index."""
    return Q(head__kind="evaluation", head__phase__in=states)


def evaluations(user: User) -> QuerySet[Evaluation]:
    """Return evaluations for a list, with the names around them and their state.

    Whole rows of the tables around it would take twice as long to read.
    """
    return (
        visible_to(user)
        .select_related("head", "platform__region__parent", "programme", "trip")
        .only(
            "kind", "reason", "grade", "score",
            "period_start", "period_end", "start_by", "visit_start", "visit_end", "created",
            "head__phase", "head__size", "platform__name", "programme__name", "trip__name",
            *(f"platform__region__{name}" for name in NAMES),
        )
    )  # fmt: skip


def evaluations_of_kind(user: User, kind: str) -> QuerySet[Evaluation]:
    """Return the evaluations of a kind: by the authority, or self-evaluations."""
    return evaluations(user).filter(kind=kind)


def evaluations_in(user: User, trip: Trip) -> QuerySet[Evaluation]:
    """Return the evaluations of a trip."""
    return evaluations(user).filter(trip=trip)


def evaluations_outside(user: User, trip: Trip, states: tuple[StrEnum, ...]) -> QuerySet[Evaluation]:
    """Return the evaluations of a trip's programme in these states that are not in the trip."""
    return evaluations(user).filter(programme=trip.programme_id, head__phase__in=states).exclude(trip=trip)


def get_evaluation(user: User, evaluation_id: UUID) -> Evaluation:
    """Return one evaluation with what its pages need; Http404 where the user may not see it."""
    found: Evaluation = get_or_404(partial(_whole, user), pk=evaluation_id)
    return found


def _whole(user: User) -> QuerySet[Evaluation]:
    return (
        visible_to(user)
        .filter(pk=Given("pk", UUIDField()))
        .select_related(
            "head",
            "platform__operator",
            "platform__region__parent",
            "programme__authority",
            "programme__head",
            "programme__rubric",
            "trip",
            "authority",
            "visit_office",
            "rubric",
            "trigger",
        )
        .defer("rubric__source", "programme__rubric__source")
    )


_OF_PLATFORM = Given("platform", UUIDField())


def of_platform(user: User, platform: Platform) -> list[Evaluation]:
    """Return the evaluations of a platform a user sees, with what each answers, the latest first."""
    return things_of(partial(_of_platform, user), platform=platform.pk)


def _of_platform(user: User) -> QuerySet[Evaluation]:
    found = visible_to(user).filter(platform=_OF_PLATFORM).select_related("head", "trigger")
    shown = ("kind", "reason", "period_start", "period_end", "head", "trigger")
    return found.only(*shown).order_by("-period_end", "-pk")


def waiting_triggers(platform: Platform) -> QuerySet[Trigger]:
    """Return a platform's important triggers since which no evaluation has started (6.1.2)."""
    return platform.triggers.filter(important=True, met__isnull=True)


def unanswered(platform: Platform, kind: str) -> list[Trigger]:
    """Return the waiting triggers no evaluation of a kind was planned for."""
    return things_of(partial(_unanswered, kind), platform=platform.pk)


def _unanswered(kind: str) -> QuerySet[Trigger]:
    answered = Evaluation.objects.filter(trigger=OuterRef("pk"), kind=kind).exclude(
        head__phase=State.CANCELLED
    )
    waiting = Trigger.objects.filter(platform=_OF_PLATFORM, important=True, met__isnull=True)
    return waiting.filter(~Exists(answered))


def policy_of(evaluation: Evaluation) -> Policy:
    """Return the rulings that hold: the evaluation's own once they are fixed, else the programme's."""
    data = evaluation.policy or (evaluation.programme.policy if evaluation.programme else {})
    return as_policy(data) if data else Policy()


def as_policy(data: dict[str, Any]) -> Policy:
    """Return stored rulings as the domain's."""
    return Policy(**(data | {"step": Fraction(data["step"])}))


def office_over(user: User, platform: Platform) -> Organisation | None:
    """Return the authority of an officer that is over a platform."""
    for authority in user.organisations(Role.AUTHORITY):
        if authority.region_id <= platform.region_id <= authority.region.last_code:
            return authority
    return None


def offices_below(evaluation: Evaluation) -> QuerySet[Organisation]:
    """Return the authorities over the platform's region that are below the one that leads."""
    place, authority = evaluation.platform.region_id, evaluation.authority
    if authority is None:
        return Organisation.objects.none()
    return Organisation.objects.filter(
        kind=Organisation.Kind.AUTHORITY,
        region_id__in={place, f"{place[:4]}00"} - {authority.region_id},
        region_id__gte=authority.region_id,
        region_id__lte=authority.region.last_code,
    )


def next_urge(evaluation: Evaluation, today: dt.date) -> dt.date | None:
    """Return the first day on which people can be reminded again; None where that is possible today."""
    urged = evaluation.urged
    return urged + dt.timedelta(days=1) if urged is not None and urged >= today else None


def lacks_frozen_rules(evaluation: Evaluation) -> bool:
    """Return whether an evaluation had started under rules that its programme has opened again since."""
    programme = evaluation.programme
    return (
        programme is not None
        and programme.head.phase != ProgrammeState.FROZEN
        and evaluation.reached not in BEFORE_START
    )


def concerned(evaluation: Evaluation) -> QuerySet[User]:
    """Return the people an evaluation concerns: of its authority and visit's office, operator, panel."""
    offices = [key for key in (evaluation.authority_id, evaluation.visit_office_id) if key]
    office = Q(memberships__organisation__in=offices, memberships__role=Role.AUTHORITY)
    operator = Q(
        memberships__organisation=evaluation.platform.operator_id,
        memberships__role__in=(Role.OPERATOR, Role.OPERATOR_HEAD),
    )
    panel = Q(expert__seats__evaluation=evaluation, expert__seats__left=None)
    people = User.objects.filter(office | operator | panel, is_active=True)
    return User.objects.filter(pk__in=people.values("pk"))


def trip_after(evaluation: Evaluation, stopped: dt.datetime | None) -> Trip | None:
    """Return the trip that an evaluation still belongs to when it goes on after it was stopped.

    None where experts were drawn, or the result of a draw was applied, in between: that left it out.
    """
    since = Q(committed__gt=stopped) | Q(applied__gt=stopped)
    trip = evaluation.trip
    return None if trip and trip.draws.filter(since, abandoned="").exists() else trip


RESTORED_WITHIN = dt.timedelta(days=30)


def restorable_until(evaluation: Evaluation) -> dt.date | None:
    """Return the last day on which a cancelled evaluation can be restored."""
    return timezone.localdate(evaluation.cancelled) + RESTORED_WITHIN if evaluation.cancelled else None


NEEDS: dict[str, Need] = {  # of an evaluation's moves (domain.lifecycle), other than those of its panel
    "platform_named": lambda evaluation, _today: evaluation.platform.ended is None,
    "rubric_named": lambda _evaluation, _today: True,  # these two by the database
    "period_named": lambda _evaluation, _today: True,
    "policy_named": lambda evaluation, _today: bool(evaluation.programme or evaluation.policy),
    "rules_frozen": lambda evaluation, _today: (
        evaluation.programme is None or evaluation.programme.head.phase != ProgrammeState.DRAFT
    ),
    "visit_planned": lambda evaluation, _today: evaluation.visit_start is not None,
    "restorable": lambda evaluation, today: today <= (restorable_until(evaluation) or dt.date.min),
}


def named(evaluation: Evaluation) -> set[str]:
    """Return the codes of the needs that hold, other than the panel's legality."""
    today = timezone.localdate()
    return {code for code, holds in NEEDS.items() if holds(evaluation, today)}
