"""Results: refusals, open criteria, notes, the operator's edition."""

import datetime as dt
import json
from dataclasses import replace
from fractions import Fraction

import pytest

from zhiping.documents.files import rubric_file
from zhiping.domain.consensus import Agreed
from zhiping.domain.errors import Invalid
from zhiping.domain.evaluation import (
    Appointment,
    Evaluation,
    Meeting,
    Platform,
    ReportText,
    Seen,
    Visit,
    odd_meetings,
)
from zhiping.domain.panel import Expert
from zhiping.domain.policy import Policy, default
from zhiping.domain.result import evaluate
from zhiping.domain.result_document import for_everyone, for_operator
from zhiping.domain.sheet import Mark, Sheet
from zhiping.texts.wording import note_texts

RUBRIC = rubric_file.bundled()
ABOUT = Evaluation(Platform("某平台"))


def sheet(name, **lost):
    """Return a sheet of full marks except those given, for example `c9_3=2`."""
    marks = {c.id: Mark(Fraction(0) if c.bonus else c.max) for c in RUBRIC.criteria.values() if not c.bonus}
    for key, mark in lost.items():
        points = mark if isinstance(mark, Mark) else Mark(Fraction(mark), f"{name}的理由")
        marks[key[1:].replace("_", ".")] = points
    return Sheet(name, name, marks)


def three(**lost):
    return [sheet(name, **lost) for name in "甲乙丙"]


def codes(about, sheets, agreed=None):
    with pytest.raises(Invalid) as caught:
        evaluate(RUBRIC, about, sheets, agreed)
    return [(p.code, p.data.get("id")) for p in caught.value.problems]


def test_full_marks_are_excellent_with_nothing_open():
    result = evaluate(RUBRIC, ABOUT, three())
    assert (result["status"], result["shown"]["graded"], result["grade"]) == (
        "concluded",
        "100.00",
        "excellent",
    )
    assert result["margin"] == {"to_next": None, "next_grade": None, "above_own": "10"}
    assert (result["path"], result["flip"], result["findings"]) == (None, {"up": None, "down": None}, [])
    assert result["agreement"]["alpha"] is None
    assert all(reading["grade"] == "excellent" for reading in result["readings"])


def test_disputed_criterion_is_open_until_the_panel_sets_mark_and_reason():
    sheets = [*three()[:2], sheet("丙", c9_3=1)]
    result = evaluate(RUBRIC, ABOUT, sheets)
    assert result["open"] == [{"id": "9.3", "why": "differ"}]
    assert (result["status"], result["grade"], result["margin"], result["path"]) == ("open", None, None, None)
    assert [r["why"] for r in result["readings"]] == ["open", "open", *[None] * 6]
    assert next(i for i in result["indicators"] if i["id"] == "9")["score"] is None
    settled = evaluate(RUBRIC, ABOUT, sheets, {"9.3": Agreed(Fraction(2), "议定")})
    criterion = next(c for c in settled["criteria"] if c["id"] == "9.3")
    assert (settled["shown"]["graded"], criterion["agreed"], criterion["proposal"]) == ("99.00", "2", "3")
    assert (criterion["reasons"], criterion["lost"], criterion["level"]) == (["议定"], "1", 1)
    assert settled["findings"] == [{"id": "9.3", "lost": "1", "reasons": ["议定"], "advice": []}]


def test_unanimous_marks_that_fit_no_level_are_disputed():
    mark = Mark(Fraction(2), "没有投诉", no_level=True)
    result = evaluate(RUBRIC, ABOUT, [*three()[:2], sheet("丙", c16_2=mark)])
    assert result["open"] == [{"id": "16.2", "why": "no_level"}]
    assert result["notes"] == [{"code": "no_level", "data": {"criteria": ["16.2"]}}]


def test_a_panel_check_that_fails_refuses_the_result():
    result = evaluate(RUBRIC, ABOUT, three()[:2])
    assert (result["status"], result["grade"]) == ("refused", None)
    assert {r["why"] for r in result["readings"]} == {"refused"}


def test_a_common_sheet_has_no_single_marks():
    about = replace(ABOUT, kind="self", policy=default("self"))
    mark = Mark(Fraction(2), "没有投诉", no_level=True)
    result = evaluate(RUBRIC, about, [sheet("评价组", c9_3=1, c16_2=mark)])
    assert (result["status"], result["shown"]["graded"], result["flip"]) == (
        "concluded",
        "98.00",
        {"up": None, "down": None},
    )
    assert [(r["method"], r["why"]) for r in result["readings"] if not r["bonus"]] == [
        ("consensus", None),
        ("mean", "no_single_marks"),
        ("item_medians", "no_single_marks"),
        ("median_of_totals", "no_single_marks"),
    ]
    assert not any(c["marks"] or c["disputed"] for c in result["criteria"])
    assert result["agreement"] == {"alpha": None, "unanimous": None, "mean_range": None, "severity": []}


