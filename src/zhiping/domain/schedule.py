"""When things are due: the annual clock, triggers, windows and deadlines, in days and working days.

Periods count as in the Civil Code: the first day is the one after the event (art. 201), a month ends on the
corresponding day or, where there is none, on the month's last (art. 202).
"""

import calendar
import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from zhiping.domain.errors import Problem
from zhiping.domain.policy import Policy

WorkCalendar = Callable[[dt.date], bool | None]  # is it a working day? None: no data for that year


@dataclass(frozen=True, slots=True)
class Due:
    """The last day for something; `provisional` where a day on the way has no published working calendar."""

    date: dt.date
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Annual:
    """When the next annual evaluation (6.1.1) is due; after `warning` its twelve months have passed."""

    due: dt.date
    warning: dt.date

    def standing(self, today: dt.date) -> str:
        """Return `overdue`, `warning` or `in_time`; the due day itself is still in time."""
        if today > self.due:
            return "overdue"
        return "warning" if today > self.warning else "in_time"


def weekdays(day: dt.date) -> None:
    """Be the calendar where none is published: Monday to Friday count, every date is provisional."""


def published(
    holidays: Collection[dt.date], make_up_days: Collection[dt.date], years: Collection[int]
) -> WorkCalendar:
    """Return the calendar of the given years from their public holidays and make-up working days."""

    def works(day: dt.date) -> bool | None:
        if day.year not in years:
            return None
        return day in make_up_days or (day.weekday() < 5 and day not in holidays)

    return works


def add_working_days(start: dt.date, days: int, works: WorkCalendar = weekdays) -> Due:
    """Return the day on which a period of working days ends; the start is not counted."""
    day, provisional = start, False
    while days:
        day += dt.timedelta(days=1)
        known = works(day)
        provisional = provisional or known is None
        days -= day.weekday() < 5 if known is None else known
    return Due(day, provisional)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the corresponding day some months later, the month's last day where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return dt.date(day.year + years, month + 1, min(day.day, last))


def annual(policy: Policy, service_start: dt.date | None, last: dt.date | None = None) -> Annual | None:
    """Return when the next annual evaluation is due (6.1.1); None where nobody stated a date to count from.

    `last` is the day of the last evaluation. The first is due twelve months after service started. Then the
    clock `calendar_year` asks for one in each calendar year and warns after twelve months; `twelve_months`
    asks for one within them.
    """
    since = last or service_start
    if since is None:
        return None
    year_on = add_months(since, 12)
    if last and policy.clock == "calendar_year":
        return Annual(dt.date(last.year + 1, 12, 31), year_on)
    return Annual(year_on, year_on)


def reason(
    year: int, *, last: dt.date | None, grade: str, trigger: bool = False
) -> Literal["annual", "trigger", "follow_up", "first"]:
    """Propose why an evaluation is held whose period ends in `year` (6.1).

    After a trigger it is held for that; a platform never evaluated has its first; one found unqualified in
    the same year is evaluated again (8.4.2); else it is the year's.
    """
    if trigger:
        return "trigger"
    if last is None:
        return "first"
    return "follow_up" if grade == "unqualified" and last.year >= year else "annual"


def trigger_due(policy: Policy, decided: dt.date) -> dt.date:
    """Return the last day to start the evaluation a trigger calls for (6.1.2), once found important."""
    return decided + dt.timedelta(days=policy.trigger_days)


def comments_due(policy: Policy, sent: dt.date, works: WorkCalendar = weekdays) -> Due | None:
    """Return the last day for objections to the draft; None where the policy sends no draft."""
    return None if policy.draft_days is None else add_working_days(sent, policy.draft_days, works)


def review_due(policy: Policy, issued: dt.date, works: WorkCalendar = weekdays) -> Due:
    """Return the last day to ask for a formal review of an issued report."""
    return add_working_days(issued, policy.review_days, works)


def improvement_due(policy: Policy, issued: dt.date, grade: str, works: WorkCalendar = weekdays) -> Due:
    """Return the last day to improve (8.4.2): working days to rectify when unqualified, else days."""
    if grade == "unqualified":
        return add_working_days(issued, policy.rectify_days, works)
    return Due(issued + dt.timedelta(days=policy.improve_days))


def retention_end(policy: Policy, filed: dt.date) -> dt.date | None:
    """Return the last day a record is kept, in years after the year it was filed; None: permanently."""
    if policy.retention == "permanent":
        return None
    return dt.date(filed.year + int(policy.retention), 12, 31)


def deadline_problems(policy: Policy, reason: str = "") -> Iterator[Problem]:
    """Say which deadlines are longer than usual without a reason."""
    usual = Policy()
    for code, days, most in (
        ("schedule.rectify_days", policy.rectify_days, usual.rectify_days),
        ("schedule.improve_days", policy.improve_days, usual.improve_days),
    ):
        if days > most and not reason:
            yield Problem(code, {"found": days, "usual": most})
