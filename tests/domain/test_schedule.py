"""Due dates at ends of months and years, over holidays, and without a published calendar."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.domain import schedule
from zhiping.domain.errors import Problem
from zhiping.domain.policy import Policy, default
from zhiping.domain.schedule import Annual, Due

WEEK = schedule.published([date(2026, 5, 1), date(2026, 5, 4)], [date(2026, 5, 9)], {2026})


def test_published_calendar_knows_holidays_and_make_up_days():
    days = [date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 9), date(2027, 1, 4)]
    assert [WEEK(day) for day in days] == [True, False, False, True, None]


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 4, 27), 3, date(2026, 4, 30)),
        (date(2026, 4, 30), 1, date(2026, 5, 5)),  # over a holiday, the weekend and another holiday
        (date(2026, 4, 30), 5, date(2026, 5, 9)),  # a working Saturday
        (date(2026, 5, 2), 1, date(2026, 5, 5)),  # starts on a free day
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_working_days_skip_holidays_and_count_make_up_days(start, days, end):
    assert schedule.add_working_days(start, days, WEEK) == Due(end)


def test_working_days_without_data_are_weekdays_and_provisional():
    assert schedule.add_working_days(date(2026, 12, 30), 2, WEEK) == Due(date(2027, 1, 1), provisional=True)
    assert schedule.add_working_days(date(2026, 5, 1), 5) == Due(date(2026, 5, 8), provisional=True)


def test_date_is_provisional_if_any_day_on_the_way_is_unpublished():
    works = schedule.published([], [], {2027})
    assert schedule.add_working_days(date(2026, 12, 30), 3, works) == Due(date(2027, 1, 4), provisional=True)
    assert schedule.add_working_days(date(2026, 12, 31), 1, works) == Due(date(2027, 1, 1))


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_working_days_end_on_a_working_day_with_as_many_on_the_way(start, days):
    end = schedule.add_working_days(start, days).date
    on_the_way = [date.fromordinal(n) for n in range(start.toordinal() + 1, end.toordinal() + 1)]
    assert sum(day.weekday() < 5 for day in on_the_way) == days
    assert end.weekday() < 5


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 8, 31), 1, date(2025, 9, 30)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 11, 30), 1, date(2025, 12, 30)),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last(day, months, expected):
    assert schedule.add_months(day, months) == expected


def test_first_evaluation_is_due_twelve_months_after_service_starts():
    day = date(2026, 2, 28)
    for clock in ("calendar_year", "twelve_months"):
        assert schedule.annual(Policy(clock=clock), date(2025, 2, 28)) == Annual(day, day)


def test_calendar_year_is_due_once_a_year_and_warns_after_twelve_months():
    found = schedule.annual(Policy(), date(2020, 1, 1), date(2025, 3, 31))
    assert found == Annual(date(2026, 12, 31), date(2026, 3, 31))
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [found.standing(day) for day in days] == ["in_time", "warning", "warning", "overdue"]


def test_twelve_months_counts_from_the_last_evaluation():
    found = schedule.annual(Policy(clock="twelve_months"), None, date(2024, 2, 29))
    assert found == Annual(date(2025, 2, 28), date(2025, 2, 28))
    assert [found.standing(date(2025, month, 1)) for month in (2, 3)] == ["in_time", "overdue"]


def test_annual_evaluation_without_dates_has_no_due_date():
    assert schedule.annual(Policy(), None) is None


def test_important_trigger_allows_thirty_days():
    assert schedule.trigger_due(Policy(), date(2026, 1, 31)) == date(2026, 3, 2)
    assert schedule.trigger_due(Policy(trigger_days=10), date(2026, 1, 31)) == date(2026, 2, 10)


def test_comments_have_five_working_days_or_no_draft():
    assert schedule.comments_due(Policy(), date(2026, 5, 5), WEEK) == Due(date(2026, 5, 11))
    assert schedule.comments_due(Policy(draft_days=None), date(2026, 5, 5), WEEK) is None


def test_review_is_asked_for_within_ten_working_days_after_issue():
    assert schedule.review_due(Policy(), date(2026, 5, 5), WEEK) == Due(date(2026, 5, 18))


def test_improvement_has_thirty_working_days_when_unqualified_else_ninety_days():
    issued = date(2026, 5, 5)
    assert schedule.improvement_due(Policy(), issued, "unqualified", WEEK) == Due(date(2026, 6, 15))
    assert schedule.improvement_due(Policy(), issued, "qualified", WEEK) == Due(date(2026, 8, 3))
    assert schedule.improvement_due(Policy(), issued, "excellent", WEEK) == Due(date(2026, 8, 3))


@pytest.mark.parametrize(("kind", "end"), [("authority", date(2056, 12, 31)), ("self", date(2036, 12, 31))])
def test_retention_counts_from_the_year_after_filing(kind, end):
    assert schedule.retention_end(default(kind).retention, 2026) == end


def test_permanent_retention_never_ends():
    assert schedule.retention_end("permanent", 2026) is None


def test_longer_deadline_needs_a_reason():
    policy = Policy(rectify_days=60, improve_days=91)
    assert list(schedule.deadline_problems(policy)) == [
        Problem("schedule.rectify_days", {"found": 60, "usual": 30}),
        Problem("schedule.improve_days", {"found": 91, "usual": 90}),
    ]
    assert list(schedule.deadline_problems(policy, "设备需进口")) == []
    assert list(schedule.deadline_problems(Policy(rectify_days=10, step=Fraction(1, 2)))) == []


@pytest.mark.parametrize(
    ("last", "grade", "trigger", "expected"),
    [
        (None, "", True, "trigger"),
        (None, "", False, "first"),
        (date(2025, 9, 1), "qualified", False, "annual"),
        (date(2025, 9, 1), "unqualified", False, "annual"),
        (date(2026, 3, 1), "unqualified", False, "follow_up"),
        (date(2026, 3, 1), "qualified", False, "annual"),
    ],
)
def test_reason_follows_from_the_trigger(last, grade, trigger, expected):
    assert schedule.reason(2026, last=last, grade=grade, trigger=trigger) == expected
