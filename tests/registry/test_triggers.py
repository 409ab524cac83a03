"""Triggers of evaluations (6.1.2): reported, visible, decided, met; notices and deadlines."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.server.cast import NOW, TODAY

from zhiping.accounts.models import Membership
from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.notices.models import Notice
from zhiping.registry import actions, queries
from zhiping.registry.models import Trigger

STATES = ("undecided", "to_start", "overdue", "met", "unimportant")


def report(cast, by="staff", **given):
    facts = {"kind": "software", "happened": TODAY, "description": "核心业务系统升级"}
    platform = given.pop("platform", None) or cast.platform("a")
    return actions.report_trigger(Act(getattr(cast, by), NOW), platform=platform, **facts | given)


def decide(cast, trigger, *, by="officer_a", now=NOW, important=True, **given):
    actions.decide_trigger(
        Act(getattr(cast, by), now), trigger=trigger, important=important, reason="影响全部业务", **given
    )
    return trigger


def meet(cast, trigger):
    actions.meet_trigger(Act(cast.officer, NOW), trigger)
    return trigger


def notified(code):
    return sorted(Notice.objects.filter(code=code).values_list("to__username", flat=True))


@pytest.mark.parametrize("person", ["staff", "head", "officer", "officer_a"])
def test_operator_and_authority_report(cast, person):
    made = report(cast, by=person)
    assert (made.reported_by, made.important, made.due) == (getattr(cast, person), None, None)
    event = cast.platform("a").head.events.get(seq=1)
    recorded = event.data["changes"]["registry_trigger"][str(made.pk)]
    written = {name: new for name, (old, new) in recorded.items() if new is not None}
    assert (event.name, [*event.data], written) == (
        "trigger.reported",
        ["changes"],
        {
            "id": str(made.pk),
            "platform": str(made.platform_id),
            "kind": "software",
            "happened": "2026-05-20",
            "description": "核心业务系统升级",
            "reported_by": str(getattr(cast, person).pk),
            "reported": made.reported.astimezone(dt.UTC).isoformat(),
            "reason": "",
            "view": "",
        },
    )


@pytest.mark.parametrize("person", ["staff_b", "officer_b", "administrator", "lead", "outsider"])
def test_others_do_not_report(cast, person):
    with pytest.raises(NotAllowed):
        report(cast, by=person)


def test_future_dates_are_refused(cast):
    with pytest.raises(Invalid) as refused:
        report(cast, happened=TODAY + dt.timedelta(days=1))
    assert [(p.code, p.where) for p in refused.value.problems] == [("dates.future", ("happened",))]
    assert not Trigger.objects.exists()


def test_report_notifies_the_nearest_authority_and_decision_the_operator(cast):
    trigger = report(cast)
    assert notified("registry.trigger_reported") == ["officer_a"]
    decide(cast, trigger)
    assert notified("registry.trigger_decided") == ["head", "staff"]
    assert Notice.objects.first().url == f"{reverse('dossier:platform', args=[trigger.platform_id])}#triggers"


def test_report_notifies_the_province_without_a_city_officer(cast):
    Membership.objects.filter(user=cast.officer_a).delete()
    report(cast)
    assert notified("registry.trigger_reported") == ["officer"]


def test_important_means_an_evaluation_starts_within_thirty_days(cast):
    made = decide(cast, report(cast))
    assert (made.important, made.due, made.decided_by) == (True, dt.date(2026, 6, 19), cast.officer_a)
    event = cast.platform("a").head.events.get(seq=2)
    recorded = event.data["changes"]["registry_trigger"][str(made.pk)]
    assert (event.name, recorded["important"], recorded["due"], recorded["reason"]) == (
        "trigger.decided", [None, True], [None, "2026-06-19"], ["", "影响全部业务"],
    )  # fmt: skip
    assert verification.verify(cast.platform("a").head) == []


def test_a_decision_is_changed_by_another_until_an_evaluation_started(cast):
    trigger = decide(cast, report(cast))
    assert decide(cast, trigger, important=False).due is None
    decide(cast, trigger)
    actions.meet_trigger(Act(cast.officer_a, NOW), trigger=trigger)
    with pytest.raises(Conflict) as refused:
        decide(cast, trigger, important=False)
    assert [p.code for p in refused.value.problems] == ["registry.met_already"]


@pytest.mark.parametrize("person", ["staff", "head", "officer_b", "administrator", "outsider"])
def test_only_the_authority_decides(cast, person):
    with pytest.raises(NotAllowed):
        decide(cast, report(cast), by=person)


def test_operators_head_comments_until_the_decision(cast):
    trigger = report(cast)
    actions.view_trigger(Act(cast.head, NOW), trigger=trigger, view="影响有限")
    assert Trigger.objects.get().view == "影响有限"
    for person in ("staff", "officer_a", "outsider"):
        with pytest.raises(NotAllowed):
            actions.view_trigger(Act(getattr(cast, person), NOW), trigger=trigger, view="x")
    decide(cast, trigger)
    with pytest.raises(Conflict):
        actions.view_trigger(Act(cast.head, NOW), trigger=trigger, view="太晚")


def test_each_trigger_is_in_exactly_the_list_of_its_state(cast):
    later = TODAY + dt.timedelta(days=31)
    platform = cast.platform("a")
    made = {
        "undecided": report(cast),
        "overdue": decide(cast, report(cast)),
        "to_start": decide(cast, report(cast), now=NOW + dt.timedelta(days=20)),
        "unimportant": decide(cast, report(cast), important=False),
        "met": meet(cast, decide(cast, report(cast))),
    }
    assert {s: [t.pk for t in Trigger.objects.filter(queries.state(s, later))] for s in STATES} == {
        s: [made[s].pk] for s in STATES
    }
    assert {queries.state_of(t, later) for t in queries.triggers_of(platform)} == set(STATES)
    evaluated = {"last_evaluated": TODAY, "last_grade": "qualified"}
    actions.change_platform(Act(cast.officer, NOW), platform=platform, **evaluated)
    assert Trigger.objects.filter(queries.state("met", later)).count() == 3
    assert [queries.state_of(t, later) for t in queries.triggers_of(platform)].count("met") == 3


def test_trigger_is_reported_and_decided_once_through_its_pages(cast, client_for):
    platform = cast.platform("a")
    sent = {"key": str(uuid7()), "kind": "manager", "happened": "2026-05-01", "description": "负责人变更"}
    staff = client_for(cast.staff)
    for _ in range(2):
        assert staff.post(reverse("registry:report-trigger", args=[platform.pk]), sent).status_code == 302
    trigger = Trigger.objects.get()
    head = client_for(cast.head)
    assert head.post(reverse("registry:view-trigger", args=[trigger.pk]), {"view": "一般"}).status_code == 302
    officer = client_for(cast.officer_a)
    where = reverse("registry:decide-trigger", args=[trigger.pk])
    page = officer.get(where).content.decode()  # the trigger is shown beside the question
    assert all(words in page for words in ("2026-05-01", "负责人变更", "一般"))
    assert officer.post(where, {"important": "yes"}).status_code == 422
    assert officer.post(where, {"important": "yes", "reason": "重要"}).status_code == 302
    page = staff.get(reverse("dossier:platform", args=[platform.pk])).content.decode()
    for words in ("负责人变更", "一般", "重要", "待启动评价", "应于", "甲市局工作人员"):
        assert words in page


@pytest.mark.parametrize("person", ["officer_b", "staff_b", "outsider"])
def test_invisible_objects_return_404(cast, client_for, person):
    trigger = report(cast)
    client = client_for(getattr(cast, person))
    assert client.get(reverse("registry:decide-trigger", args=[trigger.pk])).status_code == 404
    assert client.get(reverse("registry:triggers")).context["listing"].total == 0


@pytest.mark.parametrize(
    ("asked", "total"),
    [({"state": "undecided"}, 2), ({"kind": "emergency"}, 1), ({"region": "150200"}, 1), ({"q": "停电"}, 1)],
)
def test_the_list_is_narrowed(cast, client_for, asked, total):
    decide(cast, report(cast))
    report(cast)
    report(cast, by="officer", platform=cast.platform("b"), kind="emergency", description="停电")
    page = client_for(cast.officer).get(reverse("registry:triggers"), asked)
    assert page.context["listing"].total == total


@pytest.mark.parametrize("count", [1, 3, 60])
def test_statements_of_the_list_do_not_grow(cast, client_for, count, django_assert_num_queries):
    for _ in range(count):
        report(cast)
    client = client_for(cast.officer)
    with django_assert_num_queries(7):
        client.get(reverse("registry:triggers"))
