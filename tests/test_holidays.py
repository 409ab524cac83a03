"""The published Chinese holiday arrangements, and dates beyond them."""

from datetime import date, timedelta

from zhiping.domain.schedule import Due, add_working_days
from zhiping.holidays import china


def test_spring_festival_2024_is_free_and_its_sundays_are_made_up():
    festival = [date(2024, 2, 10) + timedelta(days=n) for n in range(8)]
    assert [china(day) for day in festival] == [False] * 8
    assert [china(day) for day in (date(2024, 2, 4), date(2024, 2, 18))] == [True, True]  # both Sundays
    assert [china(day) for day in (date(2024, 2, 9), date(2024, 2, 3))] == [True, False]


def test_ordinary_week_is_monday_to_friday():
    assert [china(date(2024, 3, 11) + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2


def test_years_without_data_are_unknown():
    assert [china(date(1999, 6, 1)), china(date(2999, 6, 3))] == [None, None]


def test_working_days_go_over_the_spring_festival():
    assert add_working_days(date(2024, 2, 8), 2, china) == Due(date(2024, 2, 18))


def test_working_days_beyond_the_data_are_provisional_weekdays():
    assert add_working_days(date(2999, 6, 3), 5, china) == Due(date(2999, 6, 10), provisional=True)
