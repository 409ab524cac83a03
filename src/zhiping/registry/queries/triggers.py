"""Triggers (6.1.2) that a user sees, and their states: undecided, to be met, overdue, settled."""

import datetime as dt
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, UUIDField
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Membership, Region, Role, User
from zhiping.registry.models import Platform, Trigger
from zhiping.registry.queries.platforms import visible_to
from zhiping.statements import Given, Statement

SETTLED = Q(met__isnull=False) | Q(platform__last_evaluated__gte=F("happened"))


def triggers(user: User) -> QuerySet[Trigger]:
    """Return the triggers of the platforms a person sees, with what a list shows."""
    seen = Exists(visible_to(user).filter(pk=OuterRef("platform_id")))
    return Trigger.objects.filter(seen).select_related("platform__region__parent", "platform__operator")


_OF_PLATFORM = Statement(
    lambda: Trigger.objects.filter(platform=Given("platform", UUIDField())).select_related(
        "reported_by", "decided_by", "platform"
    )
)


def triggers_of(platform: Platform) -> list[Trigger]:
    """Return what happened to a platform, the latest first, with the people concerned."""
    return _OF_PLATFORM.things(platform=platform.pk)


def get_trigger(user: User, trigger_id: UUID) -> Trigger:
    """Return one trigger with its platform and who reported it; Http404 where the person may not see it."""
    return get_object_or_404(triggers(user).select_related("platform__head", "reported_by"), pk=trigger_id)


def state(name: str, today: dt.date) -> Q:
    """Return the condition for where a trigger stands today."""
    return {
        "undecided": Q(important__isnull=True),
        "to_start": Q(important=True, due__gte=today) & ~SETTLED,
        "overdue": Q(important=True, due__lt=today) & ~SETTLED,
        "met": Q(important=True) & SETTLED,
        "unimportant": Q(important=False),
    }[name]


STATE = ("important", "due", "met", "happened", "platform__last_evaluated")


def state_of(trigger: Trigger, today: dt.date) -> str:
    """Return where a trigger is today, by the same rule as `state`; its platform must be at hand."""
    last = trigger.platform.last_evaluated
    return state_on(today, trigger.important, trigger.due, trigger.met, trigger.happened, last)


def state_on(  # noqa: PLR0917 - the columns of STATE, in their order
    today: dt.date,
    important: bool | None,  # noqa: FBT001 - a column
    due: dt.date | None,
    met: dt.date | None,
    happened: dt.date,
    last: dt.date | None,
) -> str:
    """Return where a trigger of these values (STATE) is today."""
    if important is None:
        return "undecided"
    if not important or due is None:
        return "unimportant"
    if met or (last and last >= happened):
        return "met"
    return "overdue" if due < today else "to_start"


def officers_over(region: Region) -> QuerySet[User]:
    """Return the officers of the authority nearest to a region that has any."""
    chain = Membership.objects.filter(
        role=Role.AUTHORITY,
        user__is_active=True,
        organisation__region_id__in={region.code, f"{region.code[:4]}00", f"{region.code[:2]}0000"},
    )
    nearest = chain.order_by("-organisation__region_id").values("organisation__region_id")[:1]
    return User.objects.filter(memberships__in=chain.filter(organisation__region_id__in=nearest)).distinct()
