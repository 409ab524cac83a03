"""Queries of the register: regions, operators, platforms, triggers, and what is due."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, UUIDField, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Membership, Organisation, Region, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.documents.spreadsheets.workbook.cells import plain
from zhiping.domain import schedule
from zhiping.registry.models import Platform, Site, Trigger
from zhiping.statements import Given, Row, Statement, get_or_404, rows_of, things_of
from zhiping.web.texts import language


def regions(user: User) -> QuerySet[Region]:
    """Return the regions an officer is responsible for."""
    return Region.objects.filter(in_regions(user, "code"))


def region_names(user: User) -> tuple[Row, ...]:
    """Return code and NAMES of each of these regions."""
    return tuple(rows_of(partial(_region_names, user)))


def _region_names(user: User) -> QuerySet[Any, Any]:
    return regions(user).values_list("code", *NAMES)


def divisions(_: User) -> QuerySet[Region]:
    """Return all regions, which are public."""
    return Region.objects.select_related("parent")


NAMES = ("level", "name", "name_en", "parent__name", "parent__name_en")


def place(region: Region) -> str:
    """Name a region as an address does: a county after its league-city; its parent must be at hand."""
    above = region.parent
    parents = (above.name, above.name_en) if above else (None, None)
    return named(region.level, region.name, region.name_en, *parents)


def named(level: str, zh: str, en: str, above_zh: str | None, above_en: str | None) -> str:
    """Name a region by the values of NAMES."""
    english = language() == "en"
    own = (english and en) or zh
    if level != Region.Level.COUNTY or not above_zh:
        return own
    above = (english and above_en) or above_zh
    return f"{own}, {above}" if english else f"{above}{own}"


class Places:
    """All regions, by code or by name with or without the regions above; one query when first used."""

    def __init__(self) -> None:
        self.by_code = {region.code: region for region in Region.objects.all()}
        self.by_name: dict[str, list[Region]] = defaultdict(list)
        for region in self.by_code.values():
            region.parent = self.by_code.get(region.parent_id or "")  # no query for each
        for region in self.by_code.values():
            for spelling in {_bare(name) for name in _spellings(region)}:
                self.by_name[spelling].append(region)

    def find(self, text: str) -> list[Region]:
        """Return what a text may mean: a region's code, its name, or its path in any usual writing."""
        bare = _bare(text)
        return [self.by_code[bare]] if bare in self.by_code else self.by_name.get(bare, [])


def _spellings(region: Region) -> Iterator[str]:
    chain = [region]
    while (above := chain[-1].parent) is not None:
        chain.append(above)
    for depth in range(1, len(chain) + 1):
        yield "".join(r.name for r in reversed(chain[:depth]))
        yield "".join(r.name_en or r.name for r in chain[:depth])
        yield "".join(r.name_en or r.name for r in reversed(chain[:depth]))


def _bare(text: str) -> str:
    """Return a name as it is compared: no spaces, no separators, one width, lower case."""
    return plain(text).translate({ord(c): None for c in "/\\,，、>-－·.→"})


def operators(user: User) -> QuerySet[Organisation]:
    """Return the operators of the person's regions, and those they work for."""
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    return Organisation.objects.filter(
        in_regions(user, "region_id") | Q(pk__in=own), kind=Organisation.Kind.OPERATOR
    ).select_related("region__parent")


def with_platforms(operators: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Add how many platforms each operator has in service, as `platforms_count`."""
    live = Platform.objects.filter(operator=OuterRef("pk"), ended__isnull=True).order_by()
    count = live.values("operator").annotate(n=Count("pk")).values("n")
    return operators.annotate(platforms_count=Coalesce(Subquery(count), Value(0)))


def operators_counted(user: User) -> QuerySet[Organisation]:
    """Return the operators with how many platforms each has in service."""
    return with_platforms(operators(user))


def get_operator(user: User, operator_id: UUID) -> Organisation:
    """Return one operator; Http404 where the person may not see it."""
    return get_object_or_404(operators(user).select_related("head"), pk=operator_id)


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
    platform: Platform = get_or_404(partial(_whole, user), pk=platform_id)
    return platform


def _whole(user: User) -> QuerySet[Platform]:
    return platforms(user).select_related("head").filter(pk=Given("pk", UUIDField()))


def sites(platform: Platform) -> QuerySet[Site]:
    """Return a platform's sites, those that are closed last."""
    return platform.sites.order_by(F("closed").asc(nulls_first=True), "name")


_SITES = Statement(
    lambda: Site.objects.filter(platform=Given("platform", UUIDField())).order_by(
        F("closed").asc(nulls_first=True), "name"
    )
)


def sites_of(platform: Platform) -> list[Site]:
    """Return `sites`, read by a compiled statement."""
    return _SITES.things(platform=platform.pk)


def standing(name: str, today: dt.date) -> Q:
    """Return the condition for a platform's state on the annual clock (6.1.1) today."""
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
    """Return the condition for a trigger's state today."""
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
    numbers = [Numbers(regions[code], place(regions[code]), sums[code]) for code in sorted(sums)]
    return [*numbers, Numbers(None, "", sum((row.counts for row in numbers), Counter()))] if numbers else []


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
