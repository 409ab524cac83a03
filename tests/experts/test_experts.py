"""The pool of experts: entries, trainings, affiliations, permissions and visibility."""

import datetime as dt

import pytest
from tests.evaluations.test_evaluations import plan, seat
from tests.evaluations.test_programmes import codes
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.experts import queries
from zhiping.experts.actions import expert as actions
from zhiping.experts.models import Expert
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event


def add(cast, *, by="officer", keeper="province", **given):
    values = {"name": "张三", "region": cast.organisation("a").region, "employer": "省计量院"} | given
    return actions.add_expert(Act(getattr(cast, by), NOW), keeper=cast.organisation(keeper), **values)


def recorded(event, table):
    """Return the changes of a table recorded in an event."""
    return list(event.data["changes"][table].values())


def test_expert_is_entered_with_fields(cast):
    expert = add(cast, fields=["testing", "law"], title="高级工程师", experience=None)
    assert sorted(expert.fields.values_list("field", flat=True)) == ["law", "testing"]
    fields = recorded(Event.objects.get(head=expert.pk), "experts_expertfield")
    assert sorted(new for row in fields for _, new in [row["field"]]) == ["law", "testing"]


@pytest.mark.parametrize("by", ["officer_a", "head", "lead", "administrator", "outsider"])
def test_only_the_authoritys_officers_keep_its_pool(cast, by):
    with pytest.raises(NotAllowed):
        add(cast, by=by)


def test_operators_experts_are_hidden_from_authorities(cast):
    own = add(cast, by="head", keeper="a1")
    assert queries.experts(cast.head).get() == own
    assert not queries.experts(cast.officer).filter(pk=own.pk).exists()
    with pytest.raises(NotAllowed):
        actions.change_expert(Act(cast.officer, NOW), expert=own, name="李四")


@pytest.mark.parametrize("by", ["staff", "staff_b", "officer_a", "outsider"])
def test_only_the_operator_keeps_its_experts(cast, by):
    with pytest.raises(NotAllowed):
        add(cast, by=by, keeper="a1")


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("officer", 4),
        ("officer_a", 4),
        ("head", 0),
        ("staff", 0),
        ("lead", 1),
        ("outsider", 0),
        ("administrator", 0),
    ],
)
def test_pool_is_seen_by_officers_and_the_own_entry_by_everybody(cast, who, seen):
    assert queries.experts(getattr(cast, who)).count() == seen


def test_same_person_is_entered_once_per_pool(cast):
    add(cast, phone="13911112222")
    with pytest.raises(Invalid) as caught:
        add(cast, phone="13911112222")
    assert codes(caught) == ["experts.once"]
    add(cast, by="officer_a", keeper="a", phone="13911112222")


def test_change_records_the_old_values(cast):
    expert = add(cast, fields=["law"])
    actions.change_expert(
        Act(cast.officer, NOW), expert=expert, fields=["testing"], title="研究员", experience=""
    )
    event = Event.objects.get(head=expert.pk, name="expert.changed")
    assert event.data.keys() == {"changes"}
    assert recorded(event, "experts_expert") == [{"title": ["", "研究员"], "experience": [None, ""]}]
    fields = recorded(event, "experts_expertfield")
    assert [row["field"] for row in fields] == [["law", None], [None, "testing"]]


def test_expert_corrects_own_contact_and_nothing_else(cast):
    expert = cast.expert("lead")
    actions.correct_contact(Act(cast.lead, NOW), expert=expert, phone="13800000000", email="")
    assert Expert.objects.get(pk=expert.pk).phone == "13800000000"
    with pytest.raises(NotAllowed):
        actions.change_expert(Act(cast.lead, NOW), expert=expert, rank="senior")
    with pytest.raises(NotAllowed):
        actions.correct_contact(Act(cast.member, NOW), expert=expert, phone="1", email="")


