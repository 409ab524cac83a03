"""Validation of the facts registered about a platform."""

import datetime as dt

import pytest

from zhiping.domain.register import platform_problems, trigger_problems

TODAY = dt.date(2026, 5, 20)
YESTERDAY, TOMORROW = dt.date(2026, 5, 19), dt.date(2026, 5, 21)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, []),
        ({"service_start": TODAY, "last_evaluated": TODAY, "last_grade": "qualified", "ended": TODAY}, []),
        ({"ended": TOMORROW}, []),
        ({"service_start": TOMORROW}, [("registry.future", "service_start")]),
        ({"last_evaluated": TOMORROW}, [("registry.future", "last_evaluated")]),
        (
            {"service_start": TODAY, "last_evaluated": YESTERDAY},
            [("registry.before_start", "last_evaluated")],
        ),
        ({"service_start": TODAY, "ended": YESTERDAY}, [("registry.before_start", "ended")]),
        ({"last_evaluated": TODAY, "last_grade": "good"}, [("registry.no_grade", "last_grade")]),
        ({"last_grade": "excellent"}, [("registry.grade_without_date", "last_evaluated")]),
    ],
)
def test_impossible_facts_are_reported_at_their_field(facts, found):
    assert [(p.code, *p.where) for p in platform_problems(TODAY, **facts)] == found


def test_trigger_in_the_future_is_refused():
    assert list(trigger_problems(TODAY, TODAY)) == []
    assert [p.code for p in trigger_problems(TODAY, TOMORROW)] == ["registry.future"]
