"""Many things at once: heads, events and leaves as one at a time writes them, in few statements, or none."""

import pytest
from tests.preparation.panels import opened
from tests.server.cast import NOW

from zhiping.domain.errors import Conflict
from zhiping.ledger import actions as ledger
from zhiping.ledger import queries
from zhiping.ledger.models import Event, Head, Leaf
from zhiping.preparation.models import Evaluation
from zhiping.registry.models import Platform


def platforms():
    return list(Platform.objects.select_related("head").order_by("name"))


def counts():
    return [model.objects.count() for model in (Head, Event, Leaf)]


def test_many_begin_as_one_does(cast):
    with ledger.begin_many("thing", "thing.added", 3, by=cast.officer, at=NOW) as entries:
        for number, entry in enumerate(entries):
            entry.data = {"number": number}
    heads = Head.objects.filter(kind="thing")
    assert [(head.size, queries.verify(head)) for head in heads] == [(1, [])] * 3
    events = Event.objects.filter(head__kind="thing", seq=0, by=cast.officer, at=NOW, name="thing.added")
    assert sorted(event.data["number"] for event in events) == [0, 1, 2]


def test_many_change_as_one_does(cast):
    known = platforms()
    with ledger.record_many(known, "platform.changed", by=cast.officer, at=NOW) as entries:
        for entry in entries:
            entry.data = {"name": ["a", "b"]}
    assert [(p.head.size, queries.verify(p.head)) for p in platforms()] == [(2, [])] * 2
    assert [p.head.size for p in known] == [2, 2]


def evaluations(cast, *phases):
    made = [opened(cast, phase=phase) for phase in phases]
    return list(Evaluation.objects.filter(pk__in=[e.pk for e in made]).select_related("head").order_by("pk"))


def test_many_move_as_one_does(cast):
    planned = evaluations(cast, "planned", "planned")
    with ledger.move_many(planned, "prepare", by=cast.officer, at=NOW) as entries:
        entries[0].data = {"first": True}
    for evaluation in planned:
        assert (evaluation.head.phase, evaluation.head.size) == ("preparing", 2)
        evaluation.refresh_from_db()
        head, event = evaluation.head, Event.objects.get(head=evaluation.pk, seq=1)
        assert (head.phase, head.size, queries.verify(head)) == ("preparing", 2, [])
        assert (event.name, event.by, event.at) == ("evaluation.prepared", cast.officer, NOW)


def test_one_in_another_state_stops_them_all(cast):
    mixed = evaluations(cast, "planned", "preparing")
    before = counts()
    with pytest.raises(Conflict), ledger.move_many(mixed, "prepare", by=cast.officer, at=NOW):
        pass
    assert counts() == before
    assert [e.head.phase for e in Evaluation.objects.order_by("pk")] == ["planned", "preparing"]


def test_one_that_grew_since_it_was_read_stops_them_all(cast):
    known = platforms()
    with ledger.record(cast.platform("a"), "platform.changed", by=cast.officer, at=NOW):
        pass
    before = counts()
    with (
        pytest.raises(Conflict) as refused,
        ledger.record_many(known, "platform.changed", by=cast.officer, at=NOW),
    ):
        pass
    assert [p.code for p in refused.value.problems] == ["ledger.changed"]
    assert counts() == before
    assert sorted(p.head.size for p in platforms()) == [1, 2]


def test_nothing_is_written_where_the_block_fails(cast):
    before = counts()
    with pytest.raises(ZeroDivisionError), ledger.begin_many("thing", "thing.added", 2, by=None, at=NOW):
        _ = 1 / 0
    with (
        pytest.raises(ZeroDivisionError),
        ledger.record_many(platforms(), "platform.changed", by=None, at=NOW),
    ):
        _ = 1 / 0
    assert counts() == before
    assert [p.head.size for p in platforms()] == [1, 1]


@pytest.mark.parametrize("count", [0, 1, 30])
def test_statements_do_not_grow_with_the_number_of_things(cast, count, django_assert_num_queries):
    with (
        django_assert_num_queries(5 if count else 2),  # savepoint, heads, events, leaves, release
        ledger.begin_many("thing", "thing.added", count, by=None, at=NOW),
    ):
        pass
