"""Ways round a draw: out of the trip, a second draw beside it, another panel copied over it."""

import pytest
from django.urls import reverse
from tests.panels import panels
from tests.server.cast import NOW

from zhiping.domain.draw_conditions import Conditions
from zhiping.domain.errors import Conflict
from zhiping.evaluations.actions.trip import add_trip, assign_trip, propose_trips
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit
from zhiping.panels.actions import draw as actions
from zhiping.panels.actions.panel import copy_panel, seat_expert
from zhiping.panels.models import Draw


@pytest.fixture
def pair(cast):
    for n in range(12):
        panels.expert(cast, f"库员{n:02d}", experience="窗口工作")
    return panels.trip(cast)


def commit(cast, subject):
    return actions.commit_draw(Act(cast.officer, NOW), subject, conditions=Conditions())


def applied(cast, subject):
    draw = actions.perform_draw(Act(cast.officer, NOW), commit(cast, subject))
    actions.apply_draw(Act(cast.officer, NOW), draw, lead=draw.result["members"][0])
    return draw


def give_up(cast, draw):
    draw = Draw.objects.get(pk=draw.pk)
    actions.abandon_draw(Act(cast.officer, NOW), draw, reason="行程取消")


def move(cast, evaluation, trip):
    chosen = Evaluation.objects.filter(pk=evaluation.pk)
    programme = evaluation.programme
    assign_trip(Act(cast.officer, NOW), programme=programme, evaluations=chosen, trip=trip)


def code(caught):
    return caught.value.problems[0].code


@pytest.mark.parametrize("step", [commit, applied])
def test_evaluation_cannot_leave_a_trip_with_a_draw(cast, pair, step):
    draw = step(cast, pair[0].trip)
    with pytest.raises(Conflict) as caught:
        move(cast, pair[0], None)
    assert code(caught) == "programmes.trip_bound"
    assert panels.fresh(pair[0]).trip_id == pair[0].trip_id
    give_up(cast, draw)
    move(cast, pair[0], None)
    assert panels.fresh(pair[0]).trip_id is None


def test_evaluation_cannot_join_a_trip_with_a_draw(cast, pair):
    first, second = pair
    other = add_trip(Act(cast.officer, NOW), programme=first.programme, name="第二组")
    move(cast, second, other)
    draw = commit(cast, first.trip)
    with pytest.raises(Conflict) as caught:
        move(cast, second, first.trip)
    assert code(caught) == "programmes.trip_bound"
    give_up(cast, draw)
    move(cast, second, first.trip)


def test_grouping_by_league_city_joins_no_trip_with_a_draw(cast, pair):
    first, second = pair
    move(cast, second, None)
    first.trip.name = second.platform.region.parent.name
    first.trip.save()
    draw = commit(cast, first.trip)
    with pytest.raises(Conflict) as caught:
        propose_trips(Act(cast.officer, NOW), programme=first.programme)
    assert code(caught) == "programmes.trip_none_movable"
    give_up(cast, draw)
    assert propose_trips(Act(cast.officer, NOW), programme=first.programme) == 1


def test_beside_a_draw_for_the_trip_none_is_sealed_for_its_evaluation(cast, pair):
    draw = commit(cast, pair[0].trip)
    with pytest.raises(Conflict) as caught:
        commit(cast, panels.fresh(pair[0]))
    assert code(caught) == "draws.under_way"
    give_up(cast, draw)
    commit(cast, panels.fresh(pair[0]))


def test_beside_a_draw_for_an_evaluation_none_is_sealed_for_its_trip(cast, pair):
    draw = commit(cast, panels.fresh(pair[0]))
    with pytest.raises(Conflict) as caught:
        commit(cast, pair[0].trip)
    assert code(caught) == "draws.under_way"
    give_up(cast, draw)
    commit(cast, pair[0].trip)


def test_a_copied_panel_makes_no_drawn_member_wait(cast, pair):
    first, second = pair
    move(cast, second, None)
    draw = applied(cast, panels.fresh(second))
    move(cast, second, first.trip)
    held = panels.seats(second)
    names = {key: name for name, seat in held.items() for key in [str(seat.expert_id)]}
    drawn = [names[key] for key in draw.result["members"]]
    for name in held:
        role = "substitute" if name == drawn[0] else held[name].role
        role = "member" if role == "lead" else role
        given = {"evaluation": panels.fresh(first), "expert": panels.named(name), "role": role}
        seat_expert(Act(cast.officer, NOW), **given)
    with pytest.raises(Conflict) as caught:
        copy_panel(Act(cast.officer, NOW), evaluation=panels.fresh(first))
    assert code(caught) == "panel.drawn_in_order"
    assert panels.seats(second)[drawn[0]].role != "substitute"


def test_download_of_a_draws_record_is_audited(cast, client_for, pair):
    draw = commit(cast, pair[0].trip)
    address = reverse("panels:draw-record", args=[draw.pk])
    assert client_for(cast.officer).post(address).status_code == 200
    assert [(row.by, row.subject) for row in Audit.objects.filter(action="exported")] == [
        (cast.officer, address)
    ]
