"""Stepping aside: who asks, who decides, who steps in before and after scoring began."""

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
from zhiping.panels.actions import recusal as actions
from zhiping.panels.actions.panel import change_role, seat_expert
from zhiping.panels.models import Duty, Seat
from zhiping.panels.queries.check import panel_checks
from zhiping.panels.queries.recusal import standbys, vacancies


@pytest.fixture
def evaluation(cast):
    found = panels.opened(cast)
    panels.composed(cast, found, substitutes=("substitute",))
    return found


def ask(cast, evaluation, name="专家成员一", by=None, id=None):
    seat = panels.seats(evaluation)[name]
    return actions.ask_recusal(Act(by or seat.expert.user, NOW, id), seat=seat, reason="三年内曾任顾问")


def leave(cast, evaluation, name="专家成员一"):
    """Grant a recusal; return the vacant seat."""
    found = ask(cast, evaluation, name, by=cast.officer_a)
    actions.decide_recusal(Act(cast.officer_a, NOW), recusal=found, granted=True, decision="属实")
    return found.seat


def failing(evaluation):
    return [c["code"] for c in panel_checks(panels.fresh(evaluation), today=TODAY) if c["state"] != "pass"]


def test_granted_the_seat_is_vacant_and_the_panel_not_legal_at_once(cast, evaluation):
    assert failing(evaluation) == []
    seat = leave(cast, evaluation)
    assert failing(evaluation) == ["size", "duties"]
    assert vacancies(panels.fresh(evaluation)) == [seat]
    told = {n.to.username: n.code for n in Notice.objects.filter(code__startswith="panel.recusal")}
    assert told == {"officer_a": "panel.recusal_granted", "member": "panel.recusal_granted"}


def test_refused_nothing_changes_but_it_is_on_record(cast, evaluation):
    found = ask(cast, evaluation)
    actions.decide_recusal(Act(cast.officer_a, NOW), recusal=found, granted=False, decision="已超过三年")
    assert failing(evaluation) == []
    changes = Event.objects.get(name="recusal.decided").data["changes"]
    assert changes == {
        "panels_recusal": {
            str(found.pk): {
                "granted": [None, False], "decision": ["", "已超过三年"], "decided": [None, NOW.isoformat()],
                "decided_by": [None, str(cast.officer_a.pk)],
            }
        }
    }  # fmt: skip


def test_substitute_inherits_the_duties(cast, evaluation):
    gone = panels.seats(evaluation)["专家成员一"]
    led = set(gone.leads.values_list("indicator", flat=True))
    checked = set(gone.checks.values_list("indicator", flat=True))
    leaves, comes = leave(cast, evaluation), panels.seats(evaluation)["专家候补"]
    actions.step_in(Act(cast.officer_a, NOW), evaluation=evaluation, leaves=leaves, comes=comes)
    comes.refresh_from_db()
    assert (comes.role, comes.replaces, comes.joined) == ("member", gone, None)
    assert set(comes.leads.values_list("indicator", flat=True)) == led != set()
    assert set(comes.checks.values_list("indicator", flat=True)) == checked != set()
    assert failing(evaluation) == []
    assert vacancies(panels.fresh(evaluation)) == []
    assert Notice.objects.filter(to=cast.substitute, code="panel.stepped_in").exists()


def test_a_vacant_seat_is_taken_once(cast, evaluation):
    panels.expert(cast, "另一候补")
    other = seat_expert(
        Act(cast.officer_a, NOW), evaluation=evaluation, expert=panels.named("另一候补"), role="substitute"
    )
    leaves, comes = leave(cast, evaluation), panels.seats(evaluation)["专家候补"]
    actions.step_in(Act(cast.officer_a, NOW), evaluation=evaluation, leaves=leaves, comes=comes)
    with pytest.raises(Conflict, match=r"panel\.not_vacant"):
        actions.step_in(Act(cast.officer_a, NOW), evaluation=evaluation, leaves=leaves, comes=other)
    still = panels.seats(evaluation)["专家成员二"]
    with pytest.raises(Conflict, match=r"panel\.not_vacant"):
        actions.step_in(Act(cast.officer_a, NOW), evaluation=evaluation, leaves=still, comes=other)


def test_the_page_names_who_would_make_the_panel_legal_in_order(cast, client_for, evaluation):
    panels.expert(cast, "未受训", trained=False)
    late = seat_expert(
        Act(cast.officer_a, NOW), evaluation=evaluation, expert=panels.named("未受训"), role="substitute"
    )
    vacant = leave(cast, evaluation)
    found = standbys(panels.fresh(evaluation), [vacant], today=TODAY)
    assert [(s.seat.expert.name, s.ready) for s in found] == [("专家候补", True), ("未受训", False)]
    assert set(found[1].against) == {"training", "declaration"}
    text = client_for(cast.officer_a).get(reverse("panels:panel", args=[evaluation.pk])).content.decode()
    assert "评价组现有 2 人" in text
    assert "由专家候补接替专家成员一" in text
    assert str(late.pk) in text


