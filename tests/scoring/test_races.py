"""T9: two devices, repeated requests and a hand-in at the same time; the database orders them."""

import dataclasses
import threading

import pytest
from django.db import OperationalError, connection
from tests.ledger.test_races import MANY, at_once
from tests.scoring.scoring import begun, fresh, full, give, one, opened
from tests.server.cast import NOW

from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.scoring.actions import mark, sheet
from zhiping.scoring.models import Sheet

pytestmark = pytest.mark.t9
ROUNDS = [5, pytest.param(100, marks=pytest.mark.long)]


def statuses(answers):
    return sorted(
        answer.refused.problems[0].code if answer.refused else "known" if answer.already_done else "accepted"
        for answer in answers
    )


@pytest.fixture
def made(committed):
    evaluation = begun(committed)
    return committed, evaluation, opened(committed, evaluation, "member")


@pytest.mark.parametrize("rounds", ROUNDS)
def test_the_same_event_many_times_at_once_is_recorded_once(made, rounds):
    cast, _, own = made
    last = None
    for _ in range(rounds):
        event = one("3.1", "2", replaces=last)
        found = at_once(*[lambda e=event: give(cast, "member", own, e)[0]] * MANY)
        assert statuses(found) == ["accepted"] + ["known"] * (MANY - 1)
        assert len({(answer.seq, answer.hash) for answer in found}) == 1
        last = event.id
    assert fresh(own).head.size == rounds + 1


def last_write_wins(monkeypatch):
    """Judge each event as if it replaced the mark there is."""
    judge = mark.Book.judge

    def lenient(book, sent):
        before = book.current.get(sent.data["criterion"])
        return judge(book, dataclasses.replace(sent, replaces=before.event if before else None))

    monkeypatch.setattr(mark.Book, "judge", lenient)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_two_devices_one_is_accepted_and_the_other_stale(made, rounds):
    cast, _, own = made
    last = None
    for _ in range(rounds):
        events = [one("3.1", points, replaces=last, reason="无") for points in ("2", "0")]
        found = at_once(*[lambda e=event: give(cast, "member", own, e)[0] for event in events])
        assert statuses(found) == ["accepted", "mark.stale"]
        last = next(answer.id for answer in found if answer.refused is None)


def test_server_where_the_last_write_wins_is_found(made, monkeypatch):
    cast, _, own = made
    last_write_wins(monkeypatch)
    events = [one("3.1", points, reason="无") for points in ("2", "0")]
    found = at_once(*[lambda e=event: give(cast, "member", own, e)[0] for event in events])
    assert statuses(found) == ["accepted", "accepted"]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_mark_is_recorded_after_the_hand_in(made, rounds):
    cast, evaluation, own = made
    give(cast, "member", own, *full(evaluation))
    last = next(m.event for m in own.marks.all() if m.criterion == "3.1")
    for _ in range(rounds):
        event = one("3.1", "2", replaces=last)
        at_once(
            lambda e=event: give(cast, "member", own, e)[0],
            lambda: sheet.hand_in(Act(cast.member, NOW), fresh(own)),
        )
        names = list(Event.objects.filter(head=own.pk).order_by("seq").values_list("name", flat=True))
        assert names[-1] == "sheet.handed_in"
        if Event.objects.filter(pk=event.id).exists():
            last = event.id
        sheet.ask_return(Act(cast.member, NOW), fresh(own), reason="再看")
        sheet.return_sheet(Act(cast.lead, NOW), fresh(own))
    assert list(verification.verify_all()) == []


def test_sheets_locked_before_their_evaluation_deadlock(made, monkeypatch):
    """Positive control: PostgreSQL aborts one of the two; SQLite has one lock."""
    if connection.vendor == "sqlite":
        assert not connection.features.has_select_for_update
        return
    cast, evaluation, own = made
    give(cast, "member", own, *full(evaluation))
    lock, together = Act._lock, threading.Barrier(2)

    def sheets_first(act, things):
        if act.cause is None:
            first, *rest = sorted(things, key=lambda one: one.head.kind, reverse=True)
            held = lock(act, [first]) if rest else frozenset()
            together.wait(20)  # a mark has locked its evaluation, a hand-in its sheet
            return held | lock(act, rest or [first])
        return lock(act, things)

    monkeypatch.setattr(Act, "_lock", sheets_first)
    with pytest.raises(OperationalError, match="deadlock"):
        at_once(
            lambda: give(cast, "member", own, one("3.1", "2")),
            lambda: sheet.hand_in(Act(cast.member, NOW), fresh(own)),
        )


def test_sheet_opened_many_times_at_once_is_one(committed):
    evaluation = begun(committed)
    found = at_once(*[lambda: opened(committed, evaluation, "member2").pk] * MANY)
    assert len(set(found)) == Sheet.objects.filter(evaluation=evaluation).count() == 1
