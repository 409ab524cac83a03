"""Queries of the desk: tasks offered by stages, ordered by deadline, and numbers; one query for each part."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from zhiping.accounts import queries as accounts
from zhiping.accounts.models import User
from zhiping.accounts.rules import administrator, auditor
from zhiping.archive import stage as archive
from zhiping.evaluations import stage as evaluations
from zhiping.evidence import stage as evidence
from zhiping.improvement import stage as improvement
from zhiping.ledger import watch
from zhiping.panels import stage as panels
from zhiping.registry import stage as registry
from zhiping.scoring import stage as scoring
from zhiping.web.links import page
from zhiping.web.numbers import Counts, Number
from zhiping.web.tasks import Task

COLUMNS = ("platforms", "overdue", "soon", "under_way")  # of the regions
RECENT = dt.timedelta(days=7)
TASKS = (
    *evaluations.TASKS, *panels.TASKS, *evidence.TASKS, *scoring.TASKS, *improvement.TASKS,
    *archive.TASKS,
)  # fmt: skip
COUNTS: tuple[Counts, ...] = (registry.COUNTS, evaluations.COUNTS)


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
    found.tasks += _late(user, now)
    found.tasks.sort(key=lambda task: (task.due or dt.date.max, task.code))
    if user.regions:
        found.regions, sums = _regions(user, today)
        found.numbers += [number for counts in COUNTS for number in counts.numbers(sums)]
    found.numbers += _offices(user, now)
    return found


def _regions(user: User, today: dt.date) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return the counts of each region that has any, and the totals: one query for each stage.

    Officers of a province see its league-cities, all others counties.
    """
    wide = any(first.endswith("0000") for first, _ in user.regions)
    names: dict[str, str] = {}
    sums: dict[str, Counter[str]] = {}
    for counts in COUNTS:
        for code, numbers, known in counts.by_region(user, today):
            sums.setdefault(f"{code[:4]}00" if wide else code, Counter()).update(numbers)
            names |= known
    none = dict.fromkeys(COLUMNS, 0)
    lines = [{"code": code, "name": names.get(code) or code, **none, **sums[code]} for code in sorted(sums)]
    return lines, sum(sums.values(), Counter())


def _late(user: User, now: dt.datetime) -> list[Task]:
    """Return what the worker has not done for too long, for administrators."""
    if not administrator(user):
        return []
    return [Task(f"late_{name}", {}, page("checks")) for name in watch.late(now)]


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
