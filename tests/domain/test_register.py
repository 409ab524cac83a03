"""Validation of the facts registered about a platform."""

import datetime as dt

import pytest

from zhiping.domain import dates
from zhiping.domain.register import platform_problems

TODAY = dt.date(2026, 5, 20)
YESTERDAY, TOMORROW = dt.date(2026, 5, 19), dt.date(2026, 5, 21)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, []),
        ({"service_start": TODAY, "last_evaluated": TODAY, "last_grade": "qualified", "ended": TODAY}, []),
        ({"ended": TOMORROW}, []),
        ({"service_start": TOMORROW}, [("dates.future", "service_start")]),
        ({"last_evaluated": TOMORROW}, [("dates.future", "last_evaluated")]),
        (
            {"service_start": TODAY, "last_evaluated": YESTERDAY},
            [("dates.before_service", "last_evaluated")],
        ),
        ({"service_start": TODAY, "ended": YESTERDAY}, [("dates.before_service", "ended")]),
        ({"last_evaluated": TODAY, "last_grade": "good"}, [("registry.no_grade", "last_grade")]),
        ({"last_grade": "excellent"}, [("registry.grade_without_date", "last_evaluated")]),
    ],
)
def test_impossible_facts_are_reported_at_their_field(facts, found):
    assert [(p.code, *p.where) for p in platform_problems(TODAY, **facts)] == found


def test_trigger_in_the_future_is_refused():
    assert dates.problems({"happened": TODAY}, TODAY) == []
    assert [p.code for p in dates.problems({"happened": TOMORROW}, TODAY)] == ["dates.future"]
