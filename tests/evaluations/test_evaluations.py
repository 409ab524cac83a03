"""Evaluations: planned one by one or many at once, prepared, cancelled, started under fixed rules."""

import datetime as dt
from threading import Thread

import pytest
from tests.evaluations.test_programmes import CALENDAR_2026, add, codes
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.domain.policy import Policy, default
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.actions import evaluation as actions
from zhiping.evaluations.actions.programme import end_programme, freeze_programme, set_guidance
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries import evaluation as queries
from zhiping.evaluations.queries.programme import candidates
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event, Leaf
from zhiping.panels.models import Duty, Seat
from zhiping.permissions import may
from zhiping.registry.models import Platform, Trigger
from zhiping.visits.actions.start import start_evaluation
from zhiping.visits.queries import NEEDS


def plan(cast, *, by="officer_a", platform="a", id=None, **given):
    values = {"rubric": cast.rubric} | CALENDAR_2026 | given
    return actions.open_evaluation(Act(getattr(cast, by), NOW, id), cast.platform(platform), **values)


def seat(cast, evaluation):
    """Start the evaluation with a valid panel: three declared experts and a lead for every indicator."""
    seats = [
        Seat.objects.create(
            evaluation=evaluation, expert=cast.expert(name), role=role, origin="appointed",
            declared=NOW, declared_by=getattr(cast, name),
        )
        for name, role in (("lead", "lead"), ("member", "member"), ("member2", "member"))
    ]  # fmt: skip
    for n, indicator in enumerate(evaluation.rubric.as_domain().indicators):
        Duty.objects.create(evaluation=evaluation, indicator=indicator.id, leads=seats[n % 3])
    Evaluation.objects.filter(pk=evaluation.pk).update(
        visit_start=dt.date(2026, 6, 1), visit_end=dt.date(2026, 6, 2)
    )


def trigger(cast, *, important=True, platform="a"):
    decided = {} if important is None else {
        "important": important, "decided": NOW, "decided_by": cast.officer_a, "reason": "影响服务",
    }  # fmt: skip
    return Trigger.objects.create(
        platform=cast.platform(platform), kind="software", happened=dt.date(2026, 5, 1), description="换系统",
        reported_by=cast.staff, reported=NOW, due=dt.date(2026, 6, 19) if important else None, **decided,
    )  # fmt: skip


def test_evaluation_is_planned_by_its_authority_under_the_usual_rulings(cast):
    evaluation = plan(cast)
    assert evaluation.head.phase == "planned"
    assert (evaluation.authority, evaluation.reason) == (cast.organisation("a"), "first")
    assert evaluation.policy == Policy().as_data()
    assert evaluation.start_by == dt.date(2025, 3, 1)  # twelve months after service started
    recorded = Event.objects.get(head=evaluation.pk).data["changes"]["evaluations_evaluation"]
    assert recorded[str(evaluation.pk)]["reason"] == [None, "first"]


def test_evaluation_of_a_programme_inherits_rubric_and_period(cast):
    programme = add(cast)
    evaluation = plan(cast, programme=programme, rubric=None, period_start=None, period_end=None)
    assert (evaluation.rubric, evaluation.period_end) == (programme.rubric, programme.period_end)
    assert (evaluation.policy, queries.policy_of(evaluation)) == ({}, Policy())


@pytest.mark.parametrize("by", ["officer_b", "staff", "head", "lead", "administrator", "outsider"])
def test_only_officers_of_the_region_plan_evaluations(cast, by):
    with pytest.raises(NotAllowed):
        plan(cast, by=by)


def test_administrators_and_auditors_see_no_evaluation(cast):
    plan(cast)
    people = ("administrator", "auditor", "officer_b", "staff_b", "lead", "outsider")
    assert [queries.evaluations(getattr(cast, who)).count() for who in people] == [0] * 6
    assert [queries.evaluations(getattr(cast, who)).count() for who in ("officer", "officer_a", "staff")] == [
        1, 1, 1,
    ]  # fmt: skip


def test_programme_accepts_platforms_of_its_region_only(cast):
    with pytest.raises(Invalid) as caught:
        plan(cast, by="officer", platform="b", programme=add(cast))
    assert codes(caught) == ["evaluations.other_region"]


