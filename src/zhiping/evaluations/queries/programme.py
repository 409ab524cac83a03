"""Programmes and trips one user can see, their progress, and the platforms they can include."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, UUIDField
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.queries import in_regions
from zhiping.domain import lifecycle
from zhiping.domain.lifecycle import BEFORE_START, NOT_ENDED, OPEN, State
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.ledger.entry import Need
from zhiping.registry import queries as registry
from zhiping.registry.models import Platform
from zhiping.statements import Given, Row, Statement, get_or_404, rows_of

NOT_STARTED = Q(head__phase__in=(*BEFORE_START, State.CANCELLED)) | Q(
    head__phase=State.SUSPENDED, suspended_in__in=BEFORE_START
)
GROUPED_WHILE = lifecycle.rows("evaluation", "group_evaluation")[0].sources
ENDED = (State.CLOSED, State.ARCHIVED, State.CANCELLED)


def visible_to(user: User) -> QuerySet[Programme]:
    """Return the programmes of authorities in the user's regions."""
    return Programme.objects.filter(in_regions(user, "authority__region_id"))


def programmes(user: User) -> QuerySet[Programme]:
    """Return programmes for a list: with how many evaluations each has."""
    return with_size(visible_to(user))


def with_size(programmes: QuerySet[Programme]) -> QuerySet[Programme]:
    """Add how many evaluations each has, as `size`."""
    return programmes.annotate(size=Count("evaluations", filter=~Q(evaluations__head__phase=State.CANCELLED)))


def names(user: User) -> tuple[Row, ...]:
    """Return the id and the names of the programmes, the latest year first."""
    return tuple(rows_of(partial(_names, user)))


def _names(user: User) -> QuerySet[Programme, Any]:
    return visible_to(user).order_by("-year", "name").values_list("pk", "name", "year")


def get_programme(user: User, programme_id: UUID) -> Programme:
    """Return one programme; Http404 where the user may not see it."""
    programme: Programme = get_or_404(partial(_whole, user), pk=programme_id)
    return programme


def _whole(user: User) -> QuerySet[Programme]:
    programme = visible_to(user).filter(pk=Given("pk", UUIDField()))
    return programme.select_related("authority__region", "head", "rubric").defer("rubric__source")


def authorities(user: User) -> QuerySet[Organisation]:
    """Return the authorities for which the user may add programmes."""
    return Organisation.objects.filter(
        in_regions(user, "region_id"), kind=Organisation.Kind.AUTHORITY
    ).select_related("region")


def open_for(user: User, platform: Platform) -> QuerySet[Programme]:
    """Return the programmes that can include a platform: not ended, of an authority over its region."""
    above = {platform.region_id, f"{platform.region_id[:4]}00", f"{platform.region_id[:2]}0000"}
    return visible_to(user).filter(authority__region_id__in=above, head__phase__in=NOT_ENDED)


def copied_from(user: User, programme: Programme) -> QuerySet[Programme]:
    """Return the programmes whose guidance can be copied, the latest year first."""
    return visible_to(user).exclude(pk=programme.pk).exclude(guidance={})


NEEDS: dict[str, Need] = {  # of the moves of a programme (domain.lifecycle)
    "rubric_named": lambda _programme, _today: True,  # these two by the database
    "period_named": lambda _programme, _today: True,
    "policy_named": lambda programme, _today: bool(programme.policy),
    "nothing_started": lambda programme, _today: not programme.evaluations.exclude(NOT_STARTED).exists(),
    "evaluations_ended": lambda programme, _today: (
        not programme.evaluations.exclude(head__phase__in=ENDED).exists()
    ),
}


def candidates(programme: Programme, platforms: QuerySet[Platform]) -> QuerySet[Platform]:
    """Narrow platforms to those the programme can include.

    They are in service, and were before the period ended; they lie in the authority's region, and have no
    evaluation by an authority under way in the same period.
    """
    region = programme.authority.region
    return platforms.filter(
        ~Exists(under_way("authority", programme.period_start, programme.period_end)),
        Q(service_start__isnull=True) | Q(service_start__lte=programme.period_end),
        ended__isnull=True,
        region_id__gte=region.code,
        region_id__lte=region.last_code,
    )


def candidates_for(user: User, programme: Programme) -> QuerySet[Platform]:
    """Return the platforms a user sees that the programme may take."""
    return candidates(programme, registry.platforms(user))


def under_way(kind: str, start: Any, end: Any) -> QuerySet[Evaluation]:
    """Return a platform's (outer) evaluations of a kind without result yet, over days of a period."""
    return Evaluation.objects.filter(
        platform=OuterRef("pk"),
        kind=kind,
        head__phase__in=OPEN,
        period_start__lte=end,
        period_end__gte=start,
    )


_OF_PROGRAMME = Given("programme", UUIDField())
_PROGRESS = Statement(
    lambda: (
        Evaluation.objects.filter(programme=_OF_PROGRAMME)
        .order_by()
        .values_list("head__phase")
        .annotate(n=Count("pk"))
        .values_list("head__phase", "n")
    )
)
_WAITING = Statement(
    lambda: (
        Evaluation.objects.filter(can_be_grouped(), programme=_OF_PROGRAMME, trip__isnull=True)
        .order_by()
        .values_list("programme")
        .annotate(n=Count("pk"))
        .values_list("n")
    )
)
_TRIPS = Statement(
    lambda: (
        Trip.objects.filter(programme=_OF_PROGRAMME)
        .annotate(size=Count("evaluations", filter=~Q(evaluations__head__phase=State.CANCELLED)))
        .values_list("pk", "name", "starts", "ends", "size")
    )
)


def progress(programme: Programme) -> list[tuple[State, int]]:
    """Return how many evaluations are in each state, in the order of the life cycle: one query."""
    counted: dict[State, int] = dict(_PROGRESS.rows(programme=programme.pk))
    return [(state, counted[state]) for state in State if state in counted]


def trips(programme: Programme) -> list[Row]:
    """Return id, name, first day, last day and number of evaluations of a programme's trips."""
    return _TRIPS.rows(programme=programme.pk)


def get_trip(user: User, trip_id: UUID) -> Trip:
    """Return one trip with its programme; Http404 where the user may not see it."""
    trips = Trip.objects.filter(programme__in=visible_to(user).values("pk"))
    return get_object_or_404(
        trips.select_related("programme__authority__region", "programme__head"), pk=trip_id
    )


def waiting_for_trip(programme: Programme) -> QuerySet[Evaluation]:
    """Return the evaluations of a programme that are in no trip and can still be grouped."""
    return programme.evaluations.filter(can_be_grouped(), trip__isnull=True)


def count_waiting(programme: Programme) -> int:
    """Return the number of `waiting_for_trip`."""
    return sum(n for (n,) in _WAITING.rows(programme=programme.pk))


def can_be_grouped() -> Q:
    """Return the condition that an evaluation can be put into a trip, or out of one."""
    return Q(head__phase__in=GROUPED_WHILE)
