"""Ports of the registry, for the apps above to collect."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.queries import in_regions
from zhiping.registry.models import Platform
from zhiping.registry.queries import operators, place, standing, visible_to
from zhiping.statements import rows_of
from zhiping.web.links import link_to
from zhiping.web.numbers import Counts, Number
from zhiping.web.searching import Searched, Words, lines
from zhiping.web.texts import language

# Names of events that may leave by webhook.
EVENTS = ("platform.added", "platform.changed", "platform.ended", "trigger.reported", "trigger.decided")


def _counted(user: User, today: dt.date) -> QuerySet[Platform, Any]:
    """Count by code alone, which has an index; the names depend on the code only."""
    soon = Q(due__gte=today, due__lte=today + dt.timedelta(days=60))
    live = Platform.objects.filter(in_regions(user, "region_id"), ended__isnull=True).order_by()
    return live.values_list("region_id").annotate(
        platforms=Count("pk"),
        overdue=Count("pk", filter=standing("overdue", today)),
        soon=Count("pk", filter=soon),
        zh=Min("region__name"),
        en=Min("region__name_en"),
        above_zh=Min("region__parent__name"),
        above_en=Min("region__parent__name_en"),
    )


def _by_region(user: User, today: dt.date) -> Iterator[tuple[str, dict[str, int], dict[str, str]]]:
    english = language() == "en"
    for code, platforms, overdue, soon, zh, en, above_zh, above_en in rows_of(partial(_counted, user, today)):
        names = {f"{code[:4]}00": (english and above_en) or above_zh, code: (english and en) or zh}
        yield code, {"platforms": platforms, "overdue": overdue, "soon": soon}, names


def _numbers(sums: Mapping[str, int]) -> list[Number]:
    """Return the numbers, each equal to the length of its list."""
    listed = reverse("registry:platforms")
    return [
        Number("platforms", sums["platforms"], listed),
        Number("overdue", sums["overdue"], f"{listed}?standing=overdue", "danger"),
        Number("soon", sums["soon"], f"{listed}?sort=due", "warning"),
    ]


COUNTS = Counts(_by_region, _numbers)


def _platforms(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the words of platforms: names and places, sites, what happened to them."""
    rows = Platform.objects.filter(Q(pk__in=ledgers) | Q(operator_id__in=ledgers))
    for one in rows.select_related("operator", "region__parent").prefetch_related("sites", "triggers"):
        sites = (f"{site.name} {site.address}" for site in one.sites.all())
        said = (text for each in one.triggers.all() for text in (each.description, each.reason, each.view))
        body = lines(one.operator.name, place(one.region), one.url, *sites, *said)
        yield Words(one.pk, one.pk, one.name, body)


def _operators(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the words of operators: name, code, place."""
    rows = Organisation.objects.filter(pk__in=ledgers, kind=Organisation.Kind.OPERATOR)
    for one in rows.select_related("region__parent"):
        yield Words(one.pk, one.pk, one.name, lines(one.code or "", place(one.region), one.address))


SEARCH = (
    Searched("platform", ("platform", "organisation"), _platforms, visible_to, link_to("platform")),
    Searched("operator", ("organisation",), _operators, operators, link_to("registry:operator")),
)
