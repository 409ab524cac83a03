"""Findings in words: one fact per criterion, never what single members wrote."""

from dataclasses import replace
from fractions import Fraction

import pytest
from tests.documents import evaluations

from zhiping.documents.files.rubric_file import bundled
from zhiping.domain.evaluation import FactCheck, Recommendation, ReportText, Seen, Visit
from zhiping.domain.policy import Policy
from zhiping.domain.result import evaluate
from zhiping.domain.sheet import Mark
from zhiping.texts import findings, wording
from zhiping.texts.catalogue import speaking

RUBRIC, ABOUT = bundled(), evaluations.ABOUT
RESULT = evaluations.concluded()


def marked(*members, agreed=None, about=ABOUT):
    """The result of an evaluation in which members, from the first on, mark otherwise."""
    sheets = evaluations.sheets()
    for at, own in enumerate(members):
        sheets[at] = replace(sheets[at], marks={**sheets[at].marks, **own})
    return evaluate(RUBRIC, about, sheets, agreed or {})


def stating(**facts):
    """The evaluation with facts the panel states, by criterion."""
    return replace(ABOUT, findings={name: FactCheck(fact) for name, fact in facts.items()})


def confirmed(result, about=ABOUT):
    return {row["id"]: row["fact"] for row in findings.to_confirm(result, RUBRIC, about)}


def half(reason):
    return Mark(Fraction(1), reason)


LEVEL = Mark(Fraction(0), "没有运维体系，或有缺项")  # the wording of a level that covers several facts


@pytest.mark.parametrize(
    ("reasons", "fact"),
    [
        (("查询入口失效", "查询入口失效。"), "查询入口失效"),
        (("查询入口失效", "题录没有更新"), ""),
    ],
)
def test_fact_to_confirm_is_what_all_wrote_alike(reasons, fact):
    full = Mark(RUBRIC.criteria["9.2"].max)
    others = [{"9.2": full}] * 3
    result = marked(*({"9.2": half(reason)} for reason in reasons), *others)
    assert confirmed(result)["9.2"].rstrip("。") == fact


def test_fact_to_confirm_is_what_the_panel_states_or_agreed_on():
    assert confirmed(RESULT)["3.1"] == evaluations.AGREED["3.1"].reason
    assert confirmed(RESULT, stating(**{"3.1": "站点距园区九公里"}))["3.1"] == "站点距园区九公里"


def test_criterion_with_full_marks_is_not_to_confirm_whatever_is_noted_about_its_levels():
    no_level = Mark(Fraction(2), "没有投诉，没有相应档次", no_level=True)
    result = marked({"16.2": no_level})
    assert "16.2" in {c["id"] for c in result["criteria"] if c["disputed"]}
    assert "16.2" not in confirmed(result)


def test_note_on_levels_is_no_fact():
    no_level = {"16.2": Mark(Fraction(0), "没有投诉，没有相应档次", no_level=True)}
    lowered = {"16.2": Mark(Fraction(0), "两件投诉没有记录")}
    assert confirmed(marked(no_level, lowered))["16.2"] == "两件投诉没有记录"
    assert confirmed(marked(no_level))["16.2"] == ""


def test_bonus_is_not_to_confirm():
    assert not {"B.1", "B.2"} & confirmed(RESULT).keys()


def test_panel_that_fills_one_table_has_its_reasons_confirmed():
    result = evaluations.common()
    lost = {f["id"]: f["reasons"] for f in result["findings"]}
    assert {name: fact for name, fact in confirmed(result).items() if fact} == {
        name: reasons[0]
        for name, reasons in lost.items()
        if len(reasons) == 1 and name not in ("1.3", "4.2", "7.2")  # "none, or parts of it" is no one fact
    }


@pytest.mark.parametrize("result", [RESULT, evaluations.common(), marked({"4.2": LEVEL}, {"4.2": LEVEL})])
def test_fact_to_confirm_is_blank_where_the_panel_must_still_state_it(result):
    left = {text.split()[0] for text in findings.unstated(result, RUBRIC, ABOUT)}
    assert {name for name, fact in confirmed(result).items() if not fact} == left
    assert "4.2" in left


def test_members_words_name_each_member_and_stand_once():
    given = ["入口失效", "入口失效", "题录未更新"]
    result = marked(
        *({"9.2": half(text)} for text in given), {"9.2": Mark(Fraction(4))}, {"9.2": Mark(Fraction(4))}
    )
    found = next(r for r in findings.members_words(result, RUBRIC, evaluations.NAMES) if r["id"] == "9.2")
    assert found["given"].split("\n") == ["乌兰、张建国：入口失效", "欧阳文静：题录未更新"]


