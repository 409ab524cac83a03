"""A result in words: the same in every paper."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from tests.documents import evaluations

from zhiping.documents.files.rubric_file import bundled
from zhiping.domain import panel
from zhiping.domain.exact import number_text
from zhiping.domain.panel import Expert
from zhiping.domain.policy import Policy
from zhiping.domain.result import evaluate
from zhiping.domain.rubric import Level, Text
from zhiping.domain.sheet import Mark
from zhiping.texts import wording
from zhiping.texts.catalogue import speaking

WHOLE, HALF = Fraction(1), Fraction(1, 2)


def level(low, high, step=None):
    return Level(Fraction(low), Fraction(high), Text("每缺一项扣分", "less for each one missing"), step)


@pytest.mark.parametrize(
    ("one", "step", "chinese", "english"),
    [
        (level(2, 2), HALF, "2 分：", "2: "),
        (level(0, 1), None, "0～1 分：", "0 to 1: "),
        (level(0, 1), WHOLE, "0～1 分：", "0 to 1: "),
        (level(0, 1), HALF, "0～1 分（以 0.5 分为一档）：", "0 to 1 in steps of 0.5: "),
        (level(0, "1.5", HALF), None, "0～1.5 分（以 0.5 分为一档）：", "0 to 1.5 in steps of 0.5: "),
        (level(0, "1.5", HALF), WHOLE, "0～1.5 分（以 0.5 分为一档）：", "0 to 1.5 in steps of 0.5: "),
    ],
)
def test_level_is_stated_with_its_own_step_or_the_policys(one, step, chinese, english):
    assert wording.level_text(one, step) == f"{chinese}每缺一项扣分"
    with speaking("en"):
        assert wording.level_text(one, step) == f"{english}less for each one missing"


def test_check_names_what_is_missing_of_a_stated_panel():
    members = (Expert("E1", "甲", seat="lead"), Expert("E2", "乙", experience=""), Expert("E3", "甲"))
    checks = panel.checks(members, rubric=bundled(), kind="authority", operator="中心", dates=(), members=3)
    assert [row["detail"] for row in wording.check_rows(checks)] == [
        "评价组共 3 人",
        "组长：甲 E1",
        "未提供：甲 E1、乙、甲 E3的职称或相当能力",
        "未提供：甲 E1、乙、甲 E3的培训记录或现场评价日期",
        "未提供：甲 E1、乙、甲 E3的承诺书签署日期或现场评价日期",
        "未提供：甲 E1、乙、甲 E3与运营单位的任职关系",
        "未提供：甲 E1、甲 E3的平台工作经验",
        "未提供：成员分工",
    ]


def test_check_of_a_panel_no_one_stated_states_so():
    checks = panel.checks(None, rubric=bundled(), kind="self", operator="", dates=(), members=None)
    assert {row["detail"] for row in wording.check_rows(checks)} == {"未提供：评价组资料"}
    with speaking("en"):
        assert {row["detail"] for row in wording.check_rows(checks)} == {"Not stated: the panel"}


def test_check_of_the_lead_states_that_there_is_none():
    checks = panel.checks(
        (Expert("E1", "甲"),), rubric=bundled(), kind="self", operator="", dates=(), members=1
    )
    assert wording.check_rows(checks)[1]["detail"] == "未指定组长"


def test_readings_of_one_common_table_speak_of_no_deliberation():
    rows = wording.reading_rows(evaluations.common(), bundled())
    assert [row["method"] for row in rows[:2]] == ["评价组共同评分（本次采用）", "评价组共同评分"]


@pytest.mark.parametrize(
    ("language", "texts", "said"),
    [
        ("zh", [], ""),
        ("zh", ["台账不全。"], "台账不全。"),
        ("zh", ["台账不全。", "没有专家；", "标志不同。"], "台账不全；没有专家；标志不同。"),
        ("en", ["No ledger.", "no experts"], "No ledger; no experts"),
    ],
)
def test_joined_sentences_have_one_full_stop(language, texts, said):
    with speaking(language):
        assert wording.joined(texts) == said


def test_english_states_one_and_many_apart():
    result = evaluations.waiting()
    one = {**result, "open": result["open"][:1]}
    with speaking("en"):
        texts = [wording.overview(r, bundled(), evaluations.ABOUT)[-1] for r in (one, result)]
    assert [text.partition(" for ")[0] for text in texts] == ["1 criterion waits", "7 criteria wait"]


def thirds():
    """Return a mean result whose marks leave thirds in many criteria, both indicators and dimensions."""
    sheets = evaluations.sheets(evaluations.NAMES[:3])
    for name in ("1.2", "1.3", "4.1", "7.1", "9.1", "11.1", "13.2", "16.1", "18.1"):
        criterion = bundled().criteria[name]
        legal = [mark for mark in criterion.marks(Fraction(1)) if mark < criterion.max]
        marks = {**sheets[0].marks, name: Mark(legal[-1], "有缺项")}
        sheets[0] = replace(sheets[0], marks=marks)
    return evaluate(bundled(), evaluations.about(policy=Policy(method="mean")), sheets)


def amount(text):
    return Fraction(re.search(r"[\d.]+", text)[0]) if isinstance(text, str) else Fraction(text or 0)


def test_printed_points_and_losses_of_a_mean_add_up():
    result, rubric = thirds(), bundled()
    rows = wording.criterion_rows(rubric, result)
    bonus = {c.id for c in rubric.criteria.values() if c.bonus}
    base, total = Fraction(result["shown"]["base"]), Fraction(result["shown"]["total"])
    assert "/" in result["score"]["base"]
    assert sum(Fraction(row["score"]) for row in rows) == total
    assert sum(Fraction(row["score"]) for row in rows if row["id"] not in bonus) == base
    for part in ("dimensions", "indicators"):
        assert sum(Fraction(row["score"]) for row in wording.score_rows(result, part)) == total
    lost = sum(Fraction(row["lost"]) for row in wording.finding_rows(result, rubric))
    assert lost == 100 - base
    assert all(Fraction(r["max"]) - Fraction(r["score"]) == amount(r["lost"]) for r in rows if r["lost"])
    assert f"共失 {number_text(lost)} 分" in wording.losses_text(result, rubric)


def test_margin_is_the_rest_of_the_shown_score():
    result, rubric = thirds(), bundled()
    graded = Fraction(result["shown"]["graded"])
    bounds = {band.grade: band.lower for band in rubric.bands}
    above = amount(wording.margin_text(result, rubric).rpartition("；")[2].rpartition("高出")[2])
    assert above == graded - bounds[result["grade"]]


@pytest.mark.parametrize(
    ("share", "text"), [("2/3", "66.7%"), ("3/7", "42.9%"), ("39/49", "79.6%"), ("1", "100.0%")]
)
def test_percent_is_rounded_half_up(share, text):
    assert wording.percent(share) == text


def losing(marks):
    """Return the result of a panel that gives these marks, and the maximum elsewhere."""
    full = {c.id: Mark(c.max) for c in bundled().base}
    full |= {c.id: Mark(Fraction(0)) for c in bundled().criteria.values() if c.bonus}
    low = {name: Mark(Fraction(mark), "有缺项") for name, mark in marks.items()}
    sheets = [replace(sheet, marks={**full, **low}) for sheet in evaluations.sheets(evaluations.NAMES[:3])]
    return evaluate(bundled(), evaluations.about(policy=Policy(method="mean")), sheets)


@pytest.mark.parametrize(
    ("marks", "chinese", "english"),
    [
        ({"9.2": 2, "1.2": 1}, "失分的二级指标是：标准服务 2 分、组织机构 1 分。", "concerned: “"),
        (
            {"9.2": 2, "1.2": 1, "5.1": 1, "7.1": 0},
            "失分较多的是：标准服务 2 分，其余 3 个二级指标各 1 分。",
            " 2, and 1 each in 3 other indicators.",
        ),
        (
            {"8.2": 0, "9.2": 2, "10.1": 0, "13.2": 1, "14.2": 0, "7.1": 0},
            "失分较多的是：计量服务 4 分，其余 5 个二级指标共 9 分。",
            " 4, and 9 in 5 other indicators.",
        ),
        (
            {"9.2": 2, "10.1": 0, "13.2": 1, "14.2": 0, "7.1": 0},
            "失分分散在 5 个二级指标，其中 4 个各失 2 分，其余较少。",
            "; they are spread over 5 indicators, 4 of which lost 2 each and the others less.",
        ),
        (
            {"1.2": 1, "5.1": 1, "7.1": 0, "6.1": 0},
            "失分分散在 4 个二级指标，各失 1 分。",
            "; they are spread over 4 indicators, 1 each.",
        ),
        ({"9.2": 3}, "失分的二级指标是：标准服务 1 分。", "1 criterion lost 1 point in all; the indicators"),
        ({}, "各评分项均得满分，本次评价未发现失分问题。", "Every criterion earned its maximum"),
    ],
)
def test_losses_name_only_indicators_strictly_ahead(marks, chinese, english):
    result = losing(marks)
    assert chinese in wording.losses_text(result, bundled())
    with speaking("en"):
        assert english in wording.losses_text(result, bundled())


def test_notes_join_data_in_the_language_and_say_the_channel():
    notes = [
        {"code": "above_ceiling", "data": {"criteria": ["3.3", "4.1"], "channel": "offline"}},
        {
            "code": "alike",
            "data": {"experts": [{"name": "甲", "organisations": ["某院", "某院分院"]}], "operator": "某院"},
        },
        {"code": "alike", "data": {"experts": ["甲（某院）"], "operator": "某院"}},  # results of before
    ]
    chinese = wording.note_texts({"notes": notes})
    assert "“仅线下”的平台，下列评分项的得分高于该渠道可得最高分：3.3、4.1；" in chinese[0]
    assert "应予核实：甲（某院、某院分院）。" in chinese[1]
    assert "应予核实：甲（某院）。" in chinese[2]
    with speaking("en"):
        english = wording.note_texts({"notes": notes})
    assert "“offline only” these criteria have more points than that channel allows: 3.3, 4.1;" in english[0]
    assert "甲 (某院, 某院分院)." in english[1]


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("2025-09-10 09:00", "2025年9月10日 9:00", "10 September 2025 9:00"),
        ("9月10日 09:40", "9月10日 9:40", "9月10日 9:40"),
        ("2025-07-30 发布，10:05", "2025年7月30日 发布，10:05", "30 July 2025 发布，10:05"),
        ("2025-09-31", "2025-09-31", "2025-09-31"),
        ("Q/YC 12025-09-10-1", "Q/YC 12025-09-10-1", "Q/YC 12025-09-10-1"),
    ],
    ids=["meeting", "hour", "source", "no day", "number"],
)
def test_days_and_hours_of_a_text_are_written_in_full(text, zh, en):
    for language, written in (("zh", zh), ("en", en)):
        with speaking(language):
            assert wording.dated(text) == written