def test_mean_is_exact_and_is_no_consensus():
    about = replace(ABOUT, policy=Policy(method="mean"))
    result = evaluate(RUBRIC, about, [*three()[:2], sheet("丙", c9_3=1)])
    assert (result["score"]["graded"], result["shown"]["graded"]) == ("298/3", "99.33")
    assert [(r["method"], r["why"]) for r in result["readings"]][:2] == [("consensus", "open")] * 2
    assert evaluate(RUBRIC, about, three())["readings"][0]["grade"] == "excellent"


def test_without_the_bonus_the_base_is_graded():
    bonus = Mark(Fraction(5), note="国家级奖项")
    sheets = three(c1_1=0, c1_2=0, c1_3=0, c1_4=0, c2_1=0, c3_1=0, cB_2=bonus)
    counted = evaluate(RUBRIC, ABOUT, sheets)
    apart = evaluate(RUBRIC, replace(ABOUT, policy=Policy(bonus_counts=False)), sheets)
    assert [counted["score"][k] for k in ("base", "bonus", "total", "graded")] == ["88", "5", "93", "93"]
    assert (counted["grade"], apart["grade"], apart["score"]["graded"]) == ("excellent", "qualified", "88")
    assert [r["official"] for r in counted["readings"]] == [True, *[False] * 7]
    assert [r["official"] for r in apart["readings"]] == [False, True, *[False] * 6]
    assert counted["criteria"][-1]["lost"] is None
    assert apart["path"]["steps"][0]["id"] == "1.1"


def test_all_problems_are_reported_at_once():
    broken = sheet("甲", c1_1=1, c9_9=1)
    del broken.marks["2.1"]
    unnamed = sheet(
        "乙", cB_1=Mark(Fraction(2)), c9_3=Mark(Fraction(1)), c16_2=Mark(Fraction(2), no_level=True)
    )
    assert codes(ABOUT, [broken, unnamed, sheet("丙")], {"9.3": Agreed(Fraction(4), "x")}) == [
        ("mark.no_reason", "9.3"),
        ("mark.no_level_reason", "16.2"),
        ("mark.unnamed_bonus", "B.1"),
        ("mark.unknown", "9.9"),
        ("mark.illegal", "1.1"),
        ("mark.missing", "2.1"),
        ("agreed.illegal", "9.3"),
    ]


def test_agreed_marks_that_contradict_the_sheets_are_refused():
    sheets = [*three()[:2], sheet("丙", c9_3=1)]
    agreed = {"9.3": Agreed(Fraction(2)), "1.1": Agreed(Fraction(0), "x"), "9.9": Agreed(Fraction(0), "x")}
    assert codes(ABOUT, sheets, agreed) == [
        ("agreed.no_reason", "9.3"),
        ("agreed.undisputed", "1.1"),
        ("agreed.unknown", "9.9"),
    ]
    assert evaluate(RUBRIC, ABOUT, three(), {"1.1": Agreed(Fraction(2))})["status"] == "concluded"
    mean = replace(ABOUT, policy=Policy(method="mean"))
    assert codes(mean, sheets, {"9.3": Agreed(Fraction(2), "x")}) == [("agreed.method", None)]


def test_sheets_that_do_not_match_panel_or_policy_are_refused():
    about = replace(ABOUT, panel=tuple(Expert(n, n) for n in "甲乙丁"))
    assert codes(about, three()) == [("sheets.stranger", "丙"), ("sheets.missing", "丁")]
    assert codes(ABOUT, [*three(), sheet("甲")]) == [("sheets.double", "甲")]
    assert codes(ABOUT, [*three(), sheet(" 甲 ")]) == [("sheets.double", " 甲 "), ("sheets.double", "甲")]
    assert codes(ABOUT, []) == [("sheets.none", None)]
    assert codes(replace(ABOUT, policy=Policy(method="panel")), three()) == [("sheets.one", None)]
    common = replace(about, policy=Policy(method="panel"))
    assert codes(common, [sheet("甲")]) == [("sheets.own", None)]


def test_notes_have_the_remarks_for_readers():
    seen = (Seen("同一案例", criteria=("17.1", "17.2")), Seen("别的", criteria=("1.1",)))
    about = replace(ABOUT, reason="first", visit=Visit(seen=seen))
    sheets = [replace(sheet("甲"), wording_sha256="0" * 64), *three()[1:]]
    assert evaluate(RUBRIC, about, sheets)["notes"] == [
        {"code": "first_evaluation", "data": {}},
        {"code": "wording", "data": {"experts": ["甲"]}},
        {"code": "double_evidence", "data": {"title": "同一案例", "criteria": ["17.1", "17.2"]}},
    ]


