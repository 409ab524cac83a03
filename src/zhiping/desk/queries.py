"""Queries of the desk: tasks offered by stages, ordered by deadline, and numbers; one query for each part."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from zhiping.accounts import queries as accounts
from zhiping.accounts.models import User
from zhiping.accounts.rules import administrator, auditor
from zhiping.domain.lifecycle import BEFORE_CLOSE
from zhiping.evaluations import stage as evaluations
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import in_state
from zhiping.panels import stage as panels
from zhiping.registry import queries as registry
from zhiping.registry.models import Platform
from zhiping.statements import rows_of
from zhiping.web.links import page
from zhiping.web.tasks import Task
from zhiping.web.texts import language

COUNTED = ("platforms", "overdue", "soon")
SOON = dt.timedelta(days=60)
RECENT = dt.timedelta(days=7)
TASKS = (*evaluations.TASKS, *panels.TASKS)


@dataclass(frozen=True, slots=True)
class Number:
    """A number with a link to its list."""

    code: str
    value: int
    url: str
    tone: str = ""


@dataclass(slots=True)
class Desk:
    """The first page of a user."""

    tasks: list[Task] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    regions: list[dict[str, Any]] = field(default_factory=list)


def desk(user: User, now: dt.datetime) -> Desk:
    """Return the tasks of all roles of a user, the earliest deadline first, and the numbers."""
    found, today = Desk(), timezone.localtime(now).date()
    found.tasks = [task for tasks in TASKS for task in tasks(user, today)]
    found.tasks.sort(key=lambda task: (task.due or dt.date.max, task.code))
    if user.regions:
        found.regions, sums = _regions(user, today)
        found.numbers += _numbers(sums)
    found.numbers += _offices(user, now)
    return found


def _regions(user: User, today: dt.date) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return the numbers of platforms and evaluations by region and state, with totals: two queries.

    Officers of a province see its league-cities, all others counties.
    """
    wide = any(first.endswith("0000") for first, _ in user.regions)
    names: dict[str, str] = {}
    sums: dict[str, Counter[str]] = {}
    for code, counts, own, above in _platforms(user, today):
        at, (zh, en) = (f"{code[:4]}00", above) if wide and above[0] and code[4:] != "00" else (code, own)
        names[at] = (en if language() == "en" else "") or zh
        sums.setdefault(at, Counter()).update(counts)
    for code, counts in _in_hand(user):
        sums.setdefault(f"{code[:4]}00" if wide else code, Counter()).update(counts)
    none = dict.fromkeys((*COUNTED, "under_way"), 0)
    lines = [{"code": code, "name": names.get(code, code), **none, **sums[code]} for code in sorted(sums)]
    return lines, sum(sums.values(), Counter())


def _counted(user: User, today: dt.date) -> QuerySet[Platform, Any]:
    """Count by code alone, which has an index; the name depends on the code only."""
    overdue, soon = registry.standing("overdue", today), Q(due__gte=today, due__lte=today + SOON)
    counts = (Count("pk"), Count("pk", filter=overdue), Count("pk", filter=soon))
    names = [Min(f"region__{'parent__' * above}{name}") for above in (0, 1) for name in ("name", "name_en")]
    live = Platform.objects.filter(accounts.in_regions(user, "region_id"), ended__isnull=True).order_by()
    numbers = dict(zip(COUNTED, counts, strict=True))
    labels = {f"name{n}": name for n, name in enumerate(names)}
    return live.values_list("region_id").annotate(**numbers, **labels)


def _platforms(user: User, today: dt.date) -> Iterator[tuple[str, dict[str, int], list[str], list[str]]]:
    for code, *row in rows_of(partial(_counted, user, today)):
        yield code, dict(zip(COUNTED, row, strict=False)), row[-4:-2], row[-2:]


def _counted_states(user: User) -> QuerySet[Evaluation, Any]:
    states = Evaluation.objects.filter(accounts.in_regions(user, "platform__region_id"), kind="authority")
    rows = states.filter(in_state(*BEFORE_CLOSE)).values_list("platform__region_id", "head__phase")
    return rows.annotate(n=Count("pk")).order_by()


def _in_hand(user: User) -> Iterator[tuple[str, dict[str, int]]]:
    for code, phase, n in rows_of(partial(_counted_states, user)):
        yield code, {phase: n, "under_way": n}


def _numbers(sums: Counter[str]) -> list[Number]:
    """Return an officer's numbers, each equal to the length of its list."""
    platforms, listed = reverse("registry:platforms"), reverse("evaluations:evaluations")
    return [
        Number("platforms", sums["platforms"], platforms),
        Number("overdue", sums["overdue"], f"{platforms}?standing=overdue", "danger"),
        Number("soon", sums["soon"], f"{platforms}?sort=due", "warning"),
        *(Number(state, sums[state], f"{listed}?state={state}") for state in BEFORE_CLOSE),
    ]


def _offices(user: User, now: dt.datetime) -> list[Number]:
    """Return the numbers of administrators and auditors."""
    if administrator(user):
        failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).count()
        waiting = User.objects.filter(accounts.state("waiting")).count()
        people = reverse("accounts:people")
        return [
            Number("failed_jobs", failed, page("jobs"), "danger"),
            Number("waiting_people", waiting, f"{people}?state=waiting", "warning"),
        ]
    if auditor(user):
        since = timezone.localtime(now - RECENT).date()
        midnight = timezone.make_aware(dt.datetime.combine(since, dt.time()))
        denied = accounts.audit_log(user).filter(action="denied", at__gte=midnight).count()
        url = f"{reverse('accounts:audit')}?action=denied&since={since}"
        return [Number("denials", denied, url, "warning")]
    return []
