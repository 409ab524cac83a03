"""Validation of the facts registered about a platform (3.3, 6.1)."""

import datetime as dt
from collections.abc import Iterator

from zhiping.domain.errors import Problem

FACTS = ("service_start", "ended", "last_evaluated", "last_grade")  # what `platform_problems` judges
GRADES = ("excellent", "qualified", "unqualified")  # 8.2


def platform_problems(
    today: dt.date,
    *,
    service_start: dt.date | None = None,
    ended: dt.date | None = None,
    last_evaluated: dt.date | None = None,
    last_grade: str = "",
) -> Iterator[Problem]:
    """Yield the facts of a platform that cannot be true; `where` is the name of the field."""
    if service_start and service_start > today:
        yield Problem("registry.future", {"found": str(service_start)}, ("service_start",))
    if last_evaluated and last_evaluated > today:
        yield Problem("registry.future", {"found": str(last_evaluated)}, ("last_evaluated",))
    if service_start and last_evaluated and last_evaluated < service_start:
        data = {"found": str(last_evaluated), "start": str(service_start)}
        yield Problem("registry.before_start", data, ("last_evaluated",))
    if service_start and ended and ended < service_start:
        data = {"found": str(ended), "start": str(service_start)}
        yield Problem("registry.before_start", data, ("ended",))
    if last_grade and last_grade not in GRADES:
        yield Problem("registry.no_grade", {"found": last_grade}, ("last_grade",))
    if last_grade and not last_evaluated:
        yield Problem("registry.grade_without_date", {}, ("last_evaluated",))


def trigger_problems(today: dt.date, happened: dt.date) -> Iterator[Problem]:
    """Yield the facts of a trigger that cannot be true (6.1.2)."""
    if happened > today:
        yield Problem("registry.future", {"found": str(happened)}, ("happened",))
