"""The desk: tasks of each role by deadline, and numbers."""

import datetime as dt

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from tests.evaluations.test_evaluations import plan, trigger
from tests.evaluations.test_self_evaluations import plan as plan_own
from tests.panels import panels
from tests.server import databases
from tests.server.cast import NOW, TODAY

from zhiping.accounts.models import Membership, User
from zhiping.desk.queries import desk
from zhiping.evaluations.models import Evaluation
from zhiping.experts.models import Expert
from zhiping.ledger import actions as ledger
from zhiping.ledger import watch
from zhiping.ledger.act import Act
from zhiping.panels.actions.recusal import ask_recusal
from zhiping.registry.models import Platform, Trigger


def tasks(person, now=NOW):
    return [(t.code, t.url, t.due, t.late) for t in desk(person, now).tasks]


def codes(person, now=NOW):
    return [t.code for t in desk(person, now).tasks]


def numbers(person, now=NOW):
    return {n.code: n.value for n in desk(person, now).numbers}


@pytest.mark.parametrize("who", ["outsider", "archivist"])
def test_empty_desk_shows_a_message(cast, client_for, who):
    found = desk(getattr(cast, who), NOW)
    assert (found.tasks, found.numbers, found.regions) == ([], [], [])
    assert "目前没有需要办理的事项" in client_for(getattr(cast, who)).get("/").content.decode()


def test_undecided_trigger_waits_for_the_officer_and_the_operators_head(cast):
    trigger(cast, important=None)
    address = f"/platforms/{cast.platform('a').pk}#triggers"
    assert tasks(cast.officer_a) == [("decide_trigger", address, None, False)]
    assert tasks(cast.head) == [("view_trigger", address, None, False)]
    assert [codes(getattr(cast, who)) for who in ("officer_b", "staff", "staff_b")] == [[], [], []]
    Trigger.objects.update(view="影响不大")
    assert codes(cast.head) == []


def test_important_trigger_waits_until_an_evaluation_answers_it(cast):
    event = trigger(cast)
    assert [(code, due) for code, _, due, _ in tasks(cast.officer_a)] == [("answer_trigger", event.due)]
    plan(cast, trigger=event)
    assert codes(cast.officer_a) == ["planned_evaluation"]


def test_closed_trigger_and_ended_platform_create_no_task(cast):
    trigger(cast)
    Trigger.objects.update(met=TODAY)
    assert codes(cast.officer_a) == []
    Trigger.objects.update(met=None)
    Platform.objects.filter(pk=cast.platform("a").pk).update(ended=TODAY)
    assert codes(cast.officer_a) == []


def test_tasks_are_ordered_by_deadline_and_those_without_come_last(cast):
    trigger(cast, important=None)
    for month in (9, 6):
        plan(cast, start_by=dt.date(2026, month, 1), period_start=dt.date(2030 + month, 1, 1),
             period_end=dt.date(2030 + month, 12, 31))  # fmt: skip
    plan(cast, start_by=dt.date(2026, 5, 19))
    assert [(due, late) for _, _, due, late in tasks(cast.officer_a)] == [
        (dt.date(2026, 5, 19), True), (dt.date(2026, 6, 1), False),
        (dt.date(2026, 9, 1), False), (None, False),
    ]  # fmt: skip


def test_recusal_is_a_task_of_the_authority(cast):
    evaluation = panels.opened(cast)
    seat = panels.composed(cast, evaluation)["member"]
    asked = ask_recusal(Act(cast.member, NOW), seat=seat, reason="亲属任职")
    found = {t.code: t for t in desk(cast.officer_a, NOW).tasks}
    assert found["decide_recusal"].url == f"/recusals/{asked.pk}"
    assert found["decide_recusal"].data == {"name": "专家成员一", "platform": "甲区一站式服务平台"}
    for who in ("officer_b", "head", "member2"):
        assert "decide_recusal" not in codes(getattr(cast, who))


def test_operator_learns_of_the_visit_to_receive_until_it_is_over(cast):
    evaluation = panels.opened(cast)
    address = f"/evaluations/{evaluation.pk}"
    for who in ("staff", "head"):
        assert tasks(getattr(cast, who)) == [
            ("hand_in_evidence", f"{address}/evidence", panels.VISIT[0], False),
            ("receive_visit", address, panels.VISIT[0], False),
        ]
    assert codes(cast.staff_b) == []
    both = ["hand_in_evidence", "receive_visit"]
    assert codes(cast.staff, NOW + dt.timedelta(days=22)) == both  # the last day
    assert codes(cast.staff, NOW + dt.timedelta(days=23)) == ["hand_in_evidence"]


def test_planned_visit_is_hidden_from_the_operator_before_preparation(cast):
    panels.opened(cast, phase="planned")
    assert codes(cast.staff) == []


def test_head_prepares_self_evaluations_and_the_authority_does_not(cast):
    evaluation = plan_own(cast)
    assert tasks(cast.head) == [("planned_evaluation", f"/evaluations/{evaluation.pk}", None, False)]
    assert [codes(getattr(cast, who)) for who in ("staff", "officer_a", "officer")] == [[], [], []]


def test_expert_has_tasks_to_declare_then_to_lead_or_attend(cast):
    evaluation = panels.opened(cast)
    seats = panels.composed(cast, evaluation, substitutes=("substitute",))
    here, day = f"/evaluations/{evaluation.pk}", panels.VISIT[0]
    assert tasks(cast.lead) == [("lead", here, day, False)]
    assert tasks(cast.member) == [("visit", here, day, False)]
    assert tasks(cast.substitute) == []
    for seat in seats.values():
        seat.declared = seat.declared_by = None
        seat.save()
    assert tasks(cast.member) == tasks(cast.substitute) == [("declare", f"{here}/declare", day, False)]
    later = NOW + dt.timedelta(days=30)
    assert tasks(cast.member, later) == [("declare", f"{here}/declare", day, True)]


