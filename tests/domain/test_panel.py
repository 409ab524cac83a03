"""Legality of a panel (6.2): passed, failed and unknown facts."""

import datetime as dt
from dataclasses import replace

import pytest

from zhiping.documents.files import rubric_file
from zhiping.domain.panel import RANKS, Affiliation, Expert, Training, checks, distinct_names, unfit

RUBRIC = rubric_file.bundled()
INDICATORS = [i.id for i in RUBRIC.indicators]
VISIT = (dt.date(2025, 9, 10), dt.date(2025, 9, 11))
OPERATOR = "云川市质量技术服务中心"


def expert(number, **facts):
    stated = {
        "title": "高级工程师",
        "training": (Training(dt.date(2025, 1, 1), dt.date(2027, 1, 1)),),
        "experience": "",
        "affiliations": (Affiliation("别的单位"),),
        "declared": dt.date(2025, 9, 1),
    }
    return Expert(f"E{number}", f"专家{number}", **{**stated, **facts})


PANEL = (
    expert(1, seat="lead", experience="两年", duties=tuple(INDICATORS[:10])),
    expert(2, duties=tuple(INDICATORS[10:])),
    expert(3),
)


def states(panel=PANEL, *, kind="authority", operator=OPERATOR, dates=VISIT, members=None):
    found = checks(panel, rubric=RUBRIC, kind=kind, operator=operator, dates=dates, members=members)
    return {check["code"]: check["state"] for check in found}


def with_first(**facts):
    return (replace(PANEL[0], **facts), *PANEL[1:])


def test_a_legal_panel_passes_every_check():
    assert states() == dict.fromkeys(
        ("size", "lead", "title", "training", "declaration", "conflict", "experience", "duties"), "pass"
    )


@pytest.mark.parametrize(
    ("panel", "code", "state"),
    [
        (PANEL[:2], "size", "fail"),
        ((*PANEL, expert(4)), "size", "fail"),
        ((*PANEL, expert(4), expert(5)), "size", "pass"),
        (PANEL[:1], "size", "fail"),
        (with_first(seat="member"), "lead", "fail"),
        ((PANEL[0], replace(PANEL[1], seat="lead"), PANEL[2]), "lead", "fail"),
        (with_first(title="助理工程师"), "title", "fail"),
        (with_first(title="助理工程师", equivalent_ability="主持同类项目十年"), "title", "pass"),
        (with_first(title="首席专家"), "title", "not_shown"),
        (with_first(title="首席专家", rank="intermediate"), "title", "pass"),
        (with_first(title="工程师", rank="junior"), "title", "fail"),
        (with_first(title=""), "title", "not_shown"),
        (with_first(training=None), "training", "not_shown"),
        (with_first(training=()), "training", "fail"),
        (with_first(training=(Training(dt.date(2020, 1, 1), VISIT[0]),)), "training", "fail"),
        (with_first(training=(Training(dt.date(2020, 1, 1), VISIT[1]),)), "training", "pass"),
        (with_first(training=(Training(VISIT[1]),)), "training", "fail"),
        (with_first(training=(Training(dt.date(2020, 1, 1)),)), "training", "pass"),
        (with_first(declared=None), "declaration", "not_shown"),
        (with_first(declared=VISIT[0]), "declaration", "pass"),
        (with_first(declared=VISIT[1]), "declaration", "fail"),
        (with_first(conflicts=("与主任是亲属",)), "conflict", "fail"),
        (with_first(organisation=" 云川市质量技术 服务中心"), "conflict", "fail"),
        (with_first(organisation="云川市质量技术服务中心\u200b"), "conflict", "fail"),
        (with_first(organisation="云川市质量技术服务中心（本部）"), "conflict", "pass"),  # declared
        (with_first(organisation="云川市质量技术服务中心检测部", declared=None), "conflict", "not_shown"),
        (
            with_first(affiliations=(Affiliation("云川市质量技术服务中心检测部"),), declared=None),
            "conflict",
            "not_shown",
        ),
        (with_first(affiliations=None), "conflict", "not_shown"),
        (with_first(affiliations=(Affiliation(OPERATOR),)), "conflict", "fail"),
        (with_first(affiliations=(Affiliation(OPERATOR, dt.date(2022, 9, 10)),)), "conflict", "pass"),
        (with_first(affiliations=(Affiliation(OPERATOR, dt.date(2022, 9, 11)),)), "conflict", "fail"),
        (with_first(affiliations=(Affiliation(OPERATOR, dt.date(2020, 2, 29)),)), "conflict", "pass"),
        (with_first(experience=""), "experience", "fail"),
        (with_first(experience=None), "experience", "not_shown"),
        (with_first(duties=()), "duties", "fail"),
        (tuple(replace(e, duties=()) for e in PANEL), "duties", "not_shown"),
    ],
)
def test_each_check_alone(panel, code, state):
    assert states(panel)[code] == state


def test_a_leap_day_is_three_years_ago_only_on_the_first_of_march():
    panel = with_first(affiliations=(Affiliation(OPERATOR, dt.date(2024, 2, 29)),))
    assert states(panel, dates=(dt.date(2027, 2, 28),))["conflict"] == "fail"
    assert states(panel, dates=(dt.date(2027, 3, 1),))["conflict"] == "pass"


