"""The page and API of one evaluation: the panel and events visible to each role."""

import pytest
from django.urls import reverse
from tests.evaluations.test_programmes import add
from tests.panels import panels
from tests.panels.panels import opened
from tests.server.cast import NOW

from zhiping.evaluations.actions.evaluation import cancel_evaluation
from zhiping.ledger.act import Act
from zhiping.panels.actions.declaration import sign_declarations
from zhiping.panels.actions.panel import seat_expert
from zhiping.panels.actions.recusal import ask_recusal
from zhiping.panels.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation(cast):
    """An evaluation whose second member has a conflict and requests recusal."""
    found = panels.opened(cast, phase="planned")
    seats = panels.composed(cast, found, conflict="配偶在该中心任职")
    seat = seats["member"]
    sign_declarations(Act(cast.member, NOW), seats=[seat], conflict="配偶在该中心任职")
    ask_recusal(Act(cast.member, NOW), seat=seat, reason="利害关系")
    return found


def read(client, evaluation):
    page = client.get(reverse("dossier:evaluation", args=[evaluation.pk]))
    panel = client.get(f"/api/v1/evaluations/{evaluation.pk}/panel").json()
    return page, panel


def test_the_operator_learns_no_names_before_the_preparation(cast, client_for, evaluation):
    page, panel = read(client_for(cast.head), evaluation)
    assert "专家成员一" not in page.content.decode()
    assert panel == {"seats": [], "checks": []}


def test_operator_sees_names_then_but_no_checks_or_declarations(cast, client_for, evaluation):
    panels.phase(evaluation, "preparing")
    page, panel = read(client_for(cast.staff), evaluation)
    text = page.content.decode()
    assert "专家成员一" in text
    assert page.context["checks"] == []
    assert "已签承诺书" not in text
    assert panel["checks"] == []
    assert {seat["declared"] for seat in panel["seats"]} == {None}


def test_requests_for_recusal_are_hidden_from_the_operator(cast, client_for, evaluation):
    panels.phase(evaluation, "preparing")
    told = {
        name: {
            event.name for event in read(client_for(getattr(cast, name)), evaluation)[0].context["timeline"]
        }
        for name in ("staff", "lead", "officer_a")
    }
    assert told["staff"] == {"evaluation.planned", "evaluation.prepared"}
    assert {"recusal.asked", "declaration.signed", "panel.seated"} < told["lead"]
    assert told["lead"] == told["officer_a"]


@pytest.mark.parametrize("name", ["officer_a", "lead", "substitute"])
def test_authority_and_panel_see_the_checks(cast, client_for, name):
    found = panels.opened(cast)
    panels.composed(cast, found, substitutes=("substitute",))
    page, panel = read(client_for(getattr(cast, name)), found)
    assert page.context["checks"] == panel["checks"] != []
    assert {seat["declared"] for seat in panel["seats"]} == {True}


# The page itself.


def text(client, evaluation, status=200):
    answer = client.get(f"/evaluations/{evaluation.pk}")
    assert answer.status_code == status
    return answer.content.decode().partition("<main")[2]


def bare(cast):
    """An evaluation in preparation whose needs are all missing, in a programme with rules not frozen."""
    return opened(
        cast, authority="province", visit_start=None, visit_end=None, programme=add(cast, by="officer")
    )


LACKS = ("年度评价计划的规则尚未固定", "评价组还不符合要求", "尚未安排现场评价的日期")


def test_missing_needs_link_to_their_pages(cast, client_for):
    evaluation = bare(cast)
    page = text(client_for(cast.officer), evaluation)
    here = f"/evaluations/{evaluation.pk}"
    for words, url in zip(
        LACKS, (f"/programmes/{evaluation.programme_id}", f"{here}/panel", f"{here}/visit/plan"), strict=True
    ):
        assert f'<a href="{url}">{words}</a>' in page
    assert ("开始评分：尚有事项待办理" in page, "这一步由组长办理" in page) == (True, True)


