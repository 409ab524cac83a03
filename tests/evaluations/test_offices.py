"""Offices below the one that leads an evaluation: they see it, and run nothing."""

import datetime as dt
from threading import Thread

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from tests.evaluations.test_evaluations import plan
from tests.server.cast import NOW, TODAY

from zhiping.desk.queries import desk
from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.dossier.queries import history
from zhiping.evaluations.actions import evaluation as actions
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.queries import timeline
from zhiping.notices.models import Notice
from zhiping.panels.actions.course import urge
from zhiping.panels.actions.declaration import record_declaration
from zhiping.panels.actions.panel import seat_expert
from zhiping.panels.queries.panel import checks, members, seats_of, waited_for
from zhiping.visits.actions.visit import (
    correct_visit_record,
    delegate_visit,
    plan_visit,
    remove_visit_record,
    revoke_delegation,
    write_visit_record,
)

OFFICERS = ("officer", "officer_a")


@pytest.fixture
def led(cast):
    """An evaluation that the province leads in region A, with a lead."""
    evaluation = plan(cast, by="officer")
    seat_expert(Act(cast.officer, NOW), evaluation, expert=cast.expert("lead"), role="lead")
    return evaluation


def seen(user, evaluation):
    return get_evaluation(user, evaluation.pk)


def test_office_below_cannot_cancel_what_the_province_leads(cast, led):
    with pytest.raises(NotAllowed):
        actions.cancel_evaluation(Act(cast.officer_a, NOW), seen(cast.officer_a, led), reason="不办了")
    assert seen(cast.officer_a, led).head.phase == "planned"


def test_office_below_sees_the_panel_once_preparation_has_begun(cast, led):
    before = seen(cast.officer_a, led)
    assert members(cast.officer_a, before) == []
    assert seats_of(cast.officer_a, cast.expert("lead")) == []
    assert [seat.evaluation_id for seat in seats_of(cast.officer, cast.expert("lead"))] == [led.pk]
    assert [seat.evaluation_id for seat in seats_of(cast.lead, cast.expert("lead"))] == [led.pk]
    actions.prepare_evaluation(Act(cast.officer, NOW), seen(cast.officer, led))
    after = seen(cast.officer_a, led)
    assert [member.seat.role for member in members(cast.officer_a, after)] == ["lead"]
    assert [seat.evaluation_id for seat in seats_of(cast.officer_a, cast.expert("lead"))] == [led.pk]
    assert checks(cast.officer_a, after, today=NOW.date()) == []
    assert {event.name for event in history(cast.officer_a, after)} == {
        "evaluation.planned", "evaluation.prepared",
    }  # fmt: skip


def test_evaluation_is_on_the_desk_of_the_office_that_leads_it(cast, led):
    tasks = {name: [task.code for task in desk(getattr(cast, name), NOW).tasks] for name in OFFICERS}
    assert tasks == {"officer": ["planned_evaluation"], "officer_a": []}


def test_candidates_are_refused_to_an_office_below(cast, client_for, led):
    url = reverse("panels:panel-candidates", args=[led.pk])
    answers = {name: client_for(getattr(cast, name)).get(url).status_code for name in OFFICERS}
    assert answers == {"officer": 200, "officer_a": 403}


def test_office_below_urges_the_people_it_waits_for_once_a_day(cast, led):
    urge(Act(cast.officer_a, NOW), seen(cast.officer_a, led))
    (notice,) = Notice.objects.filter(code="panel.urged")
    assert (notice.to.username, notice.url) == ("officer", f"/evaluations/{led.pk}")
    assert cast.organisation("a").name in notice.text()
    with pytest.raises(Conflict) as caught:
        urge(Act(cast.officer_a, NOW + dt.timedelta(hours=9)), led)  # read before the first reminder
    (problem,) = caught.value.problems
    assert (problem.code, problem.data) == ("panel.urged_already", {"day": dt.date(2026, 5, 21)})
    assert Notice.objects.filter(code="panel.urged").count() == 1
    urge(Act(cast.officer_a, NOW + dt.timedelta(days=1)), led)
    assert Notice.objects.filter(code="panel.urged").count() == 2
    assert [event.name for event in timeline(led.pk)].count("evaluation.urged") == 2


def test_urging_reminds_the_people_of_the_state(cast, led):
    actions.prepare_evaluation(Act(cast.officer, NOW), seen(cast.officer, led))
    for name, role in (("member", "member"), ("member2", "secretary")):
        expert = cast.expert(name)
        seat_expert(Act(cast.officer, NOW), seen(cast.officer, led), expert=expert, role=role)
    assert reminded(led) == {"officer", "lead", "member"}
    evaluation = seen(cast.officer, led)
    for seat in evaluation.seats.filter(role__in=("lead", "member")):
        record_declaration(Act(cast.officer, NOW), seat, signed=NOW.date(), conflict="")
    assert reminded(led) == {"officer", "lead"}
    for phase in ("scoring", "deliberating"):
        evaluation = seen(cast.officer, led)
        evaluation.head.phase = phase
        assert {person.username for person in waited_for(evaluation)} == {"lead", "member"}


def reminded(evaluation):
    return {person.username for person in waited_for(Evaluation.objects.get(pk=evaluation.pk))}