def test_second_evaluation_of_the_same_days_waits_for_the_first(cast):
    first = plan(cast)
    with pytest.raises(Conflict) as caught:
        plan(cast, period_start=dt.date(2026, 6, 1))
    assert codes(caught) == ["evaluations.under_way"]
    plan(cast, period_start=dt.date(2027, 1, 1), period_end=dt.date(2027, 12, 31))
    actions.cancel_evaluation(Act(cast.officer_a, NOW), evaluation=first, reason="平台停业整顿")
    plan(cast)


def test_self_evaluation_does_not_stand_in_the_authoritys_way(cast):
    given = {"rubric": cast.rubric} | CALENDAR_2026
    own = actions.open_self_evaluation(Act(cast.head, NOW), platform=cast.platform("a"), **given)
    assert (own.kind, own.authority, own.policy) == ("self", None, default("self").as_data())
    plan(cast)


@pytest.mark.parametrize("by", ["officer_a", "staff", "staff_b", "lead", "outsider"])
def test_self_evaluation_is_opened_by_the_operators_head_only(cast, by):
    given = {"rubric": cast.rubric} | CALENDAR_2026
    with pytest.raises(NotAllowed):
        actions.open_self_evaluation(Act(getattr(cast, by), NOW), platform=cast.platform("a"), **given)


def test_platform_out_of_service_is_not_evaluated(cast):
    Platform.objects.filter(pk=cast.platform("a").pk).update(ended=dt.date(2026, 4, 1))
    with pytest.raises(Conflict) as caught:
        plan(cast)
    assert codes(caught) == ["evaluations.ended"]


def test_without_programme_rubric_and_period_are_asked_for(cast):
    with pytest.raises(Invalid) as caught:
        plan(cast, rubric=None)
    assert codes(caught) == ["evaluations.incomplete"]


def test_important_trigger_sets_reason_and_deadline_and_is_met_once(cast):
    event = trigger(cast)
    evaluation = plan(cast, trigger=event)
    assert (evaluation.reason, evaluation.start_by) == ("trigger", dt.date(2026, 6, 19))
    with pytest.raises(Conflict) as caught:
        plan(cast, trigger=event, period_start=dt.date(2027, 1, 1), period_end=dt.date(2027, 2, 1))
    assert codes(caught) == ["evaluations.trigger_answered"]


@pytest.mark.parametrize(("important", "platform"), [(False, "a"), (None, "a"), (True, "b")])
def test_trigger_must_be_important_and_the_platforms_own(cast, important, platform):
    with pytest.raises(Invalid) as caught:
        plan(cast, trigger=trigger(cast, important=important, platform=platform))
    assert codes(caught) == ["evaluations.not_important"]


def test_double_click_plans_one(cast):
    key = uuid7()
    plan(cast, id=key)
    with pytest.raises(AlreadyDone):
        plan(cast, id=key)
    assert Evaluation.objects.count() == 1


def test_two_at_once_plan_one(committed):
    cast, outcomes = committed, []

    def click():
        from django.db import connection

        try:
            plan(cast)
            outcomes.append("planned")
        except Conflict as refused:
            outcomes.append(refused.problems[0].code)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(4)]
    [t.start() for t in threads]
    [t.join(60) for t in threads]
    assert sorted(outcomes) == ["evaluations.under_way"] * 3 + ["planned"]


def many(cast, number):
    """Register more platforms in the region of A."""
    from zhiping.registry.actions import add_platform

    owner = cast.organisation("a1")
    for n in range(number):
        add_platform(
            Act(cast.officer, NOW),
            name=f"平台{n:03}",
            operator=owner,
            region=owner.region,
            channel="both",
            service_start=dt.date(2025, 1, 1),
        )


def test_many_are_opened_at_once_each_with_its_ledger(cast):
    many(cast, 4)
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    taken = plan(cast, programme=programme)
    assert (
        actions.open_evaluations(**given, platforms=Platform.objects.all()) == 4
    )  # neither B's nor the first
    rows = Evaluation.objects.filter(programme=programme).exclude(pk=taken.pk).select_related("head")
    assert {(r.head.phase, r.head.size, r.reason, r.authority_id) for r in rows} == {
        ("planned", 1, "first", programme.authority_id)
    }
    assert {r.start_by for r in rows} == {dt.date(2026, 1, 1)}
    assert Leaf.objects.filter(head__in=[r.pk for r in rows]).count() == 4
    event = Event.objects.get(head=programme.pk, name="programme.evaluations_opened")
    assert sorted(event.data["evaluations"]) == sorted(str(r.pk) for r in rows)
    with pytest.raises(Conflict) as caught:
        actions.open_evaluations(**given, platforms=Platform.objects.all())
    assert codes(caught) == ["evaluations.none_left"]


