"""Platforms that a user sees, their standing on the annual clock, and why."""

import datetime as dt
from functools import partial
from uuid import UUID

from django.db.models import F, Q, QuerySet, UUIDField

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.domain import schedule
from zhiping.registry.models import Platform, Site
from zhiping.statements import Given, get_or_404


def visible_to(user: User) -> QuerySet[Platform]:
    """Return the platforms of the person's regions and of the operators they work for."""
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    return Platform.objects.filter(in_regions(user, "region_id") | Q(operator_id__in=own))


def platforms(user: User) -> QuerySet[Platform]:
    """Return the platforms of a list, with operator and region."""
    return visible_to(user).select_related("operator", "region__parent")


def platforms_due(user: User) -> QuerySet[Platform]:
    """Return the platforms that have a due day."""
    return platforms(user).filter(due__isnull=False)


def platforms_of(user: User, operator: Organisation) -> QuerySet[Platform]:
    """Return the platforms of an operator."""
    return platforms(user).filter(operator=operator)


def get_platform(user: User, platform_id: UUID) -> Platform:
    """Return one platform; Http404 where the person may not see it."""
    found: Platform = get_or_404(partial(_whole, user), pk=platform_id)
    return found


def _whole(user: User) -> QuerySet[Platform]:
    return platforms(user).select_related("head").filter(pk=Given("pk", UUIDField()))


def sites(platform: Platform) -> QuerySet[Site]:
    """Return a platform's sites, those that are closed last."""
    return platform.sites.order_by(F("closed").asc(nulls_first=True), "name")


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
    """Return where a platform is on the annual clock, by the same rule as `standing`."""
    return standing_on(today, platform.ended, platform.due, platform.due_warning)


def standing_on(today: dt.date, ended: dt.date | None, due: dt.date | None, warning: dt.date | None) -> str:
    """Return where a platform of these dates is on the annual clock."""
    if ended:
        return "ended"
    if due is None or warning is None:
        return "unknown"
    return schedule.Annual(due, warning).standing(today)


def why(platform: Platform, today: dt.date) -> tuple[str, dict[str, str]]:
    """Return the rule by which a platform is due, as a code of `registry.why` and what the sentence needs."""
    return why_on(today, *(getattr(platform, name) for name in CLOCK))


CLOCK = ("ended", "due", "due_warning", "service_start", "last_evaluated")


def why_on(  # noqa: PLR0917 - the columns of CLOCK, in their order
    today: dt.date,
    ended: dt.date | None,
    due: dt.date | None,
    warning: dt.date | None,
    start: dt.date | None,
    last: dt.date | None,
) -> tuple[str, dict[str, str]]:
    """Return the rule by which a platform of these dates (CLOCK) is due."""
    if ended:
        return "ended", {"day": str(ended)}
    if due is None:
        return "unknown", {}
    data = {"due": str(due), "year": str(due.year), "full": str(warning)}
    if last is None:
        return "first", {**data, "start": str(start)}
    return "annual_passed" if today > (warning or due) else "annual", {**data, "last": str(last)}
