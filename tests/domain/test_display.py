"""Printed points: cut to two decimals, and every table adds up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import tables
from tests.domain.test_laws import cases, law, result

from zhiping.domain.display import apportion, cut

THIRD = Fraction(1, 3)
SEVENTHS = st.lists(st.integers(0, 21).map(lambda n: Fraction(n, 7)), min_size=1, max_size=12)
TABLE = tables.table_a1()


@pytest.mark.parametrize(
    ("values", "whole", "printed"),
    [
        ((2 * THIRD, 2 * THIRD, 2 * THIRD), "2", ("0.67", "0.67", "0.66")),
        ((THIRD, THIRD, THIRD), "1", ("0.34", "0.33", "0.33")),
        ((2 * THIRD, THIRD, Fraction(3)), "4", ("0.67", "0.33", "3")),
        ((2 * THIRD, 5 * THIRD), "2.33", ("0.67", "1.66")),
        ((2 * THIRD, Fraction(2)), "2.66", ("0.66", "2")),
        ((Fraction(1, 7), Fraction(3, 7)), "0.57", ("0.14", "0.43")),
        ((), "0", ()),
    ],
)
def test_apportion_adds_missing_hundredths_to_parts_cut_most(values, whole, printed):
    assert apportion(values, Fraction(whole)) == [Fraction(text) for text in printed]


@given(SEVENTHS, st.sampled_from([Fraction(0), Fraction(1, 100)]))
def test_apportioned_parts_add_up_and_differ_by_less_than_a_hundredth(values, more):
    exact = sum(values)
    whole = cut(exact) + (more if cut(exact) != exact else 0)
    printed = apportion(values, whole)
    assert sum(printed) == whole
    assert all(abs(one - other) < Fraction(1, 100) for one, other in zip(printed, values, strict=True))


@law
@given(cases())
def test_printed_points_of_every_result_add_up(case):
    found = result(case)
    shown = {part["id"]: part["shown"] for part in (*found["dimensions"], *found["indicators"])}
    shown |= {c["id"]: c["shown"] for c in found["criteria"]}
    for dimension in TABLE.dimensions:
        indicators = dimension.indicators
        parts = [(indicator.id, [c.id for c in indicator.criteria]) for indicator in indicators]
        for whole, names in [(dimension.id, [i.id for i in indicators]), *parts]:
            if shown[whole] is not None:
                assert sum(Fraction(shown[name]) for name in names) == Fraction(shown[whole])
    if found["grade"]:
        base, bonus, total, graded = (Fraction(found["shown"][key]) for key in found["shown"])
        assert base + bonus == total
        assert sum(Fraction(shown[d.id]) for d in TABLE.dimensions) == total
        assert graded == (total if case.bonus_counts else base)
        assert graded == cut(Fraction(found["score"]["graded"]))
