"""Validation of the facts registered about a platform (3.3, 6.1)."""

import datetime as dt
from collections.abc import Iterator

from zhiping.domain import dates
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
    known = {"service_start": service_start, "ended": ended, "last_evaluated": last_evaluated}
    yield from dates.problems(known, today)
    if last_grade and last_grade not in GRADES:
        yield Problem("registry.no_grade", {"found": last_grade}, ("last_grade",))
    if last_grade and not last_evaluated:
        yield Problem("registry.grade_without_date", {}, ("last_evaluated",))
