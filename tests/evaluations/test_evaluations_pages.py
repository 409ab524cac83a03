"""Pages of evaluations: list, opening from a platform or a trigger, preparation, cancelling, start."""

import datetime as dt

import pytest
from tests.evaluations.test_evaluations import many, plan, seat, trigger
from tests.evaluations.test_programmes import add
from tests.server.cast import NOW

from zhiping.evaluations.actions.evaluation import open_evaluations, open_self_evaluation, prepare_evaluation
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.registry.models import Platform, Trigger


@pytest.fixture
def officer(cast, client_for):
    return client_for(cast.officer_a)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


FILTERS = [
    ("", True),
    ("q=甲区", True),
    ("q=没有", False),
    ("state=planned", True),
    ("state=scoring", False),
    ("region=150102", True),
    ("region=150103", False),
    ("start_by=2030-01-01", True),
    ("start_by=2020-01-01", False),
    ("trip=东线", False),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_list_is_narrowed(cast, officer, query, found):
    plan(cast)
    assert ("甲区一站式服务平台" in page(officer, f"/evaluations/?{query}")) == found


def test_self_evaluations_are_a_list_of_their_own(cast, officer):
    given = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31), "rubric": cast.rubric}
    open_self_evaluation(Act(cast.head, NOW), platform=cast.platform("a"), **given)
    assert "甲区一站式服务平台" not in page(officer, "/evaluations/")
    assert "甲区一站式服务平台" in page(officer, "/self-evaluations/")


def test_evaluation_is_planned_from_its_platform(cast, officer):
    platform, programme = cast.platform("a"), add(cast)
    part = page(officer, f"/platforms/{platform.pk}")
    address = f"/platforms/{platform.pk}/evaluations/open"
    assert address in part
    text = page(officer, address)
    assert "本次应为：首次评价" in text
    answer = officer.post(address, {"programme": programme.pk, "key": uuid7()})
    evaluation = Evaluation.objects.get()
    assert (answer.url, evaluation.programme, evaluation.reason) == (
        f"/evaluations/{evaluation.pk}",
        programme,
        "first",
    )
    again = officer.post(address, {"programme": programme.pk, "key": uuid7()})
    assert (again.status_code, "已有正在进行的评价" in again.content.decode()) == (422, True)
    assert "已列入计划" in page(officer, f"/platforms/{platform.pk}")


def test_important_trigger_leads_to_its_evaluation(cast, officer):
    platform, event = cast.platform("a"), trigger(cast)
    address = f"/platforms/{platform.pk}/evaluations/open?trigger={event.pk}"
    part = f"/platforms/{platform.pk}"
    assert f'href="{address}"' in page(officer, part)
    assert "本次应为：重启评价" in page(officer, address)
    typed = {"rubric": cast.rubric.pk, "period_start": "2026-01-01", "period_end": "2026-12-31"}
    assert officer.post(address, typed).status_code == 302
    evaluation = Evaluation.objects.get()
    assert (evaluation.reason, evaluation.trigger, evaluation.start_by) == ("trigger", event, event.due)
    assert f'href="{address}"' not in page(officer, part)


@pytest.mark.parametrize("named", ["nonsense", "018f0000-0000-7000-8000-000000000000"])
def test_there_is_no_planning_for_a_trigger_that_is_none(cast, officer, named):
    page(officer, f"/platforms/{cast.platform('a').pk}/evaluations/open?trigger={named}", status=404)


@pytest.mark.parametrize("who", ["staff", "head"])
def test_operator_sees_its_evaluations_and_plans_none(cast, client_for, who):
    plan(cast)
    client, platform = client_for(getattr(cast, who)), cast.platform("a")
    assert "甲区一站式服务平台" in page(client, "/evaluations/")
    part = page(client, f"/platforms/{platform.pk}")
    assert "/evaluations/open" not in part
    assert client.get(f"/platforms/{platform.pk}/evaluations/open").status_code == 403


