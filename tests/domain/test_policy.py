"""Validation of an authority's policy, with problems at their fields."""

from dataclasses import replace
from fractions import Fraction

import pytest

from zhiping.domain import policy
from zhiping.domain.errors import Problem
from zhiping.domain.policy import Policy


def test_default_policy_of_an_authority_is_valid():
    assert list(policy.problems(policy.default("authority"))) == []
    assert list(policy.problems(Policy(draft_days=None, step=Fraction(1, 2), retention="permanent"))) == []


def test_authority_cannot_use_one_common_table():
    assert [p.where for p in policy.problems(policy.default("self"))] == [("method",)]


@pytest.mark.parametrize(
    ("name", "value"), [("step", Fraction(1, 3)), ("clock", "lunar"), ("retention", "5"), ("method", "vote")]
)
def test_values_outside_the_choices_are_refused(name, value):
    found = list(policy.problems(replace(Policy(), **{name: value})))
    assert [(p.code, p.data["found"], p.where) for p in found] == [("policy.choice", str(value), (name,))]


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_days_have_bounds(days):
    expected = Problem("policy.days", {"found": days, "most": 3650}, ("review_days",))
    assert list(policy.problems(Policy(review_days=days))) == [expected]
