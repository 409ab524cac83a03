"""Two at once: the database says who came first, alike on SQLite and PostgreSQL."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from django.db import IntegrityError, connections
from tests.server.cast import NOW

from zhiping.domain.errors import AlreadyDone, Conflict
from zhiping.ledger import actions
from zhiping.ledger.models import Event, Head, Leaf
from zhiping.rubrics.models import Rubric

MANY, ROUNDS = 8, 100


def at_once(*jobs):
    """Run jobs in threads that start together; return what each gave, or what it raised."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        gate.wait(20)
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
    with actions.move(rubric, "withdraw", by=None, at=NOW) as entry:
        entry.data = {"reason": "试验"}
    return "won"


def thing():
    with actions.begin("thing", "thing.begun", by=None, at=NOW) as entry:
        pass
    return entry.head.id


def test_of_two_who_make_the_same_move_one_wins_and_one_is_told(committed):
    rubric_id = Rubric.objects.get().pk
    for _ in range(10):
        found = at_once(lambda: withdraw(rubric_id), lambda: withdraw(rubric_id))
        assert outcomes(found) == ["Conflict", "won"]
        with actions.move(Rubric.objects.get(), "restore", by=None, at=NOW):
            pass
    names = Event.objects.filter(head=rubric_id, name="rubric.withdrawn")
    assert names.count() == 10
    assert Head.objects.get(id=rubric_id).size == Event.objects.filter(head=rubric_id).count()


def test_of_two_different_changes_of_what_both_saw_one_wins(committed):
    head = thing()

    def change(word, seen):
        with actions.record(
            Head.objects.get(id=head), "thing.changed", by=None, at=NOW, expect=seen
        ) as entry:
            entry.data = {"word": word}
        return "won"

    for seen in range(1, 11):
        found = at_once(lambda s=seen: change("甲", s), lambda s=seen: change("乙", s))
        assert outcomes(found) == ["Conflict", "won"]
    assert Event.objects.filter(head=head).count() == 11


def post(head, key):
    with actions.record(Head.objects.get(id=head), "thing.changed", by=None, at=NOW, id=key):
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
            with actions.begin("thing", "thing.begun", by=None, at=NOW, id=key):
                pass
            return "won"

        assert outcomes(at_once(*[start] * MANY)) == ["AlreadyDone"] * (MANY - 1) + ["won"]
        assert Event.objects.filter(head=key).count() == 1


def test_what_is_read_in_a_turn_is_what_the_one_before_wrote(committed):
    head = thing()

    def count():
        with actions.record(Head.objects.get(id=head), "thing.counted", by=None, at=NOW) as entry:
            entry.data = {"before": Event.objects.filter(head=head).count()}
        return "won"

    for _ in range(10):
        at_once(*[count] * 4)
    told = Event.objects.filter(head=head, name="thing.counted").order_by("seq")
    assert [event.data["before"] for event in told] == list(range(1, 41))


def test_looking_before_taking_the_turn_is_found_out(committed, monkeypatch):
    """The positive control: what was read before the turn is no longer true; nobody could tell the person."""
    seen, together = threading.local(), threading.Barrier(2)

    def take(head, to, sources, expect):
        if seen.head.phase not in sources:
            return None
        Head.objects.filter(id=head).update(size=seen.head.size + 1, phase=to)
        return seen.head.size + 1

    def careless():
        seen.head = Head.objects.get(id=rubric_id)
        together.wait(20)
        try:
            return withdraw(rubric_id)
        except IntegrityError:
            return IntegrityError

    monkeypatch.setattr(actions, "_take", take)
    rubric_id = Rubric.objects.get().pk
    assert outcomes(at_once(careless, careless)) == ["IntegrityError", "won"]
