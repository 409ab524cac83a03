"""Trips: evaluations of a programme grouped for one team, by hand or by league-city."""

import datetime as dt

import pytest
from tests.evaluations.test_evaluations import many, plan
from tests.evaluations.test_programmes import add, codes
from tests.server.cast import NOW

from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.evaluations.actions import trip as actions
from zhiping.evaluations.actions.evaluation import cancel_evaluation, open_evaluations
from zhiping.evaluations.models import Evaluation, Trip
from zhiping.evaluations.queries import evaluation as evaluations
from zhiping.evaluations.queries import programme as queries
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.registry.models import Platform


@pytest.fixture
def programme(cast):
    """A programme of the province with an evaluation in each of two league-cities."""
    found = add(cast, by="officer", authority="province")
    open_evaluations(Act(cast.officer, NOW), programme=found, platforms=Platform.objects.all())
    return found


def given(cast, programme):
    return {"act": Act(cast.officer, NOW), "programme": programme}


def test_evaluations_join_and_leave_a_trip(cast, programme):
    trip = actions.add_trip(**given(cast, programme), name="东线", starts=dt.date(2026, 6, 1))
    everything = Evaluation.objects.all()
    assert actions.assign_trip(**given(cast, programme), evaluations=everything, trip=trip) == 2
    assert set(Evaluation.objects.values_list("trip__name", flat=True)) == {"东线"}
    actions.assign_trip(
        **given(cast, programme), evaluations=everything.filter(pk=everything[0].pk), trip=None
    )
    assert trip.evaluations.count() == 1
    events = Event.objects.filter(head=programme.pk).order_by("seq").values_list("name", flat=True)
    assert list(events)[-3:] == ["programme.trip_added"] + ["programme.trip_assigned"] * 2


def test_compiled_statements_return_the_rows_of_their_querysets(cast, programme):
    trip = actions.add_trip(**given(cast, programme), name="东线", starts=None)
    first, second = Evaluation.objects.all()
    one = Evaluation.objects.filter(pk=first.pk)
    actions.assign_trip(**given(cast, programme), evaluations=one, trip=trip)
    assert queries.count_waiting(programme) == queries.waiting_for_trip(programme).count() == 1
    assert queries.trips(programme) == [(trip.pk, "东线", None, None, 1)]
    cancel_evaluation(Act(cast.officer, NOW), evaluation=second, reason="重复")
    assert queries.progress(programme) == [("planned", 1), ("cancelled", 1)]
    for user in (cast.officer, cast.officer_a, cast.officer_b, cast.outsider):
        seen = evaluations.visible_to(user).filter(platform=first.platform)
        assert evaluations.of_platform(user, first.platform) == list(seen)


def test_league_cities_are_proposed_in_one_click_and_once(cast, programme):
    assert actions.propose_trips(**given(cast, programme)) == 2
    assert sorted(Trip.objects.values_list("name", flat=True)) == ["包头市", "呼和浩特市"]
    with pytest.raises(Conflict) as caught:
        actions.propose_trips(**given(cast, programme))
    assert codes(caught) == ["programmes.trip_none_movable"]


def test_later_evaluation_joins_the_trip_of_its_league_city(cast, programme):
    actions.propose_trips(**given(cast, programme))
    many(cast, 2)
    open_evaluations(**given(cast, programme), platforms=Platform.objects.all())
    assert actions.propose_trips(**given(cast, programme)) == 2
    assert Trip.objects.get(name="呼和浩特市").evaluations.count() == 3


def test_evaluation_outside_the_programme_is_not_taken(cast, programme):
    outside = plan(cast, by="officer", period_start=dt.date(2027, 1, 1), period_end=dt.date(2027, 2, 1))
    trip = actions.add_trip(**given(cast, programme), name="东线")
    with pytest.raises(Conflict) as caught:
        actions.assign_trip(
            **given(cast, programme), evaluations=Evaluation.objects.filter(pk=outside.pk), trip=trip
        )
    assert codes(caught) == ["programmes.trip_none_movable"]


def test_trip_of_another_programme_is_refused(cast, programme):
    other = add(cast, by="officer", authority="province", name="另一计划")
    trip = actions.add_trip(**given(cast, other), name="东线")
    with pytest.raises(Invalid) as caught:
        actions.assign_trip(**given(cast, programme), evaluations=Evaluation.objects.all(), trip=trip)
    assert codes(caught) == ["programmes.trip_other_programme"]


def test_trip_given_up_leaves_its_evaluations_in_the_programme(cast, programme):
    actions.propose_trips(**given(cast, programme))
    actions.remove_trip(Act(cast.officer, NOW), trip=Trip.objects.get(name="包头市"))
    assert Evaluation.objects.filter(programme=programme, trip__isnull=True).count() == 1
    assert len(Event.objects.filter(name="programme.trip_removed").get().data["evaluations"]) == 1


def test_trip_of_an_evaluation_is_recorded_in_its_own_ledger(cast, programme):
    actions.propose_trips(**given(cast, programme))
    cause = Event.objects.get(name="programme.trips_proposed")
    for evaluation in Evaluation.objects.all():
        event = Event.objects.get(head=evaluation.pk, name="evaluation.grouped")
        rows = {"evaluations_evaluation": {str(evaluation.pk): {"trip": [None, str(evaluation.trip_id)]}}}
        assert event.data == {"changes": rows, "cause": str(cause.pk)}


def test_trip_with_a_cancelled_evaluation_is_not_removed(cast, programme):
    actions.propose_trips(**given(cast, programme))
    trip = Trip.objects.get(name="包头市")
    cancel_evaluation(Act(cast.officer, NOW), trip.evaluations.get(), reason="合并")
    with pytest.raises(Conflict) as caught:
        actions.remove_trip(Act(cast.officer, NOW), trip)
    assert codes(caught) == ["programmes.trip_started"]
    assert trip.evaluations.count() == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"starts": dt.date(2026, 6, 2), "ends": dt.date(2026, 6, 1)}, "dates.trip"),
        ({"ends": dt.date(2026, 6, 1)}, "programmes.trip_start"),
    ],
)
def test_trip_does_not_end_before_it_begins(cast, programme, wrong, code):
    with pytest.raises(Invalid) as caught:
        actions.add_trip(**given(cast, programme), name="东线", **wrong)
    assert codes(caught) == [code]


def test_name_is_given_once_in_a_programme(cast, programme):
    actions.add_trip(**given(cast, programme), name="东线")
    with pytest.raises(Invalid) as caught:
        actions.add_trip(**given(cast, programme), name="东线")
    assert codes(caught) == ["programmes.trip_name_taken"]


@pytest.mark.parametrize("by", ["officer_a", "head", "lead", "outsider"])
def test_only_the_programmes_officers_plan_trips(cast, programme, by):
    with pytest.raises(NotAllowed):
        actions.propose_trips(Act(getattr(cast, by), NOW), programme=programme)