@pytest.mark.parametrize("who", ["officer_b", "staff_b", "outsider", "administrator", "auditor", "lead"])
def test_to_strangers_an_evaluation_is_not_there(cast, client_for, who):
    evaluation, platform = plan(cast), cast.platform("a")
    client = client_for(getattr(cast, who))
    sent = [f"/evaluations/{evaluation.pk}/{move}" for move in ("prepare", "start", "cancel")]
    assert [client.post(address).status_code for address in sent] == [404] * 3
    assert client.get(f"/platforms/{platform.pk}").status_code == 404
    assert "甲区一站式服务平台" not in page(client, "/evaluations/")
    assert Evaluation.objects.get().head.phase == "planned"


@pytest.mark.parametrize(
    ("who", "status"), [("officer_a", 302), ("officer", 302), ("staff", 403), ("head", 403)]
)
def test_preparation_is_the_authoritys_to_begin(cast, client_for, who, status):
    evaluation = plan(cast)
    client = client_for(getattr(cast, who))
    sent = {"key": uuid7(), "seen": 1}
    assert client.post(f"/evaluations/{evaluation.pk}/prepare", sent).status_code == status
    if status == 302:
        assert client.post(f"/evaluations/{evaluation.pk}/prepare", sent).status_code == 302  # sent twice


def test_cancelling_asks_for_a_reason(cast, officer):
    here = f"/evaluations/{plan(cast).pk}"
    assert officer.post(f"{here}/cancel", {"reason": ""}).status_code == 422
    assert officer.post(f"{here}/cancel", {"reason": "平台合并"}).url == here
    assert Evaluation.objects.get().head.phase == "cancelled"
    assert officer.post(f"{here}/prepare").url == here
    assert Evaluation.objects.get().head.phase == "cancelled"
    assert "当前阶段不能办理此事" in officer.get(here).content.decode()


def test_evaluation_in_preparation_meets_later_triggers(cast, officer):
    evaluation, event = plan(cast), trigger(cast)
    part = page(officer, f"/platforms/{cast.platform('a').pk}")
    assert f'href="/evaluations/{evaluation.pk}">由正在准备的评价一并回应' in part
    assert f"?trigger={event.pk}" not in part


@pytest.mark.parametrize("called_for", [True, False])
def test_lead_starts_and_the_trigger_is_met(cast, client_for, called_for):
    event = trigger(cast)
    evaluation = plan(cast, trigger=event if called_for else None)
    prepare_evaluation(Act(cast.officer_a, NOW), evaluation=evaluation)
    lead, here = client_for(cast.lead), f"/evaluations/{evaluation.pk}"
    assert lead.post(f"{here}/start").status_code == 404  # no member of the panel yet
    seat(cast, evaluation)
    assert client_for(cast.officer_a).post(f"{here}/start").status_code == 403
    assert lead.post(f"{here}/start", {"key": uuid7()}).url == here
    assert Evaluation.objects.get().head.phase == "scoring"
    assert Trigger.objects.get().met is not None


def test_start_lists_missing_needs(cast, client_for):
    evaluation = plan(cast)
    prepare_evaluation(Act(cast.officer_a, NOW), evaluation=evaluation)
    seat(cast, evaluation)
    Evaluation.objects.update(visit_start=None, visit_end=None)
    answer = client_for(cast.lead).post(f"/evaluations/{evaluation.pk}/start", follow=True)
    message = '<div class="alert'
    page = answer.content.decode()
    assert "尚未安排现场评价的日期" in page[page.index(message) : page.index("</div>", page.index(message))]
    assert Evaluation.objects.get().head.phase == "preparing"


@pytest.mark.parametrize("size", [1, 3, 60])
def test_list_needs_a_constant_number_of_queries(cast, officer, django_assert_num_queries, size):
    many(cast, size)
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    open_evaluations(**given, platforms=Platform.objects.filter(name__startswith="平台"))
    for address, statements in (
        ("/evaluations/", 8),
        (f"/platforms/{Platform.objects.get(name='平台000').pk}", 12),
    ):
        officer.get(address)
        with django_assert_num_queries(statements):
            officer.get(address)