def test_visit_that_is_over_and_evaluation_that_was_cancelled_wait_for_no_expert(cast):
    evaluation = panels.opened(cast)
    panels.composed(cast, evaluation)
    assert codes(cast.member, NOW + dt.timedelta(days=30)) == []
    panels.make(evaluation, "cancel_evaluation")
    assert codes(cast.member) == codes(cast.lead) == []


def test_administrator_sees_failed_jobs_and_unused_invitations(cast, client_for):
    assert numbers(cast.administrator) == {"failed_jobs": 0, "waiting_people": 0}
    DBTaskResult.objects.create(
        status="FAILED", task_path="zhiping.visits.jobs.make_bundle",
        args_kwargs={"args": [], "kwargs": {}},
        priority=0, queue_name="default", backend_name="default", run_after=timezone.now(),
    )  # fmt: skip
    person = cast.outsider
    person.set_unusable_password()
    person.save()
    assert numbers(cast.administrator) == {"failed_jobs": 1, "waiting_people": 1}
    client = client_for(cast.administrator)
    for number in desk(cast.administrator, NOW).numbers:
        assert client.get(number.url).status_code == 200


def test_auditor_sees_recent_denials(cast, client_for):
    ledger.audit("denied", by=cast.staff, at=NOW - dt.timedelta(days=6))
    ledger.audit("denied", by=cast.staff, at=NOW - dt.timedelta(days=9))
    ledger.audit("exported", by=cast.staff, at=NOW)
    assert numbers(cast.auditor) == {"denials": 1}
    answer = client_for(cast.auditor).get(desk(cast.auditor, NOW).numbers[0].url)
    assert (answer.status_code, answer.context["listing"].total) == (200, 1)


def test_numbers_equal_the_lengths_of_their_lists(cast, client_for):
    plan(cast)
    Platform.objects.filter(pk=cast.platform("b").pk).update(due=TODAY + dt.timedelta(days=30))
    person, now = cast.officer, timezone.now()
    client, found = client_for(person), desk(person, now).numbers
    assert [n.code for n in found] == [
        "platforms", "overdue", "soon", "planned", "preparing", "scoring", "suspended",
    ]  # fmt: skip
    for number in found:
        if number.code != "soon":  # its list is sorted, not filtered
            assert client.get(number.url).context["listing"].total == number.value, number.code
    assert numbers(person)["soon"] == 1


def test_regions_are_cities_for_a_province_and_counties_for_a_city(cast):
    plan(cast)
    assert [(r["code"], r["platforms"], r["under_way"]) for r in desk(cast.officer, NOW).regions] == [
        ("150100", 1, 1), ("150200", 1, 0),
    ]  # fmt: skip
    assert [(r["code"], r["platforms"]) for r in desk(cast.officer_a, NOW).regions] == [("150102", 1)]
    assert desk(cast.staff, NOW).regions == []


def test_self_evaluations_are_in_no_number_of_the_authority(cast):
    plan_own(cast)
    assert (numbers(cast.officer)["planned"], desk(cast.officer, NOW).regions[0]["under_way"]) == (0, 0)


@pytest.mark.parametrize(
    "who",
    ["officer", "officer_a", "staff", "head", "lead", "administrator", "auditor", "archivist", "outsider"],
)
@pytest.mark.parametrize(("language", "word"), [("zh-hans", "退出登录"), ("en", "Sign out")])
def test_page_is_complete_in_both_languages(cast, client_for, who, language, word):
    evaluation = panels.opened(cast)
    panels.composed(cast, evaluation)
    trigger(cast, important=None)
    client = client_for(getattr(cast, who))
    client.cookies["zhiping_language"] = language
    answer = client.get("/")
    assert (answer.status_code, word in answer.content.decode()) == (200, True)


def everything(cast):
    """Assign every role to one user."""
    person = cast.officer
    for organisation, role in (("a1", "operator"), ("a1", "operator_head"), ("province", "archivist")):
        Membership.objects.create(user=person, organisation=cast.organisation(organisation), role=role)
    User.objects.filter(pk=person.pk).update(office="administrator")
    Expert.objects.filter(pk=cast.expert("lead").pk).update(user=person)
    return cast.officer


@pytest.mark.parametrize("size", [1, 60])
def test_desk_needs_a_constant_number_of_queries(cast, client_for, size, django_assert_num_queries):
    person = everything(cast)
    for year in range(size):
        period = {"period_start": dt.date(1950 + year, 1, 1), "period_end": dt.date(1950 + year, 12, 31)}
        evaluation = panels.opened(cast, **period)
        seat = panels.composed(cast, evaluation)["member"]
        ask_recusal(Act(cast.member, NOW), seat=seat, reason="亲属任职")
        trigger(cast, important=None)
    assert Evaluation.objects.count() == size
    client = client_for(person)
    client.get("/")
    with django_assert_num_queries(19):
        client.get("/")


def test_what_the_worker_has_not_done_for_too_long_is_the_administrator_s_task(cast):
    databases.become(databases.SUPERUSER)
    MigrationRecorder.Migration.objects.update(applied=NOW - dt.timedelta(days=3))
    databases.become(databases.APP)
    later = NOW + dt.timedelta(hours=2)
    watch._looked.clear()
    assert codes(cast.administrator, later) == ["late_signing", "late_verification"]
    assert codes(cast.auditor, later) == []