def test_links_need_the_permission_of_their_page(cast, client_for):
    evaluation = bare(cast)
    panels.composed(cast, evaluation, by=cast.officer)
    Duty.objects.filter(evaluation=evaluation).delete()
    here = f"/evaluations/{evaluation.pk}"
    linked = {who: [f">{words}</a>" in text(client_for(getattr(cast, who)), evaluation) for words in LACKS]
              for who in ("officer", "lead", "member")}  # fmt: skip
    assert linked == {"officer": [True] * 3, "lead": [False, False, True], "member": [False] * 3}
    member = text(client_for(cast.member), evaluation)
    assert [words in member for words in LACKS] == [True] * 3
    assert [f'href="{here}/{more}"' in member for more in ("papers", "cancel", "visit")] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("who", ["staff", "head"])
def test_operator_sees_stage_and_next_actor_but_not_missing_needs(cast, client_for, who):
    page = text(client_for(getattr(cast, who)), bare(cast))
    assert ("下一步：开始评分" in page, "这一步由组长办理" in page) == (True, True)
    assert [words in page for words in LACKS] == [False] * 3
    assert ("<form" in page, "/papers" in page, "/cancel" in page) == (False, False, False)


def test_lead_starts_once_nothing_is_missing(cast, client_for):
    evaluation = opened(cast)
    panels.composed(cast, evaluation)
    page = text(client_for(cast.lead), evaluation)
    assert ("开始评分：条件已具备" in page, "<form method" in page) == (True, True)
    assert "<form method" not in text(client_for(cast.officer_a), evaluation)


def test_steps_show_the_progress(cast, client_for):
    evaluation = opened(cast)
    page = client_for(cast.officer_a).get(f"/evaluations/{evaluation.pk}")
    assert [(s["label"], s["done"], s["current"]) for s in page.context["steps"]] == [
        ("已列入计划", True, False), ("评价准备", False, True), ("现场评分", False, False),
        ("组内评议", False, False), ("已定分", False, False), ("征求意见", False, False),
        ("已出具报告", False, False), ("改进中", False, False), ("已办结", False, False),
        ("已归档", False, False),
    ]  # fmt: skip
    assert "第 2 步，共 10 步" in page.content.decode()


def test_cancelled_evaluation_shows_that_and_offers_nothing(cast, client_for):
    evaluation = opened(cast)
    cancel_evaluation(Act(cast.officer_a, NOW), evaluation=evaluation, reason="平台合并")
    page = text(client_for(cast.officer_a), evaluation)
    assert ("已取消" in page, "<form" in page, "/cancel" in page) == (True, False, False)


@pytest.mark.parametrize("who", ["officer_b", "staff_b", "outsider", "administrator", "auditor", "archivist"])
def test_to_strangers_there_is_no_evaluation(cast, client_for, who):
    text(client_for(getattr(cast, who)), opened(cast), 404)


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "退出登录"), ("en", "Sign out")])
@pytest.mark.parametrize("phase", ["planned", "preparing", "scoring"])
def test_page_is_complete_in_both_languages(cast, client_for, phase, language, word):
    evaluation = opened(cast, phase="planned")
    panels.composed(cast, evaluation, until=phase)
    client = client_for(cast.officer_a)
    client.cookies["zhiping_language"] = language
    answer = client.get(f"/evaluations/{evaluation.pk}")
    assert (answer.status_code, word in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("size", [1, 60])
def test_page_needs_a_constant_number_of_queries(cast, client_for, size, django_assert_num_queries):
    evaluation = opened(cast)
    panels.composed(cast, evaluation)
    for n in range(size):
        person = panels.expert(cast, f"候补{n}", keeper="a", tie=cast.organisation("b1"))
        seat_expert(
            Act(cast.officer_a, NOW), evaluation=panels.fresh(evaluation), expert=person, role="substitute"
        )
    client = client_for(cast.officer_a)
    text(client, evaluation)
    with django_assert_num_queries(12):
        text(client, evaluation)