def test_notes_name_experts_whose_organisation_contains_the_operators_name():
    close = Expert("甲", "甲", organisation="某检验集团呼和浩特分公司")
    panel = (close, Expert("乙", "乙", organisation="别的公司"), Expert("丙", "丙"))
    about = replace(ABOUT, platform=Platform("某平台", operator="某检验集团"), panel=panel, kind="authority")
    note = {
        "code": "alike",
        "data": {
            "experts": [{"name": "甲", "organisations": ["某检验集团呼和浩特分公司"]}],
            "operator": "某检验集团",
        },
    }
    assert note in evaluate(RUBRIC, about, three())["notes"]
    assert note not in evaluate(RUBRIC, replace(about, kind="self"), three())["notes"]


def above(channel, **lost):
    """Return the notes of a panel on a platform of one channel."""
    about = replace(ABOUT, platform=Platform("某平台", channel=channel))
    return evaluate(RUBRIC, about, three(**lost))["notes"]


def test_points_above_the_ceiling_of_the_channel_are_a_note():
    offline = ["3.3", "4.1", "14.1", "14.2", "14.3", "15.1"]
    assert above("offline") == [
        {"code": "above_ceiling", "data": {"criteria": offline, "channel": "offline"}}
    ]
    assert above("online")[0]["data"]["criteria"] == ["3.1", "13.1", "15.1"]
    within = {"c3_3": 0, "c4_1": 0, "c14_1": 2, "c14_2": 0, "c14_3": 0, "c15_1": 2}
    assert above("offline", **within) == above("both") == []


def test_amended_mark_replaces_an_undisputed_one_and_names_the_result_before():
    before = evaluate(RUBRIC, ABOUT, three(c3_3=0))
    after = evaluate(
        RUBRIC, ABOUT, three(c3_3=0), amended={"3.3": Agreed(Fraction(1), "补交了档案")}, replaces="ab"
    )
    mark = next(c for c in after["criteria"] if c["id"] == "3.3")
    assert (mark["agreed"], mark["agreed_reason"], mark["lost"]) == ("1", "补交了档案", "0")
    assert Fraction(after["score"]["graded"]) == Fraction(before["score"]["graded"]) + 1
    data = {"id": "3.3", "before": "0", "points": "1", "replaces": "ab"}
    assert after["notes"][-1] == {"code": "amended", "data": data}
    assert note_texts(after)[-1].startswith("（3.3）的得分经异议处理由 0 更正为 1")


def test_amended_marks_are_legal_and_have_reasons():
    wrong = {
        "3.3": Agreed(Fraction(9), "多"),
        "9.9": Agreed(Fraction(1), "无"),
        "1.1": Agreed(Fraction(0)),
    }
    with pytest.raises(Invalid) as refused:
        evaluate(RUBRIC, ABOUT, three(), amended=wrong)
    codes = [problem.code for problem in refused.value.problems]
    assert codes == ["agreed.illegal", "agreed.unknown", "agreed.no_reason"]


def test_subject_keeps_dates_and_hashes():
    about = replace(
        ABOUT,
        period=(dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
        visit=Visit(start=dt.date(2025, 9, 1), end=dt.date(2025, 9, 2)),
        guidance={"1.1": "看文件"},
    )
    result = evaluate(RUBRIC, about, three())
    assert result["period"] == ["2025-01-01", "2025-12-31"]
    assert (result["visit"]["start"], result["visit"]["end"]) == ("2025-09-01", "2025-09-02")
    assert len(result["guidance_sha256"] or "") == 64
    assert evaluate(RUBRIC, ABOUT, three())["guidance_sha256"] is None
    assert evaluate(RUBRIC, ABOUT, three(c9_3=1))["sheets"][0]["sha256"] != result["sheets"][0]["sha256"]


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("both", []),
        ("offline", [("lenient", "92", "99", "excellent"), ("strict", "88", "95", "excellent")]),
        ("online", [("lenient", "95", "102", "excellent"), ("strict", "89", "96", "excellent")]),
    ],
)
def test_a_channel_has_its_ceilings(channel, expected):
    about = replace(ABOUT, platform=Platform("某平台", channel=channel))
    found = evaluate(RUBRIC, about, three())["ceiling"]
    assert [(c["reading"], c["base"], c["total"], c["grade"]) for c in found] == expected


def test_a_ceiling_without_the_bonus_is_graded_by_its_base():
    about = replace(ABOUT, platform=Platform("某平台", channel="offline"), policy=Policy(bonus_counts=False))
    assert [c["grade"] for c in evaluate(RUBRIC, about, three())["ceiling"]] == ["excellent", "qualified"]


