"""Operators that a user sees."""

from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.registry.models import Platform


def operators(user: User) -> QuerySet[Organisation]:
    """Return the operators of the person's regions, and those they work for."""
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    return Organisation.objects.filter(
        in_regions(user, "region_id") | Q(pk__in=own), kind=Organisation.Kind.OPERATOR
    ).select_related("region__parent")


def with_platforms(found: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Add how many platforms each operator has in service, as `platforms_count`."""
    live = Platform.objects.filter(operator=OuterRef("pk"), ended__isnull=True).order_by()
    count = live.values("operator").annotate(n=Count("pk")).values("n")
    return found.annotate(platforms_count=Coalesce(Subquery(count), Value(0)))


def operators_counted(user: User) -> QuerySet[Organisation]:
    """Return the operators with how many platforms each has in service."""
    return with_platforms(operators(user))


def get_operator(user: User, operator_id: UUID) -> Organisation:
    """Return one operator; Http404 where the person may not see it."""
    return get_object_or_404(operators(user).select_related("head"), pk=operator_id)
