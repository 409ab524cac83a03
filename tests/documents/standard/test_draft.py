"""Slips of a table, each a doubt at its place; what is refused; a draft is always sound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.documents.standard.rows import FULL, GRADES, HEAD, OVERVIEW, doubts, draft, refusal

from zhiping.domain.errors import Invalid
from zhiping.domain.rubric import problems

SLIPS = [
    (
        ["基础（60分）|机构（60分）|甲|设立，50分；未设立，0分", FULL[1]],
        ("sum", "甲2 二级指标", "机构 60 ≠ 50", "50"),
    ),
    (
        ["基础（70分）|机构（60分）|甲|设立，60分；未设立，0分", FULL[1]],
        ("sum", "甲2 一级指标", "基础 70 ≠ 60", "60"),
    ),
    (
        ["基础|机构（60分）|甲|1. 甲，50分；乙，0分", "|||3. 丙，10分；丁，0分", FULL[1]],
        ("number_order", "甲2 评分标准", "机构 1, 3", "1.1, 1.2"),
    ),
    (
        ["基础|机构（60分）|甲|1. 甲，50分；乙，0分", "|||1. 丙，10分；丁，0分", FULL[1]],
        ("number_twice", "甲2 评分标准", "机构 1, 1", "1.1, 1.2"),
    ),
    (
        ["基础|机构（60分）|甲|1. 甲，50分；乙，0分", "|||丙，10分；丁，0分", FULL[1]],
        ("number_order", "甲2 评分标准", "机构 1, –", "1.1, 1.2"),
    ),
    (
        ["基础|机构（60分）|甲|1. 甲，50分；乙，0分", "|||2. 酌情给分", FULL[1]],
        ("unread", "甲3 评分标准", "1.2：酌情给分", "0~10"),
    ),
    ([*FULL, "合计（99分）|||"], ("total", "甲4", "99", "100")),
    ([*FULL, "合计|||99"], ("total", "甲4", "99", "100")),
    ([*FULL, "注：以现场为准|||"], ("remark", "甲4", "注：以现场为准", "")),
    ([*FULL, "||只有要求|"], ("unread_row", "甲4", "只有要求", "")),
    ([*FULL, "|空指标（5分）|无|"], ("unread_row", "甲4", "空指标（5分） 无", "")),
    (
        ["1. 甲，60分；乙，0分", "|机构（60分）||", FULL[1]],
        ("shifted", "甲2 一级指标", "1.甲，60分；乙，0分", "评分标准"),
    ),
    (["基础（60分）||甲|设立，60分；未设立，0分", FULL[1]], None),
    (["（60分）|机构|甲|设立，60分；未设立，0分", FULL[1]], ("no_name", "甲2 一级指标", "60", "评价表")),
    (["|||设立，60分；未设立，0分", FULL[1]], ("no_name", "甲2 二级指标", "1", "设立")),
    (["基础|机构（60分）|甲|设立，60分", FULL[1]], ("no_zero", "甲2 评分标准", "1.1：60", "0（否则）")),
    (["基础（90分）|机构（90分）|甲|好，90分；差，0分"], ("not_hundred", "", "90", "90")),
    (
        ["基础（60分）|机构（60分）|甲|设立，60分；未设立，0分|须查原件", FULL[1]],
        ("remark", "甲2", "须查原件", ""),
    ),
]


@pytest.mark.parametrize(("lines", "doubt"), SLIPS)
def test_slip_of_the_table_is_a_doubt_at_its_place(lines, doubt):
    found = draft([HEAD, *lines], GRADES)
    assert list(problems(found.rubric)) == []
    assert doubt is None or doubt in doubts(found)
    assert bool(doubt) == bool(found.doubts)


def test_empty_groups_are_left_out_with_a_doubt():
    found = draft([HEAD, *FULL, "空类|||", "虚类|空|无|"], GRADES)
    assert [(d.code, d.found) for d in found.doubts] == [
        ("no_items", "空类"),
        ("unread_row", "虚类 空 无"),
        ("no_items", "空"),
        ("no_items", "虚类"),
    ]


def test_remark_columns_and_bad_points_are_doubts():
    lines = [
        "二级指标|评分标准|分值|备注",
        "机构|设立，60分；否则0分|六十|看原件",
        "服务|好，40分；差，0分|40|",
        "合计||100|",
    ]
    assert doubts(draft(lines, GRADES)) == [
        ("remark", "甲2 备注", "看原件", ""),
        ("points", "甲2 分值", "六十", "–"),
    ]


def test_doubts_are_numbered_in_the_order_of_the_document_and_long_words_cut():
    found = draft(
        [HEAD, "基础（60分）|机构（50分）|甲|" + "很" * 99, "运行（50分）|服务（50分）|乙|好，50分"], GRADES
    )
    assert [(d.id, d.code, d.settled) for d in found.doubts] == [
        ("D1", "unread", ""),
        ("D2", "sum", ""),
        ("D3", "no_zero", ""),
    ]
    assert found.doubts[0].found == "1.1：" + "很" * 75 + "…"


def test_overview_that_names_another_indicator_is_a_doubt():
    found = draft([OVERVIEW, "基础|1|机构|有", "运行|2|机构|行"], [HEAD, *FULL], GRADES)
    assert doubts(found) == [("indicator_name", "甲3 二级指标", "2 机构", "服务")]


def test_overview_of_another_length_is_a_doubt():
    found = draft([OVERVIEW, "基础|1|机构|有"], ["运行|2|服务|行"], ["|3|改进|行"], [HEAD, *FULL], GRADES)
    assert doubts(found) == [("indicator_count", "甲2", "3 ≠ 2", "2")]


def test_grade_table_without_header_repeats_is_not_guessed():
    assert [d.code for d in draft([HEAD, *FULL], GRADES[:2], GRADES[2:]).doubts] == ["band_floor"]


def test_document_without_a_scored_table_is_refused():
    assert refusal(["姓名|电话", "某人|无"]) == ["reader.no_table"]
    assert refusal() == ["reader.no_table"]
    assert refusal([]) == ["reader.no_table"]


def test_table_without_readable_points_is_refused():
    assert refusal([HEAD, "基础|机构|甲|酌情给分"]) == ["reader.no_points"]
    assert refusal([HEAD, "加分项|机构|甲|表扬，5分"]) == ["reader.no_points"]


def test_table_beyond_any_standard_is_refused():
    assert refusal([HEAD, "基础|机构|甲|" + "甲" * 200_001]) == ["reader.too_large"]
    assert refusal([HEAD, *["|||甲，1分；乙，0分"] * 1001]) == ["reader.too_large"]
    assert refusal([HEAD, *[f"|项{n}|甲|甲，999分；乙，0分" for n in range(11)]]) == ["reader.no_points"]


CELLS = [
    "",
    "",
    "基础（30分）",
    "加分项（7分）",
    "服务",
    "服务（3分）",
    "1. 甲，2分；乙，0分。",
    "2. 甲，2分；乙，0分。",
    "甲，4分，乙，0~3分",
]
CELLS += [
    "每缺一项扣0.5分，扣完为止",
    "4",
    "合计",
    "100",
    "注：略",
    "优秀",
    "≥90",
    "80～89分",
    "<80",
    "1.",
    "1. 甲\n2. 乙，1分",
    "国家级5分，省级3分",
]
HEADS = [
    "二级指标|评分标准|分值|备注",
    "一级指标|二级指标|内容要求|评分标准",
    "二级指标|三级指标|评分细则|分值",
    "等级|分值区间|评价情况|备注",
    OVERVIEW,
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(HEADS),
            st.lists(st.lists(st.sampled_from(CELLS), min_size=3, max_size=5), max_size=6),
        ),
        max_size=4,
    )
)
def test_any_table_is_refused_or_returns_a_sound_draft(found):
    tables = [[head, *("|".join(row) for row in rows)] for head, rows in found]
    try:
        made = draft(*tables)
    except Invalid:
        codes = ("no_table", "unknown_header", "no_points")
        assert refusal(*tables) in [[f"reader.{code}"] for code in codes]
        return
    assert list(problems(made.rubric)) == []
    assert all(
        c.text.zh and c.place and all(level.text.zh for level in c.levels)
        for c in made.rubric.criteria.values()
    )
    assert len({doubt.id for doubt in made.doubts}) == len(made.doubts)