def test_operators_edition_has_the_panels_marks_but_no_members_marks():
    sheets = [*three()[:2], sheet("丙", c9_3=1)]
    result = evaluate(RUBRIC, ABOUT, sheets, {"9.3": Agreed(Fraction(2), "议定", "丙：应为 1 分")})
    found = for_operator(result)
    own = {"criteria", "sheets", "agreement", "flip"}
    assert {k: v for k, v in found.items() if k not in own} == {
        k: v for k, v in result.items() if k not in own
    }
    assert (found["sheets"], found["flip"], found["agreement"]["severity"]) == ([], None, [])
    assert {k: v for k, v in found["agreement"].items() if k != "severity"} == {
        k: v for k, v in result["agreement"].items() if k != "severity"
    }
    left_out = {"marks": [], "proposal": None, "dissent": ""}
    assert found["criteria"] == [{**c, **left_out} for c in result["criteria"]]
    assert [c["dissent"] for c in result["criteria"] if c["dissent"]] == ["丙：应为 1 分"]


def test_public_edition_has_points_and_neither_names_nor_words_of_people():
    sheets = [*three()[:2], sheet("丙", c9_3=1)]
    about = replace(ABOUT, platform=replace(ABOUT.platform, address="某街 1 号", sites=("某站点",)))
    result = evaluate(RUBRIC, about, sheets, {"9.3": Agreed(Fraction(2), "议定", "丙：应为 1 分")})
    found = for_everyone(result)
    text = json.dumps(found, ensure_ascii=False)
    assert [word for word in ("丙的理由", "议定", "丙：", "某街", "某站点") if word in text] == []
    assert [
        word for word in ("议定", "丙：", "某街") if word not in json.dumps(result, ensure_ascii=False)
    ] == []
    assert (found["score"], found["grade"]) == (result["score"], result["grade"])
    assert [c["agreed"] for c in found["criteria"]] == [c["agreed"] for c in result["criteria"]]


DAYS = dt.date(2026, 1, 10), dt.date(2026, 1, 11)
VISITED = replace(ABOUT, period=(dt.date(2025, 1, 1), dt.date(2025, 12, 31)), visit=Visit(*DAYS))


def dated(*days):
    return [replace(one, date=str(day)) for one, day in zip(three(), days, strict=True)]


def test_report_before_a_sheet_is_refused_at_the_sheet():
    about = replace(VISITED, report=ReportText(date=dt.date(2026, 1, 12)))
    assert evaluate(RUBRIC, about, dated(*DAYS, "2026-01-12"))["status"] == "concluded"
    with pytest.raises(Invalid) as caught:
        evaluate(RUBRIC, about, dated(*DAYS, "2026-01-13"))
    assert [(p.code, p.where, p.data) for p in caught.value.problems] == [
        ("dates.report_before_sheet", ("丙",), {"found": "2026-01-12", "limit": "2026-01-13"})
    ]


def test_odd_dates_are_notes():
    seen = Seen("台账", date="2026-02-01"), Seen("制度", date="2025"), Seen("证书", date="2026-01-11")
    visit = replace(VISITED.visit, seen=seen)
    early = replace(VISITED, visit=visit, period=(dt.date(2025, 1, 1), dt.date(2026, 1, 31)))
    assert evaluate(RUBRIC, early, dated(DAYS[0], "2026-01-12", ""))["notes"] == [
        {"code": "visit_in_period", "data": {"found": "2026-01-10", "limit": "2026-01-31"}},
        {
            "code": "sheet_outside_visit",
            "data": {"experts": ["乙"], "start": "2026-01-10", "end": "2026-01-11"},
        },
        {
            "code": "seen_after_visit",
            "data": {"title": "台账", "found": "2026-02-01", "limit": "2026-01-11"},
        },
    ]
    assert evaluate(RUBRIC, VISITED, dated(*DAYS, ""))["notes"] == []


def test_meetings_outside_the_visit_are_notes_with_both():
    days = {"start": "2026-01-10", "end": "2026-01-11"}
    lines = (
        Appointment("1月12日 09:00", "资料查阅"),
        Appointment("09:30", "现场查看"),
        Appointment("2025-01-10", "访谈"),
    )
    meetings = {"opening": Meeting("2026-01-20 09:00"), "closing": Meeting("1月11日 16:00")}
    visit = replace(VISITED.visit, schedule=lines, **meetings)
    assert evaluate(RUBRIC, replace(VISITED, visit=visit), dated(*DAYS, ""))["notes"] == [
        {"code": "opening_outside_visit", "data": {"found": "2026-01-20 09:00", **days}},
        {
            "code": "schedule_outside_visit",
            "data": {"found": ["1月12日 09:00 资料查阅", "2025-01-10 访谈"], **days},
        },
    ]
    one = Visit(DAYS[0], closing=Meeting("2026-01-11"))
    assert list(odd_meetings(one)) == [
        ("closing_outside_visit", {"found": "2026-01-11", "start": "2026-01-10", "end": "2026-01-10"})
    ]
    assert list(odd_meetings(replace(visit, start=None))) == []