def test_two_offices_urge_at_once_and_one_is_refused(committed):
    evaluation = plan(committed, by="officer")
    act, answers = Act(committed.officer_a, NOW), []

    def ask():
        try:
            urge(act, Evaluation.objects.get(pk=evaluation.pk))
            answers.append("done")
        except Conflict as conflict:
            answers.append(conflict.problems[0].code)
        finally:
            connection.close()

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "panel.urged_already"]


def test_page_offers_to_urge_and_names_the_next_time(cast, client_for, led):
    client, here = client_for(cast.officer_a), f"/evaluations/{led.pk}"
    assert f'action="{here}/urge"' in client.get(here).content.decode()
    assert f'action="{here}/urge"' not in client_for(cast.officer).get(here).content.decode()
    assert client.post(f"{here}/urge").url == here
    page = client.get(here).content.decode()
    assert f'action="{here}/urge"' not in page
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    assert f"{tomorrow} 0:00" in page
    client.post(f"{here}/urge")
    assert f"今天已经催办过，{tomorrow}" in client.get(here).content.decode()
    assert client_for(cast.officer).post(f"{here}/urge").status_code == 403


def test_reminder_is_on_the_desk_of_the_people_it_waits_for(cast, led):
    urge(Act(cast.officer_a, NOW), seen(cast.officer_a, led))
    assert [(task.code, task.urged) for task in desk(cast.officer, NOW).tasks] == [
        ("planned_evaluation", NOW.date())
    ]


def test_visit_is_delegated_to_an_office_below_and_taken_back(cast, led):
    actions.prepare_evaluation(Act(cast.officer, NOW), seen(cast.officer, led))
    record = {"kind": "opening", "day": TODAY, "who": "甲"}
    with pytest.raises(NotAllowed):
        write_visit_record(Act(cast.officer_a, NOW), seen(cast.officer_a, led), **record)
    delegate_visit(Act(cast.officer, NOW), seen(cast.officer, led), office=cast.organisation("a"))
    assert [task.code for task in desk(cast.officer_a, NOW).tasks] == ["record_visit"]
    here = seen(cast.officer_a, led)
    plan_visit(Act(cast.officer_a, NOW), here, visit_start=TODAY, visit_end=TODAY)
    line = write_visit_record(Act(cast.officer_a, NOW), here, **record)
    correct_visit_record(Act(cast.officer_a, NOW), here, line=line.pk, note="更正")
    for attempt in (
        lambda: actions.cancel_evaluation(Act(cast.officer_a, NOW), here, reason="不办了"),
        lambda: seat_expert(Act(cast.officer_a, NOW), here, expert=cast.expert("member"), role="member"),
        lambda: delegate_visit(Act(cast.officer_a, NOW), here, office=cast.organisation("a")),
        lambda: revoke_delegation(Act(cast.officer_a, NOW), here),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    revoke_delegation(Act(cast.officer, NOW), here)
    with pytest.raises(NotAllowed):
        remove_visit_record(Act(cast.officer_a, NOW), here, line=line.pk)
    codes = [n.code for n in Notice.objects.filter(to=cast.officer_a).order_by("created", "pk")]
    assert codes == ["visit.delegated", "visit.revoked"]
    assert list(verification.verify_all()) == []


def test_office_that_loses_the_visit_to_another_is_notified(cast, led):
    actions.prepare_evaluation(Act(cast.officer, NOW), seen(cast.officer, led))
    Evaluation.objects.filter(pk=led.pk).update(visit_office=cast.organisation("b"))
    delegate_visit(Act(cast.officer, NOW), seen(cast.officer, led), office=cast.organisation("a"))
    codes = {n.to: n.code for n in Notice.objects.filter(code__startswith="visit.")}
    assert codes == {cast.officer_a: "visit.delegated", cast.officer_b: "visit.revoked"}


@pytest.mark.parametrize("office", ["b", "province", "a1"])
def test_visit_is_delegated_to_no_other_office(cast, led, office):
    with pytest.raises(Invalid) as caught:
        delegate_visit(Act(cast.officer, NOW), seen(cast.officer, led), office=cast.organisation(office))
    assert [problem.code for problem in caught.value.problems] == ["visit.other_office"]


def test_visit_that_is_not_delegated_is_not_taken_back(cast, led):
    with pytest.raises(Conflict) as caught:
        revoke_delegation(Act(cast.officer, NOW), seen(cast.officer, led))
    assert [problem.code for problem in caught.value.problems] == ["visit.not_delegated"]


def test_visit_is_delegated_on_its_page(cast, client_for, led):
    client, here = client_for(cast.officer), f"/evaluations/{led.pk}/visit"
    office = cast.organisation("a")
    assert f'href="{here}/delegate"' in client.get(here).content.decode()
    form = client.get(f"{here}/delegate").context["form"]
    assert list(form.fields["office"].queryset) == [office]
    assert client.post(f"{here}/delegate", {"office": office.pk}).url == here
    page = client.get(here).content.decode()
    assert office.name in page
    assert f'action="{here}/revoke"' in page
    assert f'action="{here}/revoke"' not in client_for(cast.officer_a).get(here).content.decode()
    assert client.post(f"{here}/revoke").url == here
    assert seen(cast.officer, led).visit_office is None