def test_opening_many_needs_a_constant_number_of_queries(cast, django_assert_num_queries):
    many(cast, 30)
    programme, officer = add(cast), cast.officer_a
    officer.held  # noqa: B018 - read once a request
    given = {"act": Act(officer, NOW), "programme": programme}
    for names in (["平台000", "平台001"], [f"平台{n:03}" for n in range(2, 30)]):
        with django_assert_num_queries(17):
            actions.open_evaluations(**given, platforms=Platform.objects.filter(name__in=names))


def test_candidates_are_the_regions_platforms_without_evaluation(cast):
    many(cast, 2)
    programme = add(cast)
    plan(cast, programme=programme)
    found = candidates(programme, Platform.objects.all())
    assert sorted(found.values_list("name", flat=True)) == ["平台000", "平台001"]


def test_ended_programme_accepts_no_evaluations(cast):
    programme = add(cast)
    end_programme(Act(cast.officer_a, NOW), programme=programme)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    for attempt, code in (
        (lambda: actions.open_evaluations(**given, platforms=Platform.objects.all()), "ledger.not_now"),
        (lambda: plan(cast, programme=programme), "evaluations.programme_closed"),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()
        assert codes(caught) == [code]


def test_preparation_is_begun_for_one_or_for_all(cast):
    many(cast, 2)
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW)}
    actions.open_evaluations(**given, programme=programme, platforms=Platform.objects.all())
    first = Evaluation.objects.first()
    actions.prepare_evaluation(**given, evaluation=first)
    assert actions.prepare_evaluations(**given, programme=programme) == 2
    assert set(Evaluation.objects.values_list("head__phase", flat=True)) == {"preparing"}
    with pytest.raises(Conflict) as caught:
        actions.prepare_evaluation(**given, evaluation=first)
    assert codes(caught) == ["ledger.not_now"]


@pytest.mark.parametrize("size", [1, 30])
def test_preparation_of_all_needs_a_constant_number_of_queries(cast, django_assert_num_queries, size):
    many(cast, size)
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    actions.open_evaluations(**given, platforms=Platform.objects.all())
    given["act"].by.regions  # noqa: B018 - read once a request
    with django_assert_num_queries(15):
        actions.prepare_evaluations(**given)


def test_cancelling_asks_for_a_reason_and_keeps_the_evaluation(cast):
    evaluation = plan(cast)
    given = {"act": Act(cast.officer_a, NOW), "evaluation": evaluation}
    with pytest.raises(Invalid) as caught:
        actions.cancel_evaluation(**given, reason="  ")
    assert codes(caught) == ["lifecycle.reason_given"]
    actions.cancel_evaluation(**given, reason="平台合并")
    evaluation.refresh_from_db()
    assert evaluation.head.phase == "cancelled"
    row = {"cancelled": [None, NOW.isoformat()], "cancelled_in": ["", "planned"]}
    changes = {"evaluations_evaluation": {str(evaluation.pk): row}}
    data = {"reason": "平台合并", "changes": changes}
    assert Event.objects.filter(head=evaluation.pk).latest("seq").data == data


@pytest.fixture
def ready(cast):
    """An evaluation of a frozen programme with a valid panel and a planned visit."""
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW)}
    set_guidance(**given, programme=programme, guidance={"1.1": "看制度原件"})
    freeze_programme(**given, programme=programme)
    evaluation = plan(cast, programme=programme)
    actions.prepare_evaluation(**given, evaluation=evaluation)
    seat(cast, evaluation)
    return queries.get_evaluation(cast.lead, evaluation.pk)


