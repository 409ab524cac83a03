"""Due dates: the annual clock, triggers, comment windows and deadlines, in days and working days.

Periods are counted as in the Civil Code: from the day after the event (art. 201); a month ends on the
corresponding day or, if there is none, on the last day of the month (art. 202).
"""

import calendar
import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from zhiping.domain.errors import Problem
from zhiping.domain.policy import Policy

WorkCalendar = Callable[[dt.date], bool | None]  # whether a day is a working day; None: no data for its year


@dataclass(frozen=True, slots=True)
class Due:
    """A due date; `provisional` if the calendar is not yet published for a day on the way."""

    date: dt.date
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Annual:
    """Due date of the next annual evaluation (6.1.1); `warning`: the end of twelve months since the last."""

    due: dt.date
    warning: dt.date

    def standing(self, today: dt.date) -> str:
        """Return `overdue`, `warning` or `in_time`; the due date itself is in time."""
        if today > self.due:
            return "overdue"
        return "warning" if today > self.warning else "in_time"


def weekdays(day: dt.date) -> None:
    """Return None for every day: a calendar without data, so Monday to Friday count, provisionally."""


def published(
    holidays: Collection[dt.date], make_up_days: Collection[dt.date], years: Collection[int]
) -> WorkCalendar:
    """Return a calendar of the given years, from their public holidays and make-up working days."""

    def works(day: dt.date) -> bool | None:
        if day.year not in years:
            return None
        return day in make_up_days or (day.weekday() < 5 and day not in holidays)

    return works


def add_working_days(start: dt.date, days: int, works: WorkCalendar = weekdays) -> Due:
    """Return the last day of a period of working days that begins the day after `start`."""
    day, provisional = start, False
    while days:
        day += dt.timedelta(days=1)
        known = works(day)
        provisional = provisional or known is None
        days -= day.weekday() < 5 if known is None else known
    return Due(day, provisional)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the corresponding day some months later, or the last day of the month if there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return dt.date(day.year + years, month + 1, min(day.day, last))


def annual(policy: Policy, service_start: dt.date | None, last: dt.date | None = None) -> Annual | None:
    """Return the due date of the next annual evaluation (6.1.1); None without a date to count from.

    `last`: the day of the last evaluation. The first one is due twelve months after the start of service.
    Later ones are due by the end of the next calendar year, with a warning after twelve months (clock
    `calendar_year`), or within twelve months (`twelve_months`).
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
    """Propose the reason of an evaluation whose period ends in `year` (6.1).

    `trigger` after an important trigger, `first` without an earlier evaluation, `follow_up` if the platform
    was unqualified in the same year (8.4.2), else `annual`.
    """
    if trigger:
        return "trigger"
    if last is None:
        return "first"
    return "follow_up" if grade == "unqualified" and last.year >= year else "annual"


def trigger_due(policy: Policy, decided: dt.date) -> dt.date:
    """Return the last day to start the evaluation after a trigger was decided to be important (6.1.2)."""
    return decided + dt.timedelta(days=policy.trigger_days)


def comments_due(policy: Policy, sent: dt.date, works: WorkCalendar = weekdays) -> Due | None:
    """Return the last day for objections to the draft; None if the policy has no draft."""
    return None if policy.draft_days is None else add_working_days(sent, policy.draft_days, works)


def review_due(policy: Policy, issued: dt.date, works: WorkCalendar = weekdays) -> Due:
    """Return the last day to ask for a formal review of an issued report."""
    return add_working_days(issued, policy.review_days, works)


def improvement_due(policy: Policy, issued: dt.date, grade: str, works: WorkCalendar = weekdays) -> Due:
    """Return the improvement deadline (8.4.2), in working days if unqualified, else in days."""
    if grade == "unqualified":
        return add_working_days(issued, policy.rectify_days, works)
    return Due(issued + dt.timedelta(days=policy.improve_days))


def retention_end(retention: str, year: int) -> dt.date | None:
    """Return the last day of a retention, counted in years after the year of the record; None: permanent."""
    return None if retention == "permanent" else dt.date(year + int(retention), 12, 31)


def deadline_problems(policy: Policy, reason: str = "") -> Iterator[Problem]:
    """Yield the deadlines that are longer than the default without a reason."""
    usual = Policy()
    for code, days, most in (
        ("schedule.rectify_days", policy.rectify_days, usual.rectify_days),
        ("schedule.improve_days", policy.improve_days, usual.improve_days),
    ):
        if days > most and not reason:
            yield Problem(code, {"found": days, "usual": most})