def test_training_is_recorded_corrected_and_taken_out(cast):
    expert = add(cast)
    given = {"act": Act(cast.officer, NOW), "expert": expert}
    row = actions.write_training(**given, topic="培训", date=dt.date(2026, 1, 1))
    actions.write_training(
        **given, topic="培训", date=dt.date(2026, 1, 1), valid_until=dt.date(2028, 1, 1), training=row
    )
    assert queries.experts(cast.officer).get(pk=expert.pk).trained_until == dt.date(2028, 1, 1)
    event = Event.objects.get(head=expert.pk, name="expert.training_corrected")
    assert recorded(event, "experts_training") == [{"valid_until": [None, "2028-01-01"]}]
    actions.remove_training(**given, training=row)
    assert queries.experts(cast.officer).get(pk=expert.pk).trained_until is None


def test_training_does_not_end_before_it_was_passed(cast):
    with pytest.raises(Invalid) as caught:
        actions.write_training(
            Act(cast.officer, NOW),
            expert=add(cast),
            topic="培训",
            date=TODAY,
            valid_until=dt.date(2020, 1, 1),
        )
    assert codes(caught) == ["dates.training"]


def test_affiliation_names_an_operator_and_ends(cast):
    expert = add(cast)
    operator = cast.organisation("a1")
    given = {"act": Act(cast.officer, NOW), "expert": expert, "operator": operator}
    tie = actions.write_affiliation(**given)
    free = queries.free_of(operator, TODAY)
    assert tie.organisation == operator.name
    assert not Expert.objects.filter(free, pk=expert.pk).exists()
    actions.write_affiliation(**given, until=dt.date(2023, 5, 20), affiliation=tie)
    assert Expert.objects.filter(free, pk=expert.pk).exists()
    actions.write_affiliation(**given, until=dt.date(2023, 5, 21), affiliation=tie)
    assert not Expert.objects.filter(free, pk=expert.pk).exists()


def test_employee_of_an_operator_is_not_free_of_it(cast):
    operator = cast.organisation("a1")
    expert = add(cast, employer=operator.name)
    assert not Expert.objects.filter(queries.free_of(operator, TODAY), pk=expert.pk).exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "experts.affiliation_named"),
        (
            {"organisation": "甲", "since": dt.date(2026, 1, 1), "until": dt.date(2025, 1, 1)},
            "dates.affiliation",
        ),
    ],
)
def test_affiliation_needs_a_name_and_sensible_dates(cast, wrong, code):
    with pytest.raises(Invalid) as caught:
        actions.write_affiliation(Act(cast.officer, NOW), expert=add(cast), **wrong)
    assert codes(caught) == [code]


def test_leaving_and_returning_bear_their_reasons(cast):
    expert = add(cast)
    given = {"act": Act(cast.officer, NOW), "expert": expert}
    actions.leave_pool(**given, reason="退休")
    assert Expert.objects.get(pk=expert.pk).left_pool == TODAY
    with pytest.raises(Conflict) as caught:
        actions.leave_pool(**given, reason="退休")
    assert codes(caught) == ["experts.left_already"]
    actions.return_to_pool(**given, reason="返聘")
    assert Expert.objects.get(pk=expert.pk).left_pool is None
    with pytest.raises(Conflict) as caught:
        actions.return_to_pool(**given, reason="返聘")
    assert codes(caught) == ["experts.in_pool_already"]


def test_visits_of_this_year_are_counted_without_cancelled_ones(cast):
    from zhiping.evaluations.actions.evaluation import cancel_evaluation

    evaluation = plan(cast)
    seat(cast, evaluation)
    counted = lambda: queries.with_service(queries.experts(cast.officer), TODAY).get(name="专家组长").visits  # noqa: E731
    assert counted() == 1
    cancel_evaluation(Act(cast.officer_a, NOW), evaluation=evaluation, reason="合并")
    assert counted() == 0


@pytest.mark.parametrize(("day", "found"), [(dt.date(2026, 1, 9), 0), (TODAY, 4), (dt.date(2028, 1, 10), 0)])
def test_training_counts_on_its_days(cast, day, found):
    assert Expert.objects.filter(queries.trained_on(day)).count() == found


@pytest.mark.parametrize(("name", "found"), [("yes", 1), ("no", 3), ("unknown", 1)])
def test_experience_is_yes_no_or_not_stated(cast, name, found):
    add(cast)
    assert Expert.objects.filter(queries.experience(name)).count() == found
