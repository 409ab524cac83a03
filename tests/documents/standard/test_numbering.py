"""Tables continued over pages: what goes on, and what moves back to where it belongs."""

from tests.documents.standard.rows import FULL, GRADES, HEAD, doubts, draft, levels


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


def test_same_name_with_items_that_start_again_is_another_indicator():
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
