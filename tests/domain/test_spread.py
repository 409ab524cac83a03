"""The median and its interval."""

from fractions import Fraction
from math import comb

from hypothesis import given
from hypothesis import strategies as st

from zhiping.domain.spread import LEAST, OUTSIDE, Spread, rank, spread


def test_no_values_have_no_median():
    assert spread([]) is None


def test_few_values_have_a_median_without_interval():
    assert spread([Fraction(3), Fraction(1)]) == Spread(2, Fraction(2))
    assert spread([Fraction(3), Fraction(1), Fraction(9)]) == Spread(3, Fraction(3))


def test_interval_is_that_of_the_sign_test():
    """Conover, table A3: with 30 values the interval ends at the 10th value from either end."""
    values = [Fraction(n) for n in range(1, 31)]
    assert spread(values) == Spread(30, Fraction(31, 2), Fraction(10), Fraction(21))


@given(st.integers(LEAST, 400))
def test_interval_is_the_narrowest_that_is_seldom_wrong(count):
    k = rank(count)
    chance = [Fraction(sum(comb(count, i) for i in range(n)), 2**count) for n in (k, k + 1)]
    assert chance[0] <= OUTSIDE / 2 < chance[1]


@given(st.lists(st.fractions(max_denominator=60), min_size=LEAST, max_size=80))
def test_median_is_within_its_interval(values):
    found = spread(values)
    assert found.low <= found.median <= found.high


def test_very_few_values_would_have_their_ends():
    assert rank(3) == 1
