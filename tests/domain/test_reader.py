"""Rows of scored tables in several layouts: what the draft holds, and every doubt by its code and place."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiping.domain.errors import Invalid
from zhiping.domain.reader import Row, read
from zhiping.domain.reader.items import label, pieces, points
from zhiping.domain.reader.levels import shown
from zhiping.domain.reader.table import compact
from zhiping.domain.rubric import problems

HEAD = "一级指标|二级指标|内容要求|评分标准"
GRADES = ["等级|分值区间|评价情况", "优秀|≥90分|好", "合格|80≤x<90|可以", "不合格|<80分|不行"]
FULL = [
    "基础（60分）|机构（60分）|有机构|设立，60分；未设立，0分",
    "运行（40分）|服务（40分）|有服务|好，40分；差，0分",
]


def table(lines, name):
    return [Row(tuple(line.split("|")), f"{name}{n}") for n, line in enumerate(lines, 1)]


def draft(*tables):
    return read(
        [table(lines, "甲乙丙丁戊己"[n]) for n, lines in enumerate(tables)],
        name="t",
        version="1",
        title="评价表",
    )


def levels(found):
    return {name: shown(criterion.levels) for name, criterion in found.rubric.criteria.items()}


def doubts(found):
    return [(d.code, d.where, d.found, d.proposed) for d in found.doubts]


def refusal(*tables):
    with pytest.raises(Invalid) as caught:
        draft(*tables)
    return [problem.code for problem in caught.value.problems]


# ── the parts of a row ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("printed", "read_as"),
    [
        ("组织机构 (8 分)", ("组织机构", 8)),
        ("保密和信息 安全（３分）", ("保密和信息安全", 3)),
        ("一、基础建设（30分）", ("基础建设", 30)),
        ("（二）场地：满分10分", ("场地", 10)),
        ("2.1 服务（12.5）", ("服务", Fraction("12.5"))),
        ("服务场所", ("服务场所", None)),
        ("（50 分）", ("", 50)),
        ("", ("", None)),
    ],
)
def test_label_has_a_name_and_its_points(printed, read_as):
    assert label(printed) == read_as


@pytest.mark.parametrize(
    ("printed", "number"), [("4", 4), ("４ 分", 4), ("2.5分", Fraction("2.5")), ("四", None), ("", None)]
)
def test_points_are_a_number_or_none(printed, number):
    assert points(printed) == number


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("甲，2 分；乙，0 分。", [(None, "甲，2分；乙，0分。")]),
        ("3. 甲，2分。", [(3, "甲，2分。")]),
        ("1. 甲，2分。2. 乙，1分。", [(1, "甲，2分。"), (2, "乙，1分。")]),
        ("1. 甲，2分\n 2．乙，1分", [(1, "甲，2分"), (2, "乙，1分")]),
        ("（1）甲，2分；（2）乙，1分", [(1, "甲，2分；"), (2, "乙，1分")]),
        ("1、制度：（1）甲；（2）乙，2分。", [(1, "制度：（1）甲；（2）乙，2分。")]),
        ("1. 甲见2.的要求，2分", [(1, "甲见2.的要求，2分")]),
        ("3.5 甲，2分\n3.6 乙，1分", [(5, "甲，2分"), (6, "乙，1分")]),
        ("1. 甲\n（含 ISO 9001）\n2. 乙", [(1, "甲（含ISO 9001）"), (2, "乙")]),
        ("1.5分：甲；0分：乙", [(None, "1.5分：甲；0分：乙")]),
        ("1.", [(1, "–")]),
        ("甲，2分\n乙，1分", [(None, "甲，2分乙，1分")]),
        ("甲，2分；乙，0分\n丙，1分；丁，0分", [(None, "甲，2分；乙，0分"), (None, "丙，1分；丁，0分")]),
        (
            "甲，2分；乙，0分\n2. 丙，1分\n3. 丁，1分",
            [(None, "甲，2分；乙，0分"), (2, "丙，1分"), (3, "丁，1分")],
        ),
        ("提示\n2. 丙，1分", [(None, "提示2.丙，1分")]),
        (" \n ", []),
        ("1. 甲，2分。" * 4000, [(None, "1.甲，2分。" * 4000)]),
    ],
)
def test_cell_is_split_by_its_own_kind_of_numbers(cell, items):
    assert pieces(cell) == items


def test_compact_takes_layout_spaces_only():
    assert compact(" 按 ISO 9001 \n 开展 GB/T 24421 评价\x07 ，2 分 ") == "按ISO 9001开展GB/T 24421评价，2分"


# ── layouts ────────────────────────────────────────────────────────────────────────────────────────────


def test_draft_numbers_criteria_by_indicator_and_keeps_their_places():
    found = draft([HEAD, *FULL], GRADES)
    assert levels(found) == {"1.1": "60 / 0", "2.1": "40 / 0"}
    assert [c.place for c in found.rubric.criteria.values()] == ["甲2 评分标准", "甲3 评分标准"]
    assert [(d.id, d.name.zh, d.max) for d in found.rubric.dimensions] == [
        ("D1", "基础", 60),
        ("D2", "运行", 40),
    ]
    assert [(i.id, i.name.zh, i.focus.zh, i.max) for i in found.rubric.indicators] == [
        ("1", "机构", "有机构", 60),
        ("2", "服务", "有服务", 40),
    ]
    assert [(b.grade, b.lower, b.meaning.zh) for b in found.rubric.bands] == [
        ("excellent", 90, "好"),
        ("qualified", 80, "可以"),
        ("unqualified", 0, "不行"),
    ]
    assert found.doubts == ()


def test_bonus_indicators_are_lettered_and_never_numbered():
    bonus = [
        "加分项（7分）|效益（5分）|成效|1. 表扬，其中国家级5分，省级3分",
        "|宣传（2分）|报道|媒体报道，2分",
    ]
    found = draft([HEAD, *FULL, *bonus], GRADES)
    assert list(found.rubric.criteria) == ["1.1", "2.1", "B.1", "B2.1"]
    assert [(d.id, d.bonus) for d in found.rubric.dimensions] == [
        ("D1", False),
        ("D2", False),
        ("bonus", True),
    ]
    assert (found.rubric.bonus_max, found.doubts) == (7, ())


def test_header_words_may_differ_and_columns_move():
    lines = [
        "类别|考核指标|分值（分）|赋分规则|得分|评价内容",
        "甲类|机构|60|设立，60分；否则0分||有",
        "乙类|服务|40|好，40分；差，0~39分||行",
    ]
    found = draft(lines, GRADES)
    assert (levels(found), found.doubts) == ({"1.1": "60 / 0", "2.1": "40 / 0~39"}, ())


def test_header_in_two_rows_is_one():
    lines = [
        "评价指标||评分标准|分值",
        "一级指标|二级指标||",
        "基础|机构|设立，60分；否则0分|60",
        "运行|服务|好，40分；差，0分|40",
    ]
    assert [d.name.zh for d in draft(lines, GRADES).rubric.dimensions] == ["基础", "运行"]


def test_row_under_a_header_that_is_no_header_is_a_row():
    assert list(draft([HEAD, "基础（60分）|机构|要求|设立，60分；否则0分"], GRADES).rubric.criteria) == [
        "1.1"
    ]


def test_headings_stand_for_a_missing_dimension_column():
    lines = ["项目|评分标准|分值", "一、基础（60分）||", "机构|设立，60分；否则0分|60", "二、运行（40分）||"]
    lines += ["服务|好，40分；差，0分|40", "加分项|表扬，3分|3"]
    found = draft(lines, GRADES)
    assert [(d.name.zh, d.bonus, d.max) for d in found.rubric.dimensions] == [
        ("基础", False, 60),
        ("运行", False, 40),
        ("加分项", True, 3),
    ]
    assert found.doubts == ()


def test_table_without_dimensions_is_one_dimension_of_its_title():
    found = draft(
        ["评价项目|评分标准", "机构（60分）|设立，60分；否则0分", "服务（40分）|好，40分；差，0分"], GRADES
    )
    assert [(d.name.zh, d.max) for d in found.rubric.dimensions] == [("评价表", 100)]


def test_third_level_names_the_criterion_and_may_take_a_row_per_level():
    lines = [
        "一级指标|二级指标|三级指标|分值|评分标准",
        "基础|机构|牌子|60|挂牌，60分",
        "||||挂歪，1~20分",
        "||||不挂，0分",
    ]
    lines += ["运行|服务|态度（40分）||好，40分；差，0分"]
    found = draft(lines, GRADES)
    assert levels(found) == {"1.1": "60 / 1~20 / 0", "2.1": "40 / 0"}
    assert [c.text.zh for c in found.rubric.criteria.values()] == ["牌子", "态度"]


def test_third_level_alone_is_the_indicator():
    assert [
        i.name.zh
        for i in draft(["一级指标|三级指标|评分标准", "基础|牌子|挂牌，60分；否则0分"]).rubric.indicators
    ] == ["牌子"]


def test_content_of_each_row_names_its_criterion():
    lines = [HEAD, "基础|机构（60分）|牌子|挂牌，20分；不挂，0分", "||章程|上墙，40分；否则0分", FULL[1]]
    found = draft(lines, GRADES)
    assert [c.text.zh for c in found.rubric.criteria.values()] == ["牌子", "章程", "好"]
    assert [i.focus.zh for i in found.rubric.indicators] == ["牌子；章程", "有服务"]


def test_points_column_gives_a_deducting_item_its_maximum():
    lines = [
        "二级指标|评分标准|分值",
        "机构|每缺一项扣5分，扣完为止|60",
        "服务|1. 每错一次扣2分|30",
        "|2. 缺台账的，扣4分|10",
        "合计||100",
    ]
    found = draft(lines, GRADES)
    assert levels(found) == {"1.1": "60 / 0~55 (5)", "2.1": "30 / 0~28 (2)", "2.2": "10 / 6"}
    assert found.doubts == ()


@pytest.mark.parametrize(
    "rows",
    [
        ["机构|1. 甲，40分；乙，0分。2. 丙，20分；丁，0分。|60"],
        ["机构|1. 甲，40分；乙，0分。|60", "|2. 丙，20分；丁，0分。|"],
    ],
)
def test_points_printed_once_are_the_indicators(rows):
    lines = [
        "二级指标|评分标准|分值",
        *rows,
        "服务|1. 好，10分；差，0分|10",
        "|2. 快，20分；慢，0分|20",
        "|3. 准，10分；错，0分|",
    ]
    found = draft(lines, GRADES)
    assert list(found.rubric.criteria) == ["1.1", "1.2", "2.1", "2.2", "2.3"]
    assert [d.code for d in found.doubts] == ["no_maximum"]


def test_points_beside_dimensions_are_theirs():
    found = draft(
        [
            "一级指标|分值|二级指标|评分标准",
            "基础|50|机构（60分）|甲，60分；乙，0分",
            "运行|40|服务（40分）|甲，40分；乙，0分",
        ],
        GRADES,
    )
    assert doubts(found) == [("sum", "甲2 一级指标", "基础 50 ≠ 60", "60")]


# ── page breaks ────────────────────────────────────────────────────────────────────────────────────────


def test_repeated_header_and_labels_continue_the_table():
    found = draft(
        [HEAD, "基础（60分）|机构（60分）|有|1. 甲，40分；乙，0分"],
        [HEAD, "基础（60分）|机构|有|2. 丙，20分；丁，0分", FULL[1]],
        GRADES,
    )
    assert list(found.rubric.criteria) == ["1.1", "1.2", "2.1"]
    assert found.doubts == ()


def test_table_without_header_continues_only_what_it_looks_like():
    other = ["甲|乙|丙|丁"]
    found = draft([HEAD, FULL[0]], [FULL[1]], other, ["宽|窄"], GRADES)
    assert (list(found.rubric.criteria), found.doubts) == (["1.1", "2.1"], ())
    assert list(draft([HEAD, *FULL], ["五|4分"], GRADES).rubric.criteria) == ["1.1", "2.1"]


def test_same_name_with_items_that_start_anew_is_another_indicator():
    lines = [
        HEAD,
        "基础（60分）|服务（60分）|甲|1. 好，60分；差，0分",
        "运行（40分）|服务（20分）|乙|1. 好，20分；差，0分",
        "|服务（20分）|丙|1. 快，20分；慢，0分",
    ]
    assert list(draft(lines, GRADES).rubric.criteria) == ["1.1", "2.1", "3.1"]


def test_item_under_the_next_indicator_moves_where_numbers_and_sums_agree():
    lines = [
        HEAD,
        "基础（60分）|机构（50分）|甲|1. 甲，30分；乙，0分",
        "|服务（10分）|乙|2. 丙，20分；丁，0分",
        "||| 好，6分；差，0分",
        "|||快，4分；慢，0分",
    ]
    found = draft([*lines, FULL[1]], GRADES)
    assert levels(found) == {
        "1.1": "30 / 0",
        "1.2": "20 / 0",
        "2.1": "6 / 0",
        "2.2": "4 / 0",
        "3.1": "40 / 0",
    }
    assert doubts(found) == [("moved", "甲3 评分标准", "服务：2. 丙，20分；丁，0分…", "1.2 机构")]


def test_item_under_the_indicator_before_moves_too():
    lines = [
        HEAD,
        "基础（60分）|机构（30分）|甲|1. 甲，30分；乙，0分",
        "|||1. 丙，20分；丁，0分",
        "|服务（30分）|乙|2. 好，10分；差，0分",
        FULL[1],
    ]
    found = draft(lines, GRADES)
    assert levels(found) == {"1.1": "30 / 0", "2.1": "20 / 0", "2.2": "10 / 0", "3.1": "40 / 0"}
    assert doubts(found) == [("moved", "甲3 评分标准", "机构：1. 丙，20分；丁，0分…", "2.1 服务")]


def test_item_stays_where_sums_would_not_agree():
    lines = [
        HEAD,
        "基础（60分）|机构（30分）|甲|1. 甲，30分；乙，0分",
        "|服务（30分）|乙|2. 丙，30分；丁，0分",
        FULL[1],
    ]
    found = draft(lines, GRADES)
    assert list(found.rubric.criteria) == ["1.1", "2.1", "3.1"]
    assert doubts(found) == [("number_order", "甲3 评分标准", "服务 2", "2.1")]


def test_indicator_under_the_dimension_before_moves_where_both_sums_agree():
    lines = [
        HEAD,
        "甲类（50分）|一（50分）|一|好，50分；差，0分",
        "|二（20分）|二|好，20分；差，0分",
        "乙类（50分）|三（30分）|三|好，30分；差，0分",
    ]
    found = draft(lines, GRADES)
    assert [(d.name.zh, [i.name.zh for i in d.indicators]) for d in found.rubric.dimensions] == [
        ("甲类", ["一"]),
        ("乙类", ["二", "三"]),
    ]
    assert doubts(found) == [("moved_group", "甲3 二级指标", "甲类：二", "乙类")]


def test_indicator_under_the_dimension_after_moves_too():
    lines = [
        HEAD,
        "甲类（50分）|一（30分）|一|好，30分；差，0分",
        "乙类（50分）|二（20分）|二|好，20分；差，0分",
        "|三（50分）|三|好，50分；差，0分",
    ]
    found = draft(lines, GRADES)
    assert [len(d.indicators) for d in found.rubric.dimensions] == [2, 1]
    assert doubts(found) == [("moved_group", "甲3 二级指标", "乙类：二", "甲类")]


# ── doubts ─────────────────────────────────────────────────────────────────────────────────────────────

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


OVERVIEW = "一级指标|序号|二级指标|评估要点"


def test_overview_that_names_another_indicator_is_a_doubt():
    found = draft([OVERVIEW, "基础|1|机构|有", "运行|2|机构|行"], [HEAD, *FULL], GRADES)
    assert doubts(found) == [("indicator_name", "甲3 二级指标", "2 机构", "服务")]


def test_overview_of_another_length_is_a_doubt():
    found = draft([OVERVIEW, "基础|1|机构|有"], ["运行|2|服务|行"], ["|3|改进|行"], [HEAD, *FULL], GRADES)
    assert doubts(found) == [("indicator_count", "甲2", "3 ≠ 2", "2")]


def test_grade_table_without_header_repeats_is_not_guessed():
    assert [d.code for d in draft([HEAD, *FULL], GRADES[:2], GRADES[2:]).doubts] == ["band_floor"]


GRADE_TABLES = [
    (["优秀|≥90分", "合格|80～89分", "不合格|<80分"], [90, 80, 0], [("band_gap", "89 < x < 90", "合格")]),
    (["优秀|90~100", "合格|80~90", "不合格|80以下"], [90, 80, 0], [("band_overlap", "90", "优秀")]),
    (["优秀|90分及以上", "合格|80-90分（不含90分）", "不合格|不足80分"], [90, 80, 0], []),
    (["优秀|[90,100]", "合格|[80,90)", "不合格|[0,80)"], [90, 80, 0], []),
    (
        ["不合格|≤79", "合格|80～89.99", "优秀|90以上"],
        [90, 80, 0],
        [("band_gap", "79 < x < 80", "不合格"), ("band_gap", "89.99 < x < 90", "合格")],
    ),
    (["优秀|90以上", "良好|90以上", "合格|0~90（不含90）"], [90, 0], [("band_overlap", "90", "优秀")]),
    (
        ["优秀|90以上", "优秀|80以上", "合格|60以上"],
        [90, 0],
        [("band_twice", "优秀", ""), ("band_floor", "合格 60", "0")],
    ),
    (["优秀|高分", "合格|0~100"], [0], [("band_unread", "优秀 高分", "")]),
    (["|90"], [90, 80, 0], [("band_unread", "90", ""), ("no_bands", "", "优秀 90 / 合格 80 / 不合格 0")]),
]


@pytest.mark.parametrize(("rows", "bounds", "expected"), GRADE_TABLES)
def test_grades_are_read_by_their_lower_bounds(rows, bounds, expected):
    found = draft([HEAD, *FULL], ["评价等级|得分", *rows])
    assert [band.lower for band in found.rubric.bands] == bounds
    assert sorted((d.code, d.found, d.proposed) for d in found.doubts) == sorted(expected)
    assert list(problems(found.rubric)) == []


# ── refusals ───────────────────────────────────────────────────────────────────────────────────────────


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
def test_any_table_is_refused_or_gives_a_sound_draft(found):
    tables = [[head, *("|".join(row) for row in rows)] for head, rows in found]
    try:
        made = draft(*tables)
    except Invalid:
        assert refusal(*tables) in (["reader.no_table"], ["reader.no_points"])
        return
    assert list(problems(made.rubric)) == []
    assert all(
        c.text.zh and c.place and all(level.text.zh for level in c.levels)
        for c in made.rubric.criteria.values()
    )
    assert len({doubt.id for doubt in made.doubts}) == len(made.doubts)
