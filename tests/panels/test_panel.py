"""Composing a panel: who may sit, as what, and what two officers or a second click do to it."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.panels import panels
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.notices.models import Notice
from zhiping.panels.actions import panel as actions
from zhiping.panels.actions.duties import share_duties
from zhiping.panels.models import Duty, Seat
from zhiping.panels.queries import panel as queries
from zhiping.panels.queries.check import panel_checks


def roles(evaluation):
    return {s.expert.name: s.role for s in evaluation.seats.filter(left=None).select_related("expert")}


def states(evaluation):
    found = panels.fresh(evaluation)
    return {check["code"]: check["state"] for check in panel_checks(found, today=TODAY)}


@pytest.fixture
def evaluation(cast):
    return panels.opened(cast)


def seat(cast, evaluation, name, role="member", **given):
    return actions.seat_expert(
        Act(given.get("by", cast.officer_a), NOW, given.get("id"), given.get("expect")),
        evaluation, expert=given.get("expert", cast.expert(name)), role=role,
    )  # fmt: skip


def test_a_panel_becomes_legal_as_it_is_composed(cast, evaluation):
    for name, role in (("lead", "lead"), ("member", "member")):
        seat(cast, evaluation, name, role)
    assert states(evaluation)["size"] == "fail"
    seat(cast, evaluation, "member2")
    found = states(evaluation)
    assert {code for code, state in found.items() if state == "pass"} == {
        "size", "lead", "title", "training", "conflict", "experience",
    }  # fmt: skip
    assert found["declaration"] == "not_shown"
    assert found["duties"] == "not_shown"


def test_a_new_lead_makes_the_former_one_a_member(cast, evaluation):
    seat(cast, evaluation, "lead", "lead")
    other = seat(cast, evaluation, "member")
    actions.change_role(Act(cast.officer_a, NOW), evaluation=evaluation, seat=other, role="lead")
    assert roles(evaluation) == {"专家组长": "member", "专家成员一": "lead"}
    seat(cast, evaluation, "member2", "lead")
    assert roles(evaluation)["专家成员一"] == "member"


def test_expert_has_one_seat_and_is_notified(cast, evaluation):
    seat(cast, evaluation, "member")
    assert [n.code for n in Notice.objects.filter(to=cast.member)] == ["panel.appointed"]
    with pytest.raises(Conflict, match=r"panel\.seated_already"):
        seat(cast, evaluation, "member", "substitute")


def test_people_an_operator_keeps_never_sit_for_an_authority(cast, evaluation):
    panels.expert(cast, "自家人", keeper="a1")
    panels.expert(cast, "别市专家", keeper="b")
    for name in ("自家人", "别市专家"):
        with pytest.raises(Invalid, match=r"panel\.not_in_pool"):
            seat(cast, evaluation, "member", expert=panels.named(name))


def test_a_second_click_seats_once(cast, evaluation):
    key = uuid7()
    seat(cast, evaluation, "member", id=key)
    with pytest.raises(AlreadyDone):
        seat(cast, evaluation, "member", id=key)
    assert Event.objects.filter(name="panel.seated").count() == 1


def test_two_officers_who_saw_the_same_panel_do_not_overwrite_each_other(cast, evaluation):
    seen = evaluation.head.size
    seat(cast, evaluation, "member", expect=seen)
    with pytest.raises(Conflict, match=r"ledger\.changed"):
        seat(cast, evaluation, "member2", expect=seen, by=cast.officer)
    assert roles(evaluation) == {"专家成员一": "member"}


def test_who_is_removed_leaves_the_duties_too(cast, evaluation):
    found = panels.composed(cast, evaluation)
    actions.unseat_expert(Act(cast.officer_a, NOW), evaluation=evaluation, seat=found["member"])
    assert "专家成员一" not in roles(evaluation)
    assert not Duty.objects.filter(leads=found["member"]).exists()
    assert not Duty.objects.filter(checks=found["member"]).exists()
    with pytest.raises(Conflict, match=r"panel\.left_already"):
        actions.unseat_expert(Act(cast.officer_a, NOW), evaluation=evaluation, seat=found["member"])


def test_substitutes_keep_the_order_given_to_them(cast, evaluation):
    first, second = (seat(cast, evaluation, name, "substitute") for name in ("member", "substitute"))
    actions.move_up(Act(cast.officer_a, NOW), evaluation=evaluation, seat=second)
    assert list(panels.fresh(evaluation).seats.all()) == [second, first]


def test_after_the_start_only_substitutes_can_be_named(cast, evaluation):
    panels.composed(cast, evaluation, until="scoring")
    panels.expert(cast, "后来者")
    late = panels.named("后来者")
    with pytest.raises(Conflict, match=r"ledger\.not_now"):
        seat(cast, evaluation, "member", expert=late)
    seat(cast, evaluation, "member", "substitute", expert=late)
    assert roles(evaluation)["后来者"] == "substitute"


@pytest.mark.parametrize(
    "name",
    ["officer_b", "head", "staff", "staff_b", "lead", "member", "administrator", "auditor", "outsider"],
)
def test_only_officers_of_the_region_compose(cast, evaluation, name):
    with pytest.raises(NotAllowed):
        seat(cast, evaluation, "member", by=getattr(cast, name))
    assert not Seat.objects.exists()


def test_a_panel_is_copied_to_the_whole_trip_with_its_duties(cast):
    here, there = panels.trip(cast)
    found = panels.composed(cast, here)
    seat(cast, there, "substitute", by=cast.officer)
    actions.copy_panel(Act(cast.officer, NOW), evaluation=panels.fresh(here))
    assert roles(there) == roles(here) == {"专家组长": "lead", "专家成员一": "member", "专家成员二": "member"}
    pairs = {d.indicator: d.leads.expert_id for d in Duty.objects.filter(evaluation=there)}
    assert pairs == {d.indicator: d.leads.expert_id for d in Duty.objects.filter(evaluation=here)}
    assert len(pairs) == 19
    assert Notice.objects.filter(to=cast.substitute, code="panel.removed").count() == 1
    again = actions.copy_panel(Act(cast.officer, NOW), evaluation=panels.fresh(here))
    assert again == [there]
    assert Seat.objects.filter(evaluation=there, left=None).count() == 3
    assert found["lead"].evaluation_id == here.pk


def test_an_officer_copies_only_where_the_officer_may(cast):
    here, _ = panels.trip(cast)
    panels.composed(cast, here)
    with pytest.raises(NotAllowed):
        actions.copy_panel(Act(cast.officer_a, NOW), evaluation=panels.fresh(here))


def test_candidates_show_failing_checks_and_visits_of_the_year(cast, evaluation):
    panels.expert(cast, "候选甲", title="助理工程师", rank="junior")
    panels.expert(cast, "候选乙", trained=False)
    panels.expert(cast, "候选丙", tie=cast.organisation("a1"))
    panels.expert(cast, "候选丁", left_pool=dt.date(2026, 1, 1))
    found = queries.candidates(cast.officer_a, panels.fresh(evaluation), words="候选", today=TODAY)
    assert {c.expert.name: dict(c.against) for c in found} == {
        "候选甲": {"title": "fail"},
        "候选乙": {"training": "fail"},
        "候选丙": {"conflict": "fail"},
    }
    with pytest.raises(NotAllowed):
        queries.candidates(cast.lead, panels.fresh(evaluation), words="", today=TODAY)


def test_the_operator_learns_the_names_when_preparation_begins_and_nothing_else(cast, client_for):
    evaluation = panels.opened(cast, phase="planned")
    panels.composed(cast, evaluation, conflict="配偶在该中心任职")
    address = reverse("panels:panel", args=[evaluation.pk])
    client = client_for(cast.staff)
    assert "专家成员一" not in client.get(address).content.decode()
    panels.phase(evaluation, "preparing")
    page = client.get(address)
    assert "专家成员一" in page.content.decode()
    assert "配偶" not in page.content.decode()
    assert page.context["checks"] == []
    assert "配偶" in client_for(cast.officer_a).get(address).content.decode()
    assert "配偶" not in client_for(cast.lead).get(address).content.decode()


@pytest.mark.parametrize(
    ("name", "status"),
    [("officer_b", 404), ("outsider", 404), ("staff_b", 404), ("staff", 403), ("lead", 403)],
)
def test_others_neither_see_nor_change(cast, client_for, evaluation, name, status):
    panels.composed(cast, evaluation)
    client = client_for(getattr(cast, name))
    given = {"expert": str(cast.expert("substitute").pk), "role": "member"}
    assert client.post(reverse("panels:seat-expert", args=[evaluation.pk]), given).status_code == status
    assert client.get(reverse("panels:panel-candidates", args=[evaluation.pk])).status_code == status


def test_page_of_an_empty_panel_lists_requirements_without_outcomes(cast, client_for, evaluation):
    page = client_for(cast.officer_a).get(reverse("panels:panel", args=[evaluation.pk])).content.decode()
    assert ("经过培训且在有效期内" in page, "成员均符合" in page) == (True, False)


def test_an_officer_composes_by_clicks(cast, client_for, evaluation):
    client = client_for(cast.officer_a)
    page = client.get(reverse("panels:panel-candidates", args=[evaluation.pk]), {"q": "专家"})
    assert [c.expert.name for c in page.context["candidates"]] == [
        "专家候补",
        "专家成员一",
        "专家成员二",
        "专家组长",
    ]
    for name, role in (("lead", "lead"), ("member", "member")):
        given = {"expert": str(cast.expert(name).pk), "role": role, "key": uuid7()}
        assert client.post(reverse("panels:seat-expert", args=[evaluation.pk]), given).status_code == 302
    first = evaluation.seats.get(role="member")
    given = {"seat": str(first.pk), "role": "lead", "key": uuid7()}
    client.post(reverse("panels:change-role", args=[evaluation.pk]), given)
    assert roles(evaluation)["专家成员一"] == "lead"
    client.post(
        reverse("panels:unseat-expert", args=[evaluation.pk]), {"seat": str(first.pk), "key": uuid7()}
    )
    assert list(roles(evaluation)) == ["专家组长"]


def test_a_stale_page_shows_the_panel_as_it_is_and_keeps_what_was_chosen(cast, client_for, evaluation):
    seen = evaluation.head.size
    seat(cast, evaluation, "member", by=cast.officer)
    given = {"expert": str(cast.expert("lead").pk), "role": "lead", "key": uuid7(), "seen": seen}
    page = client_for(cast.officer_a).post(reverse("panels:seat-expert", args=[evaluation.pk]), given)
    assert page.status_code == 409
    text = page.content.decode()
    assert "专家成员一" in text
    assert "内容已被他人修改" in text
    assert str(cast.expert("lead").pk) in text


def test_the_page_asks_the_same_number_of_questions_for_three_and_nine(
    cast, client_for, evaluation, django_assert_num_queries
):
    panels.composed(cast, evaluation)
    client = client_for(cast.officer_a)
    address = reverse("panels:panel", args=[evaluation.pk])
    client.get(address)
    with django_assert_num_queries(12):
        client.get(address)
    for n in range(6):
        panels.expert(cast, f"更多{n}")
        seat(cast, evaluation, "member", expert=panels.named(f"更多{n}"))
    with django_assert_num_queries(12):
        client.get(address)


def test_finding_candidates_asks_the_same_number_of_questions_for_one_and_thirty(
    cast, client_for, evaluation, django_assert_num_queries
):
    client = client_for(cast.officer_a)
    address = reverse("panels:panel-candidates", args=[evaluation.pk])
    client.get(address)
    with django_assert_num_queries(11):
        client.get(address, {"q": "专家组长"})
    for n in range(40):
        panels.expert(cast, f"更多{n}")
    with django_assert_num_queries(11):
        assert len(client.get(address, {"q": "更多"}).context["candidates"]) == 30


def test_first_of_a_panel_is_offered_as_lead_then_duties_are_shared_in_one_click(cast, client_for):
    evaluation = panels.opened(cast)
    client = client_for(cast.officer_a)
    found = f"/evaluations/{evaluation.pk}/panel/candidates?q={cast.expert('lead').name}"
    share = f'action="/evaluations/{evaluation.pk}/panel/duties/share"'
    page = f"/evaluations/{evaluation.pk}/panel"
    assert '<option value="lead" selected>' in client.get(found).content.decode()
    assert share not in client.get(page).content.decode()
    act = Act(cast.officer_a, NOW)
    actions.seat_expert(act, panels.fresh(evaluation), expert=cast.expert("member"), role="lead")
    assert '<option value="member" selected>' in client.get(found).content.decode()
    assert share in client.get(page).content.decode()
    share_duties(act, evaluation=panels.fresh(evaluation))
    assert share not in client.get(page).content.decode()