def test_one_request_at_a_time_and_one_decision(cast, evaluation):
    found = ask(cast, evaluation)
    with pytest.raises(Conflict, match=r"panel\.asked_already"):
        ask(cast, evaluation, by=cast.officer_a)
    given = {"recusal": found, "decision": "属实"}
    actions.decide_recusal(Act(cast.officer_a, NOW), granted=True, **given)
    with pytest.raises(Conflict, match=r"panel\.decided_already"):
        actions.decide_recusal(Act(cast.officer, NOW), granted=False, **given)
    found.refresh_from_db()
    assert found.granted


def test_a_second_click_asks_once(cast, evaluation):
    key = uuid7()
    ask(cast, evaluation, id=key)
    with pytest.raises(AlreadyDone):
        ask(cast, evaluation, id=key)


@pytest.mark.parametrize("name", ["lead", "substitute", "staff", "officer_b", "administrator", "outsider"])
def test_others_do_not_ask_it_of_a_member(cast, evaluation, name):
    with pytest.raises(NotAllowed):
        ask(cast, evaluation, by=getattr(cast, name))


@pytest.mark.parametrize("name", ["member", "officer_a", "head"])
def test_the_member_the_authority_and_the_operators_head_may_ask(cast, evaluation, name):
    ask(cast, evaluation, by=getattr(cast, name))


@pytest.mark.parametrize("name", ["lead", "member", "head", "staff", "officer_b", "outsider"])
def test_only_the_authority_decides(cast, evaluation, name):
    found = ask(cast, evaluation)
    with pytest.raises(NotAllowed):
        actions.decide_recusal(Act(getattr(cast, name), NOW), recusal=found, granted=True, decision="准")


def test_expert_cannot_decide_on_the_own_seat(cast, evaluation):
    own = panels.expert(cast, "兼任专家", user=cast.officer_a)
    seat = seat_expert(Act(cast.officer, NOW), evaluation=evaluation, expert=own, role="substitute")
    found = actions.ask_recusal(Act(cast.officer_a, NOW), seat=seat, reason="本单位")
    with pytest.raises(NotAllowed):
        actions.decide_recusal(Act(cast.officer_a, NOW), recusal=found, granted=False, decision="不必")
    actions.decide_recusal(Act(cast.officer, NOW), recusal=found, granted=True, decision="应当回避")


def test_reasons_are_read_by_who_decides_asks_or_is_asked(cast, client_for, evaluation):
    found = ask(cast, evaluation, by=cast.head)
    address = reverse("panels:recusals", args=[evaluation.pk])
    for name, reads in (
        ("officer_a", True),
        ("member", True),
        ("head", True),
        ("staff", False),
        ("lead", False),
    ):
        assert ("三年内曾任顾问" in client_for(getattr(cast, name)).get(address).content.decode()) is reads
    decide = reverse("panels:decide-recusal", args=[found.pk])
    for name, status in (
        ("officer_a", 200),
        ("member", 403),
        ("head", 403),
        ("lead", 404),
        ("officer_b", 404),
    ):
        assert client_for(getattr(cast, name)).get(decide).status_code == status


def test_by_clicks_from_asking_to_stepping_in(cast, client_for, evaluation):
    seat = panels.seats(evaluation)["专家成员一"]
    client_for(cast.member).post(
        reverse("panels:ask-recusal", args=[seat.pk]), {"reason": "亲属在该单位任职", "key": uuid7()}
    )
    officer = client_for(cast.officer_a)
    decide = reverse("panels:decide-recusal", args=[seat.recusals.get().pk])
    assert officer.post(decide, {"granted": "yes", "decision": "", "key": uuid7()}).status_code == 422
    officer.post(decide, {"granted": "yes", "decision": "属实", "key": uuid7()})
    comes = panels.seats(evaluation)["专家候补"]
    given = {"leaves": str(seat.pk), "comes": str(comes.pk), "key": uuid7()}
    assert officer.post(reverse("panels:step-in", args=[evaluation.pk]), given).status_code == 302
    assert failing(evaluation) == []


