"""What somebody sees of the register."""

import datetime as dt
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Organisation, Region, Role, User
from zhiping.domain import schedule
from zhiping.registry.models import Platform


def in_regions(user: User, field: str) -> Q:
    """Return the condition that a region code lies in a subtree the person is responsible for."""
    found = Q(pk__in=[])
    for first, last in user.regions:
        found |= Q(**{f"{field}__gte": first, f"{field}__lte": last})
    return found


def visible_to(user: User) -> QuerySet[Platform]:
    """Return the platforms of the person's regions and of the operators they work for."""
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    return Platform.objects.filter(in_regions(user, "region_id") | Q(operator_id__in=own))


def platforms(user: User) -> QuerySet[Platform]:
    """Return the platforms of a list, with operator and region."""
    return visible_to(user).select_related("operator", "region")


def get_platform(user: User, platform_id: UUID) -> Platform:
    """Return one platform; Http404 where the person may not see it."""
    return get_object_or_404(platforms(user).select_related("head"), pk=platform_id)


def operators(user: User) -> QuerySet[Organisation]:
    """Return the operators of the person's regions, and those they work for."""
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    return Organisation.objects.filter(
        in_regions(user, "region_id") | Q(pk__in=own), kind=Organisation.Kind.OPERATOR
    ).select_related("region")


def regions(user: User) -> QuerySet[Region]:
    """Return the regions an officer is responsible for."""
    return Region.objects.filter(in_regions(user, "code"))


def standing(name: str, today: dt.date) -> Q:
    """Return the condition for where a platform stands on the annual clock (6.1.1) today."""
    return {
        "overdue": Q(due__lt=today),
        "warning": Q(due__gte=today, due_warning__lt=today),
        "in_time": Q(due__gte=today, due_warning__gte=today),
        "unknown": Q(due__isnull=True, ended__isnull=True),
        "ended": Q(ended__isnull=False),
    }[name]


def standing_of(platform: Platform, today: dt.date) -> str:
    """Return where a platform stands on the annual clock, by the same rule as `standing`."""
    if platform.ended:
        return "ended"
    if platform.due is None or platform.due_warning is None:
        return "unknown"
    return schedule.Annual(platform.due, platform.due_warning).standing(today)