def test_rows_have_evidence_and_the_operators_answer():
    seen = (
        Seen("专家名单", "〔2026〕3 号", page="2", criteria=("5.2",)),
        Seen("手册", page="第 4 页", criteria=("5.2",)),
        Seen("台账", criteria=("5.2",)),
        Seen("照片", criteria=("5.1",)),
    )
    stated = {"5.2": FactCheck("缺专家", "objected", "已聘任")}
    about = replace(ABOUT, visit=Visit(seen=seen), findings=stated)
    row = next(row for row in findings.rows(RESULT, RUBRIC, about) if row["id"] == "5.2")
    shown = tuple(row[name] for name in ("title", "fact", "answer", "reply", "evidence"))
    papers = "专家名单（〔2026〕3 号、第2页）；手册（第 4 页）；台账"
    assert shown == ("专家支持", "缺专家", "有异议", "已聘任", papers)
    bare = next(row for row in findings.rows(RESULT, RUBRIC, ABOUT) if row["id"] == "5.2")
    assert (bare["answer"], bare["reply"], bare["evidence"]) == ("", "", "")


def test_rows_have_no_advice_but_what_members_wrote():
    advice = {f["id"]: wording.joined(f["advice"]) for f in RESULT["findings"]}
    assert {row["id"]: row["advice"] for row in findings.rows(RESULT, RUBRIC, ABOUT)} == advice
    assert "" in advice.values()


def test_finding_without_advice_has_the_recommendation_that_names_it():
    advised = {f["id"]: f["advice"] for f in RESULT["findings"]}
    own, bare = (next(name for name, given in advised.items() if bool(given) is has) for has in (True, False))
    one = Recommendation("聘任两名专家。", findings=(bare,))
    other, common = Recommendation("每季度自查。", findings=(own,)), Recommendation("报送进展。")
    about = replace(ABOUT, report=ReportText(recommendations=(one, other, common)))
    rows = findings.rows(RESULT, RUBRIC, about)
    shown = {row["id"]: row["advice"] for row in rows}
    assert (shown[bare], shown[own]) == ("聘任两名专家。", wording.joined(advised[own]))
    assert findings.recommended_besides(rows, about) == ["每季度自查。", "报送进展。"]


def lowered(**texts):
    """The marks of a member who lowers criteria to nothing, with their reasons."""
    return {name: Mark(Fraction(0), text) for name, text in texts.items()}


def test_level_that_covers_several_facts_must_be_stated():
    levels = {"4.2": "没有运维体系，或有缺项", "2.1": "没有取得权威认可", "10.1": "没有提供"}
    result = marked(*[lowered(**levels)] * 5, agreed=evaluations.AGREED)
    asked = findings.unstated(result, RUBRIC, ABOUT)
    assert "4.2 系统运行维护" in asked
    assert not {"2.1 资质和能力认可", "10.1 认证服务"} & set(asked)
    assert "4.2 系统运行维护" not in findings.unstated(result, RUBRIC, stating(**{"4.2": "没有备份"}))
    answered = replace(ABOUT, findings={"4.2": FactCheck(answer="agreed")})
    assert "4.2 系统运行维护" in findings.unstated(result, RUBRIC, answered)


def test_criterion_of_which_members_wrote_different_things_must_be_stated():
    one, other = lowered(**{"10.1": "没有认证服务"}), lowered(**{"10.1": "未见认证合同"})
    policy = evaluations.about(policy=Policy(method="mean"))
    result = marked(one, other, one, one, one, about=policy)
    assert "10.1 认证服务" in findings.unstated(result, RUBRIC, policy)


@pytest.mark.parametrize("text", ["没有运维体系，或有缺项", "Missing or incomplete"])
def test_level_as_a_reason_is_in_the_readers_language(text):
    result = marked(*[lowered(**{"4.2": text})] * 5, agreed=evaluations.AGREED)
    level = RUBRIC.criteria["4.2"].levels[-1].text
    for language in ("zh", "en"):
        with speaking(language):
            rows = {row["id"]: row["fact"] for row in findings.rows(result, RUBRIC, ABOUT)}
            assert rows["4.2"] == level[language]
            assert any(name.startswith("4.2 ") for name in findings.unstated(result, RUBRIC, ABOUT))


def test_reason_that_another_contains_is_left_out():
    assert wording.joined(["自治区奖（2025 年 5 月）", "自治区奖。"]) == "自治区奖（2025 年 5 月）"
    assert wording.joined(["自治区奖。", "自治区奖"]) == "自治区奖"
