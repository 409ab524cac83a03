"""Offices below the one that leads an evaluation: they see it, and run nothing."""

import pytest
from django.urls import reverse
from tests.evaluations.test_evaluations import plan
from tests.server.cast import NOW

from zhiping.desk.queries import desk
from zhiping.domain.errors import NotAllowed
from zhiping.dossier.queries import history
from zhiping.evaluations.actions import evaluation as actions
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.panels.actions.panel import seat_expert
from zhiping.panels.queries.panel import checks, members, seats_of

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