def test_start_writes_the_rules_and_the_panel_as_entry_0(cast, ready):
    start_evaluation(Act(cast.lead, NOW), evaluation=ready)
    started = Evaluation.objects.get(pk=ready.pk)
    assert started.head.phase == "scoring"
    assert (started.policy, started.guidance) == (Policy().as_data(), {"1.1": "看制度原件"})
    data = Event.objects.get(head=ready.pk, name="scoring.started").data
    assert data["rubric"]["wording_sha256"] == cast.rubric.wording_sha256
    assert data["guidance_sha256"] == sha256({"1.1": "看制度原件"})
    assert data["period"] == ["2026-01-01", "2026-12-31"]
    assert [(m["name"], m["seat"]) for m in data["panel"]] == [
        ("专家组长", "lead"),
        ("专家成员一", "member"),
        ("专家成员二", "member"),
    ]
    assert {check["state"] for check in data["checks"]} == {"pass"}


@pytest.mark.parametrize("who", ["officer_a", "member", "head", "outsider"])
def test_only_the_lead_starts(cast, ready, who):
    with pytest.raises(NotAllowed):
        start_evaluation(Act(getattr(cast, who), NOW), evaluation=ready)


def test_start_names_everything_that_is_missing(cast, ready):
    Seat.objects.filter(expert=cast.expert("member")).update(left=NOW)
    Evaluation.objects.filter(pk=ready.pk).update(visit_start=None, visit_end=None)
    evaluation = queries.get_evaluation(cast.lead, ready.pk)
    with pytest.raises(Conflict) as caught:
        start_evaluation(Act(cast.lead, NOW), evaluation=evaluation)
    assert codes(caught) == ["lifecycle.panel_legal", "lifecycle.visit_planned"]
    assert Evaluation.objects.get(pk=ready.pk).head.phase == "preparing"


def test_panel_is_read_after_the_turn_is_taken(cast, ready):
    assert NEEDS["panel_legal"](ready, TODAY)  # what the page showed
    Seat.objects.filter(expert=cast.expert("member")).update(left=NOW)
    with pytest.raises(Conflict) as caught:
        start_evaluation(Act(cast.lead, NOW), evaluation=ready)
    assert codes(caught) == ["lifecycle.panel_legal"]


def test_nothing_starts_under_rules_that_can_still_change(cast):
    programme = add(cast)
    evaluation = plan(cast, programme=programme)
    actions.prepare_evaluation(Act(cast.officer_a, NOW), evaluation=evaluation)
    seat(cast, evaluation)
    evaluation = queries.get_evaluation(cast.lead, evaluation.pk)
    with pytest.raises(Conflict) as caught:
        start_evaluation(Act(cast.lead, NOW), evaluation=evaluation)
    assert codes(caught) == ["lifecycle.rules_frozen"]


def test_rules_stay_frozen_once_an_evaluation_started(cast, ready):
    from zhiping.evaluations.actions.programme import reopen_programme

    start_evaluation(Act(cast.lead, NOW), evaluation=ready)
    with pytest.raises(Conflict) as caught:
        reopen_programme(Act(cast.officer_a, NOW), programme=ready.programme, reason="改口径")
    assert codes(caught) == ["lifecycle.nothing_started"]


def test_former_lead_cannot_start(cast, ready):
    lead = cast.lead
    assert may(lead, "visits.start_evaluation", ready)  # recorded with the data read
    Seat.objects.filter(expert=cast.expert("lead")).update(role="member")
    Seat.objects.filter(expert=cast.expert("member")).update(role="lead")
    with pytest.raises(NotAllowed):
        start_evaluation(Act(lead, NOW), evaluation=ready)
    assert Evaluation.objects.get(pk=ready.pk).head.phase == "preparing"


def ends_first(platform):
    """End a platform's service while the lock is waited for, as a concurrent request may."""

    def lock_late(act, things):
        Platform.objects.filter(pk=platform.pk).update(ended=TODAY)
        return lock(act, things)

    lock = Act._lock
    return lock_late


def test_platform_that_ends_before_the_lock_is_not_prepared(cast, monkeypatch):
    evaluation = plan(cast)
    monkeypatch.setattr(Act, "_lock", ends_first(evaluation.platform))
    with pytest.raises(Conflict) as caught:
        actions.prepare_evaluation(Act(cast.officer_a, NOW), evaluation=evaluation)
    assert codes(caught) == ["lifecycle.platform_named"]
