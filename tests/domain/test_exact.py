"""Exact numbers as text, and their sums."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.domain import exact


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(90), "90"),
        (Fraction(179, 2), "89.5"),
        (Fraction(1, 20), "0.05"),
        (Fraction(-1, 2), "-0.5"),
        (Fraction(1, 8), "0.125"),
        (Fraction(1, 25), "0.04"),
        (Fraction(268, 3), "268/3"),
        (Fraction(-1, 6), "-1/6"),
        (Fraction(10000), "10000"),
    ],
)
def test_number_is_a_decimal_if_finite_else_a_fraction(value, text):
    assert exact.number_text(value) == text


@given(st.fractions())
def test_number_round_trips(value):
    assert Fraction(exact.number_text(value)) == value


@given(st.lists(st.fractions()))
def test_total_is_the_exact_sum(values):
    found = exact.total(values)
    assert (type(found), found) == (Fraction, sum(values, Fraction(0)))
