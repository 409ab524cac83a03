"""Layouts of scored tables, and the draft each becomes."""

import pytest
from tests.documents.standard.rows import FULL, GRADES, HEAD, doubts, draft, levels


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


def test_points_column_returns_a_deducting_item_its_maximum():
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
