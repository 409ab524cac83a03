"""Programmes: drafted, rulings set, frozen before the first mark, ended after the last."""

import datetime as dt
from dataclasses import replace

import pytest
from tests.server.cast import NOW

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.domain.policy import Policy
from zhiping.evaluations.actions import programme as actions
from zhiping.evaluations.actions.evaluation import open_evaluation
from zhiping.evaluations.models import Programme
from zhiping.evaluations.queries import programme as queries
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event

CALENDAR_2026 = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31)}


def add(cast, *, by="officer_a", authority="a", id=None, **given):
    values = {"name": "2026年度评价", "year": 2026, "rubric": cast.rubric} | CALENDAR_2026 | given
    return actions.add_programme(Act(getattr(cast, by), NOW, id), cast.organisation(authority), **values)


def recorded(event):
    """Return the changes of the programme recorded in an event."""
    return event.data["changes"]["evaluations_programme"][str(event.head_id)]


def codes(caught):
    return [p.code for p in caught.value.problems]


def test_programme_starts_as_a_draft_under_the_usual_rulings(cast):
    programme = add(cast)
    assert programme.head.phase == "draft"
    assert programme.policy == Policy().as_data()
    event = Event.objects.get(head=programme.pk)
    assert (event.name, recorded(event)["name"]) == ("programme.added", [None, "2026年度评价"])


@pytest.mark.parametrize("by", ["officer_b", "head", "lead", "administrator", "outsider"])
def test_only_officers_of_the_region_draw_up_a_programme(cast, by):
    with pytest.raises(NotAllowed):
        add(cast, by=by)


def test_officer_of_the_province_may_draw_up_a_citys_programme(cast):
    assert add(cast, by="officer").authority == cast.organisation("a")


def test_operator_is_no_authority_to_draw_up_programmes_for(cast):
    with pytest.raises(NotAllowed):
        add(cast, authority="a1")


def test_name_is_given_once(cast):
    add(cast)
    with pytest.raises(Invalid) as caught:
        add(cast)
    assert codes(caught) == ["programmes.name_taken"]
    assert Programme.objects.count() == 1


def test_period_does_not_end_before_it_begins(cast):
    with pytest.raises(Invalid) as caught:
        add(cast, period_end=dt.date(2025, 12, 31))
    assert codes(caught) == ["dates.period"]


def test_double_click_draws_up_one_programme(cast):
    key = uuid7()
    add(cast, id=key)
    with pytest.raises(AlreadyDone):
        add(cast, id=key)


def test_policy_is_set_and_its_changes_recorded(cast):
    programme = add(cast)
    actions.set_policy(Act(cast.officer_a, NOW), programme=programme, policy=Policy(bonus_counts=False))
    programme.refresh_from_db()
    assert programme.policy["bonus_counts"] is False
    event = Event.objects.get(head=programme.pk, name="programme.policy_set")
    before = dict(Policy().as_data())
    assert recorded(event) == {"policy": [before, before | {"bonus_counts": False}]}


def test_longer_deadline_asks_for_a_reason(cast):
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme, "policy": Policy(rectify_days=60)}
    with pytest.raises(Invalid) as caught:
        actions.set_policy(**given)
    assert [(p.code, p.where) for p in caught.value.problems] == [
        ("schedule.rectify_days", ("rectify_days",))
    ]
    actions.set_policy(**given, reason="设备采购周期长")
    programme.refresh_from_db()
    assert (programme.policy["rectify_days"], programme.policy_reason) == (60, "设备采购周期长")


def test_ruling_that_is_no_choice_is_refused(cast):
    programme = add(cast)
    with pytest.raises(Invalid) as caught:
        actions.set_policy(Act(cast.officer_a, NOW), programme=programme, policy=Policy(retention="3"))
    assert codes(caught) == ["policy.choice"]


