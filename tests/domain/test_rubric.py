"""Rubrics: validation, legal marks of levels, and the two hashes."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.domain.errors import Problem
from zhiping.domain.rubric import (
    Band,
    Cap,
    Criterion,
    Dimension,
    Indicator,
    Level,
    Rubric,
    Text,
    as_data,
    problems,
)

HALF = Fraction(1, 2)
ONE = Fraction(1)


def level(marks: str, words: str = "如此", step: Fraction | None = None) -> Level:
    low, _, high = marks.partition("..")
    return Level(Fraction(low), Fraction(high or low), Text(words), step)


def criterion(name: str, *marks: str, top: int = 2, bonus: bool = False) -> Criterion:
    return Criterion(name, Text("项"), Fraction(top), tuple(map(level, marks)), bonus)


def indicator(name: str, *criteria: Criterion) -> Indicator:
    return Indicator(name, Text("指标"), Text("要求"), sum((c.max for c in criteria), Fraction(0)), criteria)


def table(*indicators: Indicator, **changes: object) -> Rubric:
    """Return a table of one dimension and a bonus group."""
    base = Dimension("base", Text("基础"), sum((i.max for i in indicators), Fraction(0)), indicators)
    honour = indicator("B", criterion("B.1", "5", "3", top=5, bonus=True))
    extra = Dimension("bonus", Text("加分"), Fraction(5), (honour,), bonus=True)
    bands = (
        Band("good", Text("好"), Fraction(3), Text("好")),
        Band("bad", Text("差"), Fraction(0), Text("差")),
    )
    return replace(Rubric("t", "1", Text("表"), (base, extra), bands), **changes)


def simple(*criteria: Criterion, **changes: object) -> Rubric:
    return table(
        indicator("1", *(criteria or (criterion("1.1", "2", "0..1"), criterion("1.2", "2", "1", "0")))),
        **changes,
    )


def found(rubric: Rubric) -> list[Problem]:
    return list(problems(rubric))


def test_text_falls_back_to_chinese():
    assert (Text("好", "good")["en"], Text("好", "good")["zh"], Text("好")["en"]) == ("good", "好", "好")


def test_level_marks_follow_the_policys_step_unless_the_table_has_its_own():
    assert level("0..1").marks(ONE) == (0, 1)
    assert level("0..1").marks(HALF) == (0, HALF, 1)
    assert level("0..3/2", step=HALF).marks(ONE) == (0, HALF, 1, Fraction(3, 2))
    assert level("2").marks(ONE) == (2,)


def test_criterion_marks_are_those_of_its_levels():
    assert criterion("1.1", "2", "0").marks(HALF) == (0, 2)
    assert criterion("13.1", "3", "1..2", "0", top=3).marks(ONE) == (0, 1, 2, 3)


def test_bonus_can_always_be_left_unearned():
    honour = criterion("B.2", "5", "3", "2", top=5, bonus=True)
    assert honour.marks(ONE) == (0, 2, 3, 5)
    assert honour.level(Fraction(0)) is None


def test_points_determine_the_level():
    item = criterion("13.1", "3", "1..2", "0", top=3)
    assert [item.levels.index(item.level(Fraction(n))) for n in (3, 2, 1, 0)] == [0, 1, 1, 2]
    assert item.level(Fraction(4)) is None
    assert [item.position(Fraction(n)) for n in (3, 2, 2, 4)] == [0, 1, 1, None]


def test_criterion_admits_its_legal_marks_only():
    item = criterion("13.1", "3", "1..2", "0", top=3)
    assert [item.admits(Fraction(n, 2), ONE) for n in range(8)] == [True, False] * 4
    assert item.admits(Fraction(3, 2), HALF)
    assert not item.admits(HALF, HALF)


def test_cliff_has_only_zero_and_the_maximum():
    assert criterion("1.1", "2", "0").cliff
    assert not criterion("1.1", "2", "1", "0").cliff
    assert not criterion("1.1", "1", "0..1/2", top=1).cliff


def test_table_lists_its_parts_in_order_and_keeps_base_and_bonus_apart():
    rubric = simple()
    assert [i.id for i in rubric.indicators] == ["1", "B"]
    assert list(rubric.criteria) == ["1.1", "1.2", "B.1"]
    assert [c.id for c in rubric.base] == ["1.1", "1.2"]
    assert (rubric.base_max, rubric.bonus_max) == (4, 5)


def test_denominators_are_those_of_all_maxima():
    item = replace(criterion("1.1", "3/2"), max=Fraction(3, 2))
    assert simple(item).denominators == {1, 2}


def test_sound_table_has_no_problems():
    rubric = simple(caps=(Cap("offline", "lenient", "1.1", ONE), Cap("online", "strict", "1.1", Fraction(0))))
    assert found(rubric) == []


def test_all_problems_are_reported_at_once():
    rubric = simple(criterion("1.1", "2", "2..3"), criterion("1.1", "1"))
    assert [p.code for p in problems(rubric)] == [
        "rubric.double_id",
        "rubric.overlap",
        "rubric.max",
        "rubric.max",
    ]


def test_deducting_criterion_is_a_range_with_its_own_step():
    item = replace(criterion("1.1", "2"), levels=(level("2"), level("0..3/2", step=HALF)))
    assert found(simple(item)) == []
    assert item.marks(ONE) == (0, HALF, 1, Fraction(3, 2), 2)


def test_sums_are_checked_per_indicator_because_errors_cancel():
    first, second = criterion("1.1", "2"), criterion("2.1", "3", top=3)
    moved = (
        replace(indicator("1", first), max=Fraction(3)),
        replace(indicator("2", second), max=Fraction(2)),
    )
    assert found(table(*moved)) == [
        Problem("rubric.sum", {"id": "1", "printed": "3", "found": "2"}),
        Problem("rubric.sum", {"id": "2", "printed": "2", "found": "3"}),
    ]


def test_sum_of_a_dimension_is_checked():
    rubric = simple()
    wrong = replace(rubric.dimensions[0], max=Fraction(9, 2))
    assert found(replace(rubric, dimensions=(wrong, rubric.dimensions[1]))) == [
        Problem("rubric.sum", {"id": "base", "printed": "4.5", "found": "4"})
    ]


def test_criterion_id_starts_with_the_id_of_its_indicator():
    assert found(simple(criterion("2.1", "2"), criterion("1.10", "2"))) == [
        Problem("rubric.stray", {"id": "2.1", "indicator": "1"})
    ]


def test_bonus_of_criterion_and_group_must_agree():
    assert found(simple(criterion("1.1", "2"), criterion("1.2", "2", bonus=True))) == [
        Problem("rubric.bonus", {"id": "1.2"})
    ]


def test_empty_parts_are_named():
    assert found(table(indicator("1"))) == [
        Problem("rubric.empty", {"id": "1"}),
        Problem("rubric.no_base"),
    ]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (level("2..1"), "2~1"),
        (level("-1..2"), "-1~2"),
        (level("0..2", step=Fraction(0)), "0~2"),
        (level("0..2", step=Fraction(-1)), "0~2"),
        (level("0..3/2"), "0~1.5"),
        (level("0..2", step=Fraction(3, 4)), "0~2"),
        (level("0..1000"), "0~1000"),
    ],
)
def test_impossible_level_is_named(bad: Level, words: str):
    item = replace(criterion("1.1", "2"), levels=(bad,))
    caps = (Cap("offline", "lenient", "1.1", ONE),)
    assert found(simple(item, caps=caps)) == [
        Problem("rubric.level", {"id": "1.1", "found": words}),
        Problem("rubric.cap", {"id": "1.1", "max": "1"}),
    ]


def test_criterion_without_levels_is_named():
    assert found(simple(criterion("1.1"))) == [Problem("rubric.no_levels", {"id": "1.1"})]


@pytest.mark.parametrize("marks", [("2", "0..2"), ("0..2", "1"), ("0..1", "1..2"), ("2", "2")])
def test_overlapping_levels_are_named(marks: tuple[str, ...]):
    assert [p.code for p in found(simple(criterion("1.1", *marks)))] == ["rubric.overlap"]


def test_best_level_is_the_maximum():
    assert found(simple(criterion("1.1", "1", "0"))) == [
        Problem("rubric.max", {"id": "1.1", "max": "2", "found": "1"})
    ]


def test_double_ids_are_named_across_kinds():
    rubric = simple()
    twin = replace(rubric.dimensions[1], id="1")
    assert found(replace(rubric, dimensions=(rubric.dimensions[0], twin))) == [
        Problem("rubric.double_id", {"id": "1"})
    ]


def test_lowest_band_starts_at_zero():
    good, bad = simple().bands
    assert found(simple(bands=())) == [Problem("rubric.no_bands")]
    assert found(simple(bands=(good,))) == [Problem("rubric.band_floor", {"id": "good"})]
    assert found(simple(bands=(replace(good, lower=Fraction(0)), bad))) == [
        Problem("rubric.band_order", {"id": "bad"})
    ]
    assert found(simple(bands=(good, replace(bad, grade="good")))) == [
        Problem("rubric.double_id", {"id": "bands"})
    ]


def test_caps_are_legal_marks_of_known_criteria():
    caps = (
        Cap("offline", "lenient", "9.9", ONE),
        Cap("offline", "lenient", "1.1", HALF),
        Cap("both", "lenient", "1.2", ONE),
        Cap("online", "kind", "1.2", ONE),
        Cap("online", "strict", "1.2", ONE),
    )
    assert found(simple(caps=caps)) == [
        Problem("rubric.cap", {"id": "9.9", "max": "1"}),
        Problem("rubric.cap", {"id": "1.1", "max": "0.5"}),
        Problem("rubric.cap_kind", {"id": "1.2", "found": "both/lenient"}),
        Problem("rubric.cap_kind", {"id": "1.2", "found": "online/kind"}),
        Problem("rubric.double_cap", {"id": "1.2", "channel": "online"}),
    ]


def test_urgent_criteria_are_known_ones():
    assert found(simple(urgent=("9.9", "1.1"))) == [
        Problem("rubric.no_criterion", {"found": "9.9", "allowed": ["1.1", "1.2", "B.1"]}, ("urgent",))
    ]


def test_table_without_urgent_criteria_keeps_its_hash():
    assert "urgent" not in as_data(simple())
    assert simple(urgent=("1.1",)).wording_sha256 != simple().wording_sha256
    assert simple(urgent=("1.1",)).scale_sha256 == simple().scale_sha256


def test_scale_hash_ignores_words_and_wording_hash_does_not():
    rubric = simple()
    renamed = replace(rubric, title=Text("另一张表"), source=Text("出处"))
    assert renamed.scale_sha256 == rubric.scale_sha256
    assert renamed.wording_sha256 != rubric.wording_sha256


@pytest.mark.parametrize(
    "other",
    [
        simple(criterion("1.1", "2", "0..1"), criterion("1.2", "2", "0")),
        simple(criterion("1.1", "2", "0..1"), criterion("1.3", "2", "1", "0")),
        replace(simple(), bands=(replace(simple().bands[0], lower=Fraction(2)), simple().bands[1])),
        simple(
            replace(criterion("1.1", "2"), levels=(level("2"), level("0..1", step=HALF))),
            criterion("1.2", "2", "1", "0"),
        ),
    ],
    ids=["a level less", "another id", "another bound", "a step"],
)
def test_scale_hash_depends_on_all_that_points_depend_on(other: Rubric):
    assert other.scale_sha256 != simple().scale_sha256


def test_data_is_the_shape_of_a_file():
    item = replace(
        criterion("1.1", "2"),
        place="表 1",
        levels=(level("2"), Level(Fraction(0), ONE, Text("差", "bad"), HALF)),
    )
    rubric = simple(item, caps=(Cap("offline", "strict", "1.1", ONE),))
    data = as_data(rubric)
    assert data["dimensions"][0]["indicators"][0]["criteria"] == [
        {
            "id": "1.1",
            "text": {"zh": "项"},
            "max": 2,
            "place": "表 1",
            "levels": [
                {"mark": 2, "text": {"zh": "如此"}},
                {"low": 0, "high": 1, "step": HALF, "text": {"zh": "差", "en": "bad"}},
            ],
        }
    ]
    assert data["caps"] == [{"channel": "offline", "reading": "strict", "criterion": "1.1", "max": 1}]
    assert data["bands"][1] == {"grade": "bad", "name": {"zh": "差"}, "lower": 0, "meaning": {"zh": "差"}}
    assert data["dimensions"][1]["bonus"] is True


@given(
    st.lists(st.sampled_from(["0", "1", "2", "3", "0..1", "0..2", "1..2", "1..3"]), min_size=1, max_size=4)
)
def test_levels_of_a_sound_criterion_share_no_mark(marks: list[str]):
    item = criterion("1.1", *marks, top=3)
    every = [mark for lv in item.levels for mark in lv.marks(HALF)]
    sound = not found(simple(item))
    if sound:
        assert len(every) == len(set(every))
        assert max(every) == 3


def test_title_of_a_criterion_is_its_name_or_the_whole_text():
    plain = criterion("1.1", "2")
    assert plain.title == Text("项")
    assert replace(plain, name=Text("短题")).title == Text("短题")
