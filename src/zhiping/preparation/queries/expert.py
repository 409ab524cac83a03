"""The pool as somebody sees it: who, what they know, until when they are trained, where they sit."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import (
    Aggregate,
    Count,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)  # fmt: skip
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.domain import schedule
from zhiping.domain.lifecycle import State
from zhiping.domain.panel import CONFLICT_YEARS
from zhiping.preparation.models import Affiliation, Expert, ExpertField, Seat, Training
from zhiping.preparation.queries.evaluation import visible_to as evaluations_of

FOREVER = dt.date(9999, 12, 31)


def visible_to(user: User) -> QuerySet[Expert]:
    """Return the entries a person may see.

    An officer sees what authorities of own regions keep and those above them; the head of an operator its own
    people; everybody the own entry.
    """
    own = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    authorities = Q(keeper__kind=Organisation.Kind.AUTHORITY) & (
        in_regions(user, "keeper__region_id") | Q(keeper__region_id__in=_above(user))
    )
    return Expert.objects.filter(authorities | Q(keeper_id__in=own) | Q(user=user))


def _above(user: User) -> set[str]:
    codes = [first for first, _ in user.regions]
    return {above for code in codes for above in (f"{code[:2]}0000", f"{code[:4]}00")}


class Joined(Aggregate):
    """Texts of a group in one, with commas between."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ',')"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Name it as PostgreSQL does."""
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


def experts(user: User) -> QuerySet[Expert]:
    """Return the pool for a list, with `trained_until` (9999-12-31 where without end)."""
    return visible_to(user).select_related("region__parent").annotate(trained_until=_trained_until())


def _trained_until() -> Subquery:
    trainings = Training.objects.filter(expert=OuterRef("pk")).order_by().values("expert")
    return Subquery(trainings.annotate(last=Max(Coalesce("valid_until", Value(FOREVER)))).values("last"))


def with_service(found: QuerySet[Expert], today: dt.date) -> QuerySet[Expert]:
    """Add `trained_until`, the fields `known`, with commas, and the `visits` this year."""
    year = (dt.date(today.year, 1, 1), dt.date(today.year, 12, 31))
    sat = Q(
        role__in=(Seat.Role.LEAD, Seat.Role.MEMBER), left__isnull=True, evaluation__visit_start__range=year
    )
    seats = Seat.objects.filter(sat, expert=OuterRef("pk")).exclude(evaluation__head__phase=State.CANCELLED)
    visits = seats.order_by().values("expert").annotate(n=Count("pk")).values("n")
    fields = ExpertField.objects.filter(expert=OuterRef("pk")).order_by().values("expert")
    return found.annotate(
        trained_until=_trained_until(),
        known=Subquery(fields.annotate(all=Joined("field")).values("all")),
        visits=Coalesce(Subquery(visits, output_field=IntegerField()), Value(0)),
    )


def get_expert(user: User, expert_id: UUID) -> Expert:
    """Return one entry; Http404 where the person may not see it."""
    found = visible_to(user).select_related("head", "keeper__region", "region__parent", "user")
    return get_object_or_404(found, pk=expert_id)


def own_entry(user: User) -> Expert:
    """Return the person's own entry; Http404 where there is none."""
    return get_object_or_404(Expert, user=user)


def get_training(expert: Expert, training_id: int) -> Training:
    """Return one training of an entry that was found for the person."""
    return get_object_or_404(expert.trainings.all(), pk=training_id)


def get_affiliation(expert: Expert, affiliation_id: int) -> Affiliation:
    """Return one affiliation of an entry that was found for the person."""
    return get_object_or_404(expert.affiliations.all(), pk=affiliation_id)


def keepers(user: User) -> QuerySet[Organisation]:
    """Return the organisations whose pools the person keeps."""
    own = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    authorities = Q(kind=Organisation.Kind.AUTHORITY) & in_regions(user, "region_id")
    return Organisation.objects.filter(authorities | Q(pk__in=own)).select_related("region")


def own_pool(user: User) -> Organisation | None:
    """Return whose pool the person keeps: the own authority's, else the own operator's."""
    return next(iter(user.organisations(Role.AUTHORITY) + user.organisations(Role.OPERATOR_HEAD)), None)


def kept_by(keeper: Organisation) -> QuerySet[Expert]:
    """Return everybody in one keeper's pool, those who left it too."""
    return Expert.objects.filter(keeper=keeper).order_by("name", "pk")


def linkable(expert: Expert) -> QuerySet[User]:
    """Return the staff of an expert's operator whose accounts are tied to no expert."""
    return User.objects.filter(memberships__organisation=expert.keeper_id, expert__isnull=True).distinct()


def seats(user: User, expert: Expert) -> QuerySet[Seat]:
    """Return the seats somebody holds and held, the latest first, where the person sees the evaluation."""
    return (
        expert.seats.filter(Exists(evaluations_of(user).filter(pk=OuterRef("evaluation"))))
        .select_related("evaluation__platform", "evaluation__head")
        .order_by("-evaluation__created", "-pk")
    )


def trained_on(day: dt.date) -> Q:
    """Return the condition that some training counts on a day (6.2.2)."""
    valid = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
    return Q(Exists(Training.objects.filter(valid, expert=OuterRef("pk"), date__lte=day)))


def free_of(operator: Organisation, day: dt.date) -> Q:
    """Return the condition that nobody is bound to an operator, now or within three years before a day.

    A sieve for lists by names as they are registered; who sits on a panel is decided by domain.panel.
    """
    since = schedule.add_months(day, -12 * CONFLICT_YEARS)
    ties = Affiliation.objects.filter(
        Q(operator=operator) | Q(organisation=operator.name),
        Q(until__isnull=True) | Q(until__gt=since),
        expert=OuterRef("pk"),
    )
    return ~Q(employer=operator.name) & ~Q(Exists(ties))


EXPERIENCE: dict[str, Callable[[], Q]] = {
    "yes": lambda: Q(experience__gt=""),
    "no": lambda: Q(experience=""),
    "unknown": lambda: Q(experience__isnull=True),
}


def experience(name: str) -> Q:
    """Return the condition for platform experience: `yes`, `no`, `unknown`."""
    return EXPERIENCE[name]()