def test_guidance_is_saved_together_and_a_blank_deletes_one(cast):
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    actions.set_guidance(**given, guidance={"1.1": "看制度原件", "12.1": " 看台账 ", "2.1": " "})
    actions.set_guidance(**given, guidance={"1.1": "", "12.1": "看台账"})
    programme.refresh_from_db()
    assert programme.guidance == {"12.1": "看台账"}
    event = Event.objects.filter(head=programme.pk).latest("seq")
    assert recorded(event) == {"guidance": [{"1.1": "看制度原件", "12.1": "看台账"}, {"12.1": "看台账"}]}


def test_guidance_for_no_criterion_is_refused(cast):
    with pytest.raises(Invalid) as caught:
        actions.set_guidance(Act(cast.officer_a, NOW), programme=add(cast), guidance={"99.1": "x"})
    assert codes(caught) == ["rubric.no_criterion"]


def test_guidance_of_last_year_fills_empty_fields(cast):
    last = add(cast, name="2025", year=2025)
    given = {"act": Act(cast.officer_a, NOW)}
    actions.set_guidance(**given, programme=last, guidance={"1.1": "去年", "2.1": "去年二"})
    programme = add(cast)
    actions.set_guidance(**given, programme=programme, guidance={"1.1": "今年"})
    actions.copy_guidance(**given, programme=programme, source=last)
    programme.refresh_from_db()
    assert programme.guidance == {"1.1": "今年", "2.1": "去年二"}


def test_frozen_rules_are_not_edited(cast):
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    actions.freeze_programme(**given)
    for edit in (
        lambda: actions.set_policy(**given, policy=Policy()),
        lambda: actions.set_guidance(**given, guidance={}),
        lambda: actions.change_programme(**given, name="改名"),
    ):
        with pytest.raises(Conflict) as caught:
            edit()
        assert codes(caught) == ["ledger.not_now"]


def test_rules_are_reopened_with_a_reason_while_nothing_started(cast):
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    actions.freeze_programme(**given)
    with pytest.raises(Invalid) as caught:
        actions.reopen_programme(**given, reason=" ")
    assert codes(caught) == ["lifecycle.reason_given"]
    actions.reopen_programme(**given, reason="口径有误")
    assert Programme.objects.get().head.phase == "draft"


def test_refused_move_leaves_the_state(cast):
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    with pytest.raises(Conflict):
        actions.reopen_programme(**given, reason="还没有固定")
    assert Programme.objects.get().head.phase == "draft"
    assert Event.objects.filter(head=programme.pk).count() == 1


def test_programme_ends_when_its_evaluations_have(cast):
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    open_evaluation(Act(cast.officer_a, NOW), platform=cast.platform("a"), programme=programme)
    with pytest.raises(Conflict) as caught:
        actions.end_programme(**given)
    assert codes(caught) == ["lifecycle.evaluations_ended"]


def test_period_stays_once_evaluations_were_opened(cast):
    programme = add(cast)
    open_evaluation(Act(cast.officer_a, NOW), platform=cast.platform("a"), programme=programme)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    with pytest.raises(Conflict) as caught:
        actions.change_programme(**given, period_end=dt.date(2026, 11, 30))
    assert codes(caught) == ["programmes.has_evaluations"]
    actions.change_programme(**given, name="改名")
    programme.refresh_from_db()
    assert (programme.name, programme.period_end) == ("改名", dt.date(2026, 12, 31))


def test_two_tabs_do_not_overwrite_each_other(cast):
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW, expect=programme.head.size), "programme": programme}
    actions.set_policy(**given, policy=Policy(bonus_counts=False))
    with pytest.raises(Conflict) as caught:
        actions.set_policy(**given, policy=replace(Policy(), review_days=15))
    assert codes(caught) == ["ledger.changed"]


@pytest.mark.parametrize(
    ("who", "sees"), [("officer", True), ("officer_a", True), ("officer_b", False), ("head", False)]
)
def test_programmes_are_seen_by_their_regions_officers(cast, who, sees):
    add(cast)
    assert queries.programmes(getattr(cast, who)).exists() == sees
