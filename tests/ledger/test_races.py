"""Races: the database orders concurrent writers, alike on SQLite and PostgreSQL."""

import contextlib
import sqlite3
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection, connections
from tests.server.cast import NOW

from zhiping.domain.errors import AlreadyDone, Conflict
from zhiping.ledger import heads, verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event, Head, Leaf
from zhiping.rubrics.models import Rubric

pytestmark = pytest.mark.t9

MANY, ROUNDS = 8, 100


def at_once(*jobs):
    """Run jobs in threads that start together; return the result of each, or its exception."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        gate.wait(60)
        try:
            return job()
        except (AlreadyDone, Conflict) as refused:
            return type(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs, timeout=120))


def outcomes(found):
    return sorted(outcome if isinstance(outcome, str) else outcome.__name__ for outcome in found)


def withdraw(rubric_id):
    rubric = Rubric.objects.get(pk=rubric_id)
    with Act.clock(NOW).move(rubric, "withdraw", reason="试验"):
        pass
    return "won"


def thing():
    with Act.clock(NOW).begin("tests.anything", "thing", "thing.begun") as entry:
        pass
    return entry.head.id


def test_second_of_two_equal_moves_gets_a_conflict(committed):
    rubric_id = Rubric.objects.get().pk
    for _ in range(10):
        found = at_once(lambda: withdraw(rubric_id), lambda: withdraw(rubric_id))
        assert outcomes(found) == ["Conflict", "won"]
        with Act.clock(NOW).move(Rubric.objects.get(), "restore"):
            pass
    names = Event.objects.filter(head=rubric_id, name="rubric.withdrawn")
    assert names.count() == 10
    assert Head.objects.get(id=rubric_id).size == Event.objects.filter(head=rubric_id).count()


def test_one_of_two_concurrent_changes_wins(committed):
    head = thing()

    def change(word, seen):
        act = Act(None, NOW, expect=seen)
        with act.record("tests.anything", Head.objects.get(id=head), "thing.changed") as entry:
            entry.data = {"word": word}
        return "won"

    for seen in range(1, 11):
        found = at_once(lambda s=seen: change("甲", s), lambda s=seen: change("乙", s))
        assert outcomes(found) == ["Conflict", "won"]
    assert Event.objects.filter(head=head).count() == 11


def post(head, key):
    with Act(None, NOW, key).record("tests.anything", Head.objects.get(id=head), "thing.changed"):
        pass
    return "won"


def test_the_same_post_many_times_at_once_is_one_event(committed):
    head = thing()
    for number in range(1, ROUNDS + 1):
        key = uuid.uuid4()
        found = at_once(*[lambda k=key: post(head, k)] * MANY)
        assert outcomes(found) == ["AlreadyDone"] * (MANY - 1) + ["won"]
        assert Head.objects.get(id=head).size == number + 1
    assert Event.objects.filter(head=head).count() == Leaf.objects.filter(head=head).count() == ROUNDS + 1


def test_the_same_thing_begun_many_times_at_once_is_one_thing(committed):
    for _ in range(10):
        key = uuid.uuid4()

        def start(key=key):
            with Act(None, NOW, key).begin("tests.anything", "thing", "thing.begun"):
                pass
            return "won"

        assert outcomes(at_once(*[start] * MANY)) == ["AlreadyDone"] * (MANY - 1) + ["won"]
        assert Event.objects.filter(head=key).count() == 1


def test_a_read_under_the_lock_sees_the_write_before_it(committed):
    head = thing()

    def count():
        with Act.clock(NOW).record("tests.anything", Head.objects.get(id=head), "thing.counted") as entry:
            entry.data = {"before": Event.objects.filter(head=head).count()}
        return "won"

    for _ in range(10):
        at_once(*[count] * 4)
    told = Event.objects.filter(head=head, name="thing.counted").order_by("seq")
    assert [event.data["before"] for event in told] == list(range(1, 41))


def test_a_read_before_the_lock_is_stale(committed, monkeypatch):
    """Positive control: a state read before the lock is stale when the row is written."""
    seen, together = threading.local(), threading.Barrier(2)

    def grow(head, rows, expect):
        if seen.head.phase not in rows[0].sources:
            return None, None
        Head.objects.filter(id=head).update(size=seen.head.size + 1, phase=rows[0].to)
        return seen.head.size + 1, rows[0]

    def careless():
        seen.head = Head.objects.get(id=rubric_id)
        together.wait(60)
        try:
            return withdraw(rubric_id)
        except IntegrityError:
            return IntegrityError

    monkeypatch.setattr(heads, "grow", grow)
    rubric_id = Rubric.objects.get().pk
    assert outcomes(at_once(careless, careless)) == ["IntegrityError", "won"]


def cross(first, second):
    """Write to one thing while another is locked."""
    things = [Head.objects.get(id=first), Head.objects.get(id=second)]
    act = Act.clock(NOW)
    with act.record("tests.anything", things[0], "thing.crossed", locks=[things[1]]) as entry:
        time.sleep(0.01)
        with act.caused(entry).record("tests.anything", things[1], "thing.crossed"):
            pass
    return "won"


def test_locks_in_the_order_of_ids_never_deadlock(committed):
    one, other = thing(), thing()
    for _ in range(10):
        assert at_once(lambda: cross(one, other), lambda: cross(other, one)) == ["won", "won"]
    sizes = Head.objects.filter(id__in=(one, other)).values_list("size", flat=True)
    assert list(sizes) == [41 - 20, 41 - 20]


def test_locks_in_another_order_deadlock(committed, monkeypatch):
    """Positive control: without the common order PostgreSQL aborts one of the two; SQLite has one lock."""
    if connection.vendor == "sqlite":
        assert not connection.features.has_select_for_update
        return

    def unordered(act, things):
        held = act.cause.locked if act.cause else frozenset()
        for each in things:
            if each.pk not in held:
                Head.objects.select_for_update().get(id=each.pk)
                together.wait(20)
        return held | {each.pk for each in things}

    together = threading.Barrier(2)
    monkeypatch.setattr(Act, "_lock", unordered)
    one, other = thing(), thing()
    with pytest.raises((OperationalError, threading.BrokenBarrierError)):
        at_once(lambda: cross(one, other), lambda: cross(other, one))


def test_a_verification_admits_writers_on_sqlite(committed, monkeypatch):
    """Another program writes between any two ledgers; PostgreSQL's readers lock no writer out."""
    if connection.vendor != "sqlite":
        return
    monkeypatch.setattr(verification, "LEDGERS", 20)  # more than ten batches
    Head.objects.bulk_create(Head(kind="thing", size=1) for _ in range(210))  # broken: they have no entry
    with contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as other:
        verified = verification.verify_all()
        for _ in range(10):
            next(verified)
            other.execute("UPDATE accounts_region SET name = name")
            other.commit()
    assert sum(1 for _ in verified) >= 200