def test_failed_check_names_the_experts():
    panel = (replace(PANEL[0], title="技术员"), replace(PANEL[1], title="?"), PANEL[2])
    found = {
        c["code"]: c for c in checks(panel, rubric=RUBRIC, kind="authority", operator="", dates=(), members=3)
    }
    assert found["title"]["data"] == {"experts": ["专家1"]}
    assert found["conflict"]["state"] == "not_shown"


def test_checks_that_need_a_day_are_not_shown_without_dates():
    known = {"declaration": "not_shown", "training": "not_shown", "conflict": "pass"}
    assert {code: states(dates=())[code] for code in known} == known
    endless = tuple(replace(e, training=(Training(dt.date(2099, 1, 1)),)) for e in PANEL)
    assert states(endless, dates=())["training"] == "not_shown"
    assert states(with_first(training=()), dates=())["training"] == "fail"
    tied = with_first(affiliations=(Affiliation(OPERATOR, dt.date(2020, 1, 1)),))
    assert states(tied, dates=())["conflict"] == "not_shown"


def test_declaration_of_another_signature_is_not_shown_and_named():
    panel = with_first(declared=VISIT[0], unconfirmed=True)
    found = checks(panel, rubric=RUBRIC, kind="authority", operator=OPERATOR, dates=VISIT, members=3)
    [declaration] = [check for check in found if check["code"] == "declaration"]
    assert (declaration["state"], declaration["data"]["unconfirmed"]) == ("not_shown", ["专家1"])


def test_affiliation_until_the_last_possible_date_is_a_conflict():
    assert states(with_first(affiliations=(Affiliation(OPERATOR, dt.date.max),)))["conflict"] == "fail"


def test_self_evaluation_members_do_not_lead_indicators_they_run():
    panel = tuple(replace(e, runs=()) for e in PANEL)
    assert states(panel, kind="self")["own_indicator"] == "pass"
    assert "conflict" not in states(panel, kind="self")
    assert states((replace(panel[0], runs=("3",)), *panel[1:]), kind="self")["own_indicator"] == "fail"
    assert states((replace(panel[2], runs=("3",)), *panel[:2]), kind="self")["own_indicator"] == "pass"
    assert states(PANEL, kind="self")["own_indicator"] == "not_shown"


def test_unknown_panel_has_only_its_size_checked_by_the_sheets():
    assert states(None, members=5) == {
        "size": "pass",
        **dict.fromkeys(
            ("lead", "title", "training", "declaration", "conflict", "experience", "duties"), "not_shown"
        ),
    }
    assert states(None, members=2)["size"] == "fail"
    assert set(states(None, kind="self", members=None).values()) == {"not_shown"}


def test_every_known_title_has_one_rank():
    assert {
        "工程师": "intermediate",
        "高级工程师": "associate",
        "助理研究员": "intermediate",
    }.items() <= RANKS.items()
    assert set(RANKS.values()) == {"senior", "associate", "intermediate", "junior"}


def test_distinct_names_add_the_id_to_shared_and_empty_names():
    assert distinct_names([("甲", "E1"), ("乙", "E2"), ("甲", "E3"), ("", "E4")]) == [
        "甲 E1",
        "乙",
        "甲 E3",
        "E4",
    ]


def test_checks_use_distinct_names():
    panel = tuple(replace(member, name="甲", experience=None) for member in PANEL)
    found = checks(panel, rubric=RUBRIC, kind="self", operator=OPERATOR, dates=VISIT, members=3)
    named = {check["code"]: check["data"].get("experts") for check in found}
    assert named["lead"] == ["甲 E1"]
    assert named["experience"] == ["甲 E1", "甲 E2", "甲 E3"]


def test_replacement_signs_by_the_day_of_joining():
    late = with_first(declared=VISIT[1])
    assert states(late)["declaration"] == "fail"
    assert states(with_first(declared=VISIT[1], joined=VISIT[1]))["declaration"] == "pass"
    after = dt.date(2025, 9, 12)
    assert states(with_first(declared=after, joined=VISIT[1]))["declaration"] == "fail"
    early = dt.date(2025, 9, 1)
    assert states(with_first(declared=VISIT[1], joined=early))["declaration"] == "fail"


@pytest.mark.parametrize(
    ("facts", "operators", "found"),
    [
        ({}, (OPERATOR, "乙"), {}),
        ({"title": "助理工程师"}, (OPERATOR,), {"title": "fail"}),
        ({"title": "", "training": ()}, (), {"title": "not_shown", "training": "fail"}),
        ({"affiliations": (Affiliation(OPERATOR),)}, ("乙", OPERATOR), {"conflict": "fail"}),
        ({"affiliations": (Affiliation(OPERATOR),)}, (), {}),
        ({"affiliations": None}, (OPERATOR,), {"conflict": "not_shown"}),
        ({"affiliations": None, "organisation": "乙"}, (OPERATOR, "乙"), {"conflict": "fail"}),
    ],
)
def test_unfit_names_each_reason(facts, operators, found):
    assert unfit(expert(1, **facts), operators=operators, dates=VISIT) == found


@pytest.mark.parametrize("title", ["高级 工程师", "高级工程师\u200b", "　高级工程师"])
def test_title_is_known_however_it_is_spaced(title):
    assert states(with_first(title=title))["title"] == "pass"
