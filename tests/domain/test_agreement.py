"""Agreement: published examples, missing values, constant marks, random units against the matrix formula."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import oracle, tables

from zhiping.domain import consensus
from zhiping.domain.agreement import agreement, alpha
from zhiping.domain.sheet import Mark, Sheet

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability: four observers, twelve units
FOUR_OBSERVERS = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
# the same paper: two observers, ten articles; for two values the interval metric equals the nominal one
TWO_OBSERVERS = """
0 1 0 0 0 0 0 0 1 0
1 1 1 0 0 1 0 0 0 0
"""


def _units(text):
    rows = [[None if v == "." else Fraction(v) for v in line.split()] for line in text.split("\n") if line]
    return list(zip(*rows, strict=True))


@pytest.mark.parametrize("judge", [alpha, oracle.alpha])
def test_alpha_matches_the_published_example_with_missing_values(judge):
    found = judge(_units(FOUR_OBSERVERS))
    assert (type(found), round(found, 3)) == (Fraction, Fraction("0.849"))


@pytest.mark.parametrize("judge", [alpha, oracle.alpha])
def test_alpha_matches_the_published_example_with_two_observers(judge):
    assert round(judge(_units(TWO_OBSERVERS)), 3) == Fraction("0.095")


def test_alpha_is_one_if_all_agree_and_values_vary():
    assert alpha([[Fraction(0)] * 3, [Fraction(1, 2)] * 3]) == 1


def test_alpha_can_be_negative():
    zero, one = Fraction(0), Fraction(1)
    assert alpha([[zero, one], [one, zero]]) == Fraction(-1, 2)


@pytest.mark.parametrize(
    "units", [[], [[Fraction(1)]], [[Fraction(2), None]], [[Fraction(1)] * 3, [Fraction(1)] * 3]]
)
def test_alpha_is_undefined_without_variation(units):
    assert alpha(units) is None


VALUES = st.one_of(st.none(), st.builds(Fraction, st.integers(0, 8), st.sampled_from([1, 2, 3, 4])))


@given(st.lists(st.lists(VALUES, min_size=1, max_size=5), max_size=8))
def test_alpha_equals_the_coincidence_matrix_formula(units):
    assert alpha(units) == oracle.alpha(units)


@given(
    st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=6), st.integers(1, 9)
)
def test_alpha_is_invariant_under_scaling(units, scale):
    assert alpha([[Fraction(v) for v in unit] for unit in units]) == alpha(
        [[Fraction(v * scale, 7) for v in unit] for unit in units]
    )


ROWS = (oracle.Row("1.1", (2, (0, 1))), oracle.Row("1.2", (4, 0)), oracle.Row("B.1", (2,), bonus=True))


def _agreement(*members):
    table = tables.rubric(ROWS, oracle.BANDS)
    names = [f"e{j}" for j in range(len(members))]
    sheets = [
        Sheet(name, name, {row.id: Mark(Fraction(p)) for row, p in zip(ROWS, member, strict=True)})
        for name, member in zip(names, members, strict=True)
    ]
    return agreement(consensus.items(table, sheets), names)


def test_agreement_counts_base_criteria_as_shares_of_their_maximum():
    found = _agreement((2, 4, 2), (1, 4, 0), (0, 4, 0))
    assert found["unanimous"] == "0.5"  # the bonus, on which they differ, is not counted
    assert found["mean_range"] == "1"  # (2 + 0) / 2 points
    assert found["alpha"] == str(alpha([[1, Fraction(1, 2), 0], [1, 1, 1]]))


def test_severity_is_negative_for_the_stricter_member():
    found = _agreement((2, 4, 0), (1, 4, 0), (0, 4, 0))["severity"]
    assert found == [
        {"expert_id": "e0", "share": "0.375", "points": "1.5"},
        {"expert_id": "e1", "share": "0", "points": "0"},
        {"expert_id": "e2", "share": "-0.375", "points": "-1.5"},
    ]


def test_agreement_of_one_sheet_is_null():
    assert _agreement((2, 4, 0)) == {"alpha": None, "unanimous": None, "mean_range": None, "severity": []}


def test_agreement_of_identical_sheets_has_no_alpha_if_shares_do_not_vary():
    assert _agreement((2, 4, 0), (2, 4, 2), (2, 4, 5))["alpha"] is None
    assert _agreement((2, 0, 0), (2, 0, 0), (2, 0, 0))["alpha"] == "1"
