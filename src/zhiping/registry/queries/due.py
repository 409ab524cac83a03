"""What is due, in numbers: each region with how many platforms stand where and which triggers wait."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Count, QuerySet

from zhiping.accounts.models import Region, User
from zhiping.accounts.queries import in_regions
from zhiping.registry.models import Platform, Trigger
from zhiping.registry.queries.platforms import standing
from zhiping.registry.queries.regions import place
from zhiping.registry.queries.triggers import state
from zhiping.statements import rows_of, things_of

STANDINGS = ("overdue", "warning", "in_time", "unknown")
STATES = ("undecided", "to_start", "late")  # late: the trigger's state `overdue`


@dataclass(frozen=True, slots=True)
class Numbers:
    """One region's numbers by name: `total` and those of STANDINGS and STATES."""

    region: Region | None  # None: all together
    name: str
    counts: Counter[str]


def due_numbers(user: User, today: dt.date) -> list[Numbers]:
    """Return the regions an officer is responsible for, with numbers: three queries; the sum comes last.

    An officer of a province gets its league-cities, others the counties.
    """
    wide = any(first.endswith("0000") for first, _ in user.regions)
    sums: dict[str, Counter[str]] = {}
    for code, counts in (*_platforms(user, today), *_triggers(user, today)):
        sums.setdefault(f"{code[:4]}00" if wide else code, Counter()).update(counts)
    regions = {region.code: region for region in things_of(partial(_regions, user))}
    found = [Numbers(regions[code], place(regions[code]), sums[code]) for code in sorted(sums)]
    return [*found, Numbers(None, "", sum((row.counts for row in found), Counter()))] if found else []


def _regions(user: User) -> QuerySet[Region]:
    return Region.objects.filter(in_regions(user, "code")).select_related("parent")


def _platforms(user: User, today: dt.date) -> list[tuple[str, dict[str, int]]]:
    rows = rows_of(partial(_counted_platforms, user, today))
    return [(code, dict(zip(("total", *STANDINGS), counts, strict=True))) for code, *counts in rows]


def _counted_platforms(user: User, today: dt.date) -> QuerySet[Platform, Any]:
    counts = {name: Count("pk", filter=standing(name, today)) for name in STANDINGS}
    live = Platform.objects.filter(in_regions(user, "region_id"), ended__isnull=True)
    return live.values_list("region_id").annotate(total=Count("pk"), **counts)


def _triggers(user: User, today: dt.date) -> list[tuple[str, dict[str, int]]]:
    rows = rows_of(partial(_counted_triggers, user, today))
    return [(code, dict(zip(STATES, counts, strict=True))) for code, *counts in rows]


def _counted_triggers(user: User, today: dt.date) -> QuerySet[Trigger, Any]:
    names = zip(STATES, ("undecided", "to_start", "overdue"), strict=True)
    counts = {name: Count("pk", filter=state(of, today)) for name, of in names}
    live = Trigger.objects.filter(in_regions(user, "platform__region_id"))
    return live.values_list("platform__region_id").annotate(**counts)
