"""Validation of sheets: legal marks, reasons for losses, grounds of a bonus."""

from dataclasses import replace
from fractions import Fraction

import pytest
from tests import oracle, tables
from tests.oracle import Row

from zhiping.domain import sheet
from zhiping.domain.errors import Problem
from zhiping.domain.rubric import Level, Text
from zhiping.domain.sheet import Mark, Sheet

ROWS = (
    Row("1.1", (2, 0)),
    Row("1.2", (4, (0, 3))),
    Row("2.1", (3, (1, 2), 0)),
    Row("B.1", (2,), bonus=True),
    Row("B.2", (5, 3, 2), bonus=True),
)
RUBRIC = tables.rubric(ROWS, oracle.BANDS)
ONE, HALF = Fraction(1), Fraction(1, 2)


def full(**changes):
    """Return a sheet of full marks without bonus, with changes: `c1_1=…` is criterion 1.1."""
    marks = {row.id: Mark(Fraction(oracle.maximum(row))) for row in ROWS if not row.bonus}
    marks |= {name[1:].replace("_", "."): mark for name, mark in changes.items()}
    return Sheet("e1", "专家甲", {name: mark for name, mark in marks.items() if mark is not None})


def problems_of(member, step=ONE):
    return list(sheet.problems(RUBRIC, member, step))


def mark(points, **words):
    return Mark(Fraction(points), **words)


def test_full_sheet_without_bonus_is_complete():
    assert problems_of(full()) == []


def test_mark_between_printed_levels_is_refused_with_the_allowed_marks():
    allowed = [{"mark": "2"}, {"mark": "0"}]
    assert problems_of(full(c1_1=mark(1, reason="缺文件"))) == [
        Problem("mark.illegal", {"id": "1.1", "found": "1", "allowed": allowed})
    ]


def test_half_points_are_legal_only_with_a_half_step():
    member = full(c1_2=mark("2.5", reason="不全"))
    ranges = [{"mark": "4"}, {"low": "0", "high": "3", "step": "1"}]
    assert problems_of(member) == [Problem("mark.illegal", {"id": "1.2", "found": "2.5", "allowed": ranges})]
    assert problems_of(member, HALF) == []


def test_levels_own_step_wins_over_the_policys():
    criterion = RUBRIC.criteria["1.2"]
    deducting = replace(criterion, levels=(Level(Fraction(0), Fraction(4), Text("每缺一项扣 0.5 分"), HALF),))
    assert sheet.allowed(deducting, ONE) == [{"low": "0", "high": "4", "step": "0.5"}]
    assert [p.code for p in sheet.mark_problems(deducting, mark("3.5", reason="缺一项"), ONE)] == []


@pytest.mark.parametrize("points", ["-1", "5", "1/3", "1000000000000"])
def test_impossible_points_are_refused(points):
    assert [p.code for p in problems_of(full(c1_2=mark(points, reason="r")), HALF)] == ["mark.illegal"]


def test_missing_base_mark_is_a_problem_and_a_missing_bonus_is_not():
    allowed = [{"mark": "3"}, {"low": "1", "high": "2", "step": "1"}, {"mark": "0"}]
    assert problems_of(full(c2_1=None)) == [Problem("mark.missing", {"id": "2.1", "allowed": allowed})]


def test_blank_sheet_is_one_problem():
    assert problems_of(replace(full(), marks={})) == [Problem("mark.none")]


def test_unknown_criterion_is_a_problem():
    assert problems_of(full(c9_9=mark(1))) == [Problem("mark.unknown", {"id": "9.9"})]


def test_loss_needs_a_reason():
    assert problems_of(full(c1_2=mark(3))) == [Problem("mark.no_reason", {"id": "1.2", "found": "3"})]
    assert problems_of(full(c1_2=mark(3, reason="咨询不及时"))) == []


def test_mark_that_fits_no_level_needs_a_note_even_at_full_points():
    assert problems_of(full(c1_1=mark(2, no_level=True))) == [Problem("mark.no_level_reason", {"id": "1.1"})]
    assert problems_of(full(c1_1=mark(2, no_level=True, reason="未设机构"))) == []


def test_earned_bonus_names_the_media_or_honour():
    assert problems_of(full(cB_2=mark(3))) == [Problem("mark.unnamed_bonus", {"id": "B.2", "found": "3"})]
    assert problems_of(full(cB_2=mark(3, note="自治区主席质量奖"))) == []
    assert problems_of(full(cB_2=mark(3, reason="自治区主席质量奖"))) == []
    assert problems_of(full(cB_2=mark(0))) == []


def test_bonus_offers_zero_as_a_choice():
    assert sheet.allowed(RUBRIC.criteria["B.2"], ONE) == [{"mark": m} for m in ("5", "3", "2", "0")]
    printed = replace(RUBRIC.criteria["B.1"], levels=RUBRIC.criteria["1.1"].levels)
    assert sheet.allowed(printed, ONE) == [{"mark": "2"}, {"mark": "0"}]


def test_all_problems_are_reported_unknown_criteria_first():
    member = full(c2_1=None, c1_1=mark(1), c9_9=mark(0), cB_1=mark(1))
    codes = [(p.code, p.data["id"]) for p in sheet.problems(RUBRIC, member, ONE)]
    assert codes == [
        ("mark.unknown", "9.9"),
        ("mark.illegal", "1.1"),
        ("mark.missing", "2.1"),
        ("mark.illegal", "B.1"),
    ]


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("1.1", mark(0), "0~0"),  # an exact printed level: its wording
        ("1.1", mark(0, reason="没有文件"), "没有文件"),  # typed words stay
        ("1.1", mark(2), ""),  # nothing lost
        ("1.1", mark(0, no_level=True), ""),  # no printed level fits
        ("1.2", mark(3), ""),  # inside a range
        ("1.2", mark(9), ""),  # in no level
        ("B.2", mark(3), ""),  # a bonus
    ],
)
def test_level_wording_becomes_the_reason_only_for_exact_levels(name, given, reason):
    filled = sheet.with_level_reasons(RUBRIC, Sheet("e1", "专家甲", {name: given}))
    assert filled.marks[name].reason == reason


def test_unknown_criterion_gets_no_reason():
    member = Sheet("e1", "专家甲", {"9.9": mark(0)})
    assert sheet.with_level_reasons(RUBRIC, member) == member


def test_totals_keep_base_and_bonus_apart():
    sums = sheet.totals(RUBRIC, {"1.1": Fraction(2), "1.2": HALF, "B.2": Fraction(5)})
    assert (sums.base, sums.bonus, sums.total) == (Fraction(5, 2), 5, Fraction(15, 2))
    assert sums.indicators == {"1": Fraction(5, 2), "2": 0, "B": 5}


def test_hash_of_a_sheet_does_not_depend_on_its_file_or_order():
    member = full(c1_2=mark(3, reason="r"))
    turned = replace(member, source="乙.xlsx", sha256="0", marks=dict(reversed(member.marks.items())))
    assert sheet.content_sha256(turned) == sheet.content_sha256(member)
    assert sheet.content_sha256(replace(member, name="专家乙")) != sheet.content_sha256(member)