class TestUnderWay:
    """Once scoring has begun."""

    @pytest.fixture
    def evaluation(self, evaluation):
        panels.phase(evaluation, "deliberating")
        return evaluation

    def replace(self, cast, evaluation, *pairs, by=None):
        seats = panels.seats(evaluation)
        chosen = [(leaves, seats[name]) for leaves, name in pairs]
        now = NOW + dt.timedelta(days=25)
        actions.replace_members(Act(by or cast.lead, now), evaluation=evaluation, pairs=chosen)

    def test_the_lead_replaces_and_it_goes_back_to_scoring(self, cast, evaluation):
        gone = leave(cast, evaluation)
        self.replace(cast, evaluation, (gone, "专家候补"))
        evaluation.refresh_from_db()
        assert evaluation.head.phase == "scoring"
        assert panels.seats(evaluation)["专家候补"].joined is not None
        assert failing(evaluation) == []
        came = panels.seats(evaluation)["专家候补"]
        changes = Event.objects.get(name="member.replaced").data["changes"]["panels_seat"]
        assert changes[str(came.pk)]["replaces"] == [None, str(gone.pk)]

    def test_only_the_lead_does(self, cast, evaluation):
        gone = leave(cast, evaluation)
        for name in ("officer_a", "member2", "substitute", "head", "officer_b"):
            with pytest.raises(NotAllowed):
                self.replace(cast, evaluation, (gone, "专家候补"), by=getattr(cast, name))

    def test_nothing_happens_where_the_panel_would_not_be_legal(self, cast, evaluation):
        panels.expert(cast, "未签者")
        expert = panels.named("未签者")
        seat_expert(Act(cast.officer_a, NOW), evaluation=evaluation, expert=expert, role="substitute")
        gone = leave(cast, evaluation)
        with pytest.raises(Conflict, match=r"lifecycle\.panel_legal"):
            self.replace(cast, evaluation, (gone, "未签者"))
        assert panels.seats(evaluation)["未签者"].role == "substitute"
        assert panels.fresh(evaluation).head.phase == "deliberating"
        assert Duty.objects.filter(leads=gone).exists()

    def test_before_it_begins_members_step_in_otherwise(self, cast):
        early = panels.opened(cast, "b")
        panels.composed(cast, early, substitutes=("substitute",))
        gone = leave_by(cast.officer, early)
        with pytest.raises(Conflict, match=r"ledger\.not_now"):
            self.replace(cast, early, (gone, "专家候补"))

    def test_stepping_in_without_the_move_is_too_late(self, cast, evaluation):
        gone, comes = leave(cast, evaluation), panels.seats(evaluation)["专家候补"]
        with pytest.raises(Conflict, match=r"ledger\.not_now"):
            actions.step_in(Act(cast.officer_a, NOW), evaluation=evaluation, leaves=gone, comes=comes)

    def test_replacement_without_a_substitute_is_refused(self, cast, evaluation):
        leave(cast, evaluation)
        with pytest.raises(Invalid, match=r"panel\.nobody_steps_in"):
            self.replace(cast, evaluation)

    def test_a_lead_who_left_is_followed_by_a_member_first(self, cast, evaluation):
        gone = leave(cast, evaluation, "专家组长")
        named = panels.seats(evaluation)["专家成员二"]
        change_role(Act(cast.officer_a, NOW), evaluation=evaluation, seat=named, role="lead")
        # Only the former lead had worked on a platform.
        with pytest.raises(Conflict, match=r"lifecycle\.panel_legal"):
            self.replace(cast, evaluation, (gone, "专家候补"), by=cast.member2)
        experienced = panels.expert(cast, "有经验者", experience="三年窗口工作")
        seat = seat_expert(
            Act(cast.officer_a, NOW), evaluation=evaluation, expert=experienced, role="substitute"
        )
        Seat.objects.filter(pk=seat.pk).update(declared=NOW, declared_by=cast.officer_a)
        self.replace(cast, evaluation, (gone, "有经验者"), by=cast.member2)
        assert failing(evaluation) == []

    def test_the_page_offers_it_to_the_lead(self, cast, client_for, evaluation):
        gone = leave(cast, evaluation)
        page = client_for(cast.lead).get(reverse("panels:panel", args=[evaluation.pk]))
        assert [f.name for f in page.context["replace"].visible_fields()] == [f"for-{gone.pk}"]
        given = {f"for-{gone.pk}": str(panels.seats(evaluation)["专家候补"].pk), "key": uuid7()}
        answer = client_for(cast.lead).post(reverse("panels:replace-members", args=[evaluation.pk]), given)
        assert answer.status_code == 302
        assert "专家候补" in {s.expert.name for s in evaluation.seats.filter(role="member", left=None)}


def leave_by(officer, evaluation):
    """Grant that the first member steps aside."""
    seat = panels.seats(evaluation)["专家成员一"]
    found = actions.ask_recusal(Act(officer, NOW), seat=seat, reason="曾任顾问")
    actions.decide_recusal(Act(officer, NOW), recusal=found, granted=True, decision="属实")
    return seat
