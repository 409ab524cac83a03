"""The report's conclusions: findings by urgency, what is praised, who does what, what has changed."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from tests.documents import evaluations

from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.papers.report import report_of
from zhiping.domain.evaluation import Recommendation, ReportText
from zhiping.domain.region import Region
from zhiping.domain.result import evaluate

RUBRIC = bundled()
RESULT = evaluations.concluded()
ABOUT = evaluations.ABOUT


def conclusions(result=RESULT, about=ABOUT, rubric=RUBRIC):
    return report_of(result, rubric, about).facts


def groups(*args, **more):
    return {g["name"]: [row["id"] for row in g["rows"]] for g in conclusions(*args, **more)["groups"]}


def lowered(points, about=ABOUT):
    """The evaluation with the same marks of all members on some criteria."""
    marks = {name: Fraction(mark) for name, mark in points.items()}
    sheets = [
        replace(
            sheet,
            marks={
                name: replace(mark, points=marks.get(name, RUBRIC.criteria[name].max), reason="事实")
                if not RUBRIC.criteria[name].bonus
                else replace(mark, points=Fraction(0), reason="", note="")
                for name, mark in sheet.marks.items()
            },
        )
        for sheet in evaluations.sheets()
    ]
    return evaluate(RUBRIC, about, sheets)


def test_nothing_earned_on_a_yes_or_no_criterion_is_urgent():
    assert groups()["须立即解决"] == ["4.2", "7.2"]


def test_any_loss_on_safety_and_secrecy_is_urgent():
    result = lowered({"3.4": "1", "6.2": "0", "8.1": "3"})
    assert groups(result) == {"须立即解决": ["3.4", "6.2"], "持续提升": ["8.1"]}
    plain = replace(RUBRIC, urgent=())
    assert groups(result, rubric=plain) == {"须立即解决": ["6.2"], "持续提升": ["3.4", "8.1"]}


def test_path_to_the_next_grade_is_a_group_and_most_lost_comes_first():
    found = groups(lowered({"9.2": "0", "9.3": "0", "8.1": "1", "5.2": "1", "1.3": "1"}))
    assert found == {"影响等级": ["8.1"], "持续提升": ["9.2", "9.3", "1.3", "5.2"]}


def test_what_the_channel_cannot_earn_is_neither_urgent_nor_on_the_way():
    offline = evaluations.about(platform=replace(evaluations.PLATFORM, channel="offline"))
    lost = {"3.3": "0", "4.1": "0", "14.2": "0", "14.3": "0", "15.1": "2", "9.2": "0", "9.3": "0"}
    found = groups(lowered(lost, offline), offline)
    assert set(found["持续提升"]) >= {"3.3", "4.1", "14.2", "14.3", "15.1"}
    assert "须立即解决" not in found


def test_praise_is_the_panels_then_full_indicators_then_the_bonus():
    about = evaluations.about(report=ReportText(highlights=("驻点服务",)))
    found = conclusions(about=about)
    assert found["highlights"][0] == "驻点服务"
    assert found["highlights"][1].startswith("得满分的二级指标 7 项：检验检测服务（8 分，满分）")
    assert "加分 2 分（媒体报道（市级及以上，只计一次））：市级电视台专题报道" in found["highlights"]
    assert found["summary"]["strengths"] == [
        "驻点服务", "检验检测服务（8 分，满分）", "拓展服务（8 分，满分）",
    ]  # fmt: skip


def test_weaknesses_are_the_first_three_findings_of_the_groups():
    found = conclusions()["summary"]["weaknesses"]
    assert [text.split("：")[0] for text in found] == [
        "信息化建设（4.2）",
        "档案管理（7.2）",
        "组织机构（1.3）",
    ]


def test_measures_name_the_operator_and_its_deadline_unless_they_name_others():
    written = (
        Recommendation("补送检定", "设备科", date(2026, 7, 1), "查验证书", ("3.4", "7.2")),
        Recommendation("编制预案"),
    )
    about = evaluations.about(report=ReportText(date=date(2026, 6, 1), recommendations=written))
    first, second = conclusions(about=about)["measures"]
    assert first == {
        "what": "补送检定",
        "who": "设备科",
        "until": "至2026年7月1日",
        "check": "查验证书",
        "findings": "3.4、7.2",
    }
    assert (second["who"], second["until"]) == ("敖包旗质量技术服务中心", "至2026年8月30日")
    undated = evaluations.about(report=ReportText(recommendations=written[1:]))
    assert conclusions(about=undated)["measures"][0]["until"] == "报告印发后 90 日内"


def test_page_for_the_head_has_three_measures_and_names_the_place_of_the_others():
    about = evaluations.about(report=ReportText(recommendations=tuple(map(Recommendation, "一二三四"))))
    summary = conclusions(about=about)["summary"]
    assert ([m["what"] for m in summary["measures"]], summary["more"]) == (["一", "二", "三"], True)


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ({}, "各种评分口径下等级均为“优秀”。"),
        (None, "等级按评分开始前确定的口径判定；其他口径仅供参考，见附件 3。"),
    ],
)
def test_grade_is_firm_where_all_readings_agree(lost, said):
    result = RESULT if lost is None else lowered(lost)
    assert conclusions(result)["summary"]["firm"] == said


def test_comparison_names_change_closed_repeated_and_new_findings():
    before = lowered({"1.3": "1", "9.1": "0", "9.2": "0", "8.1": "0"})
    after = lowered({"1.3": "1", "5.2": "1"})
    found = conclusions(after, evaluations.about(previous=before))["comparison"]
    assert (found["last"], found["mean"]) == (True, False)
    assert found["texts"] == [
        "上次评价 88.00 分（合格），本次 98.00 分（优秀），上升 10 分。",
        "上次的问题已解决 3 项：计量服务（8.1）、标准服务（9.1）、标准服务（9.2）。",
        "仍然存在或再次出现 1 项：组织机构（1.3）。",
        "新出现 1 项：人员配置（5.2）。",
    ]


def test_region_is_compared_with_its_number_of_platforms():
    about = evaluations.about(region=Region(7, Fraction(259, 3), {}))
    found = conclusions(about=about)["comparison"]
    assert found["texts"] == ["本地区同类平台 7 家，平均 86.33 分。"]


def test_without_a_grade_or_anything_to_compare_there_is_no_comparison():
    assert conclusions()["comparison"] is None
    waiting = evaluations.waiting()
    assert conclusions(waiting, evaluations.about(previous=RESULT))["comparison"] is None
    assert conclusions(RESULT, evaluations.about(previous=waiting))["comparison"] is None
