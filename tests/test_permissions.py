"""Permissions derived from the life cycle: seats and further conditions."""

from types import SimpleNamespace

import pytest
import rules

from zhiping import permissions
from zhiping.domain.lifecycle import Move, State

ROWS = (
    Move("tests.one", (State.PLANNED,), None, (("authority",), ("lead",)), "x"),
    Move("tests.one", (State.PREPARING,), None, (("authority",), ("lead",)), "x"),
    Move("tests.two", (State.PLANNED,), None, (("lead",),), "x", by_self=(("lead", "second"),)),
)


def holds(seat):
    return rules.predicate(lambda user, _: seat in user.seats)


@pytest.fixture
def bound():
    seats = {name: holds(name) for name in ("authority", "lead", "second")}
    permissions.bind(ROWS, seats, but={"two": rules.predicate(lambda _, subject: subject.open)})
    yield
    for name in ("tests.one", "tests.two"):
        rules.remove_perm(name)


def may(seat, permission, *, active=True, **given):
    person = SimpleNamespace(is_active=active, seats={seat})
    return permissions.may(person, permission, SimpleNamespace(**given))


@pytest.mark.parametrize(("seat", "allowed"), [("authority", True), ("lead", True), ("outsider", False)])
def test_move_is_granted_to_its_seats(bound, seat, allowed):
    assert may(seat, "tests.one") is allowed
    assert may(seat, "tests.one", active=False) is False


@pytest.mark.parametrize(("open_", "allowed"), [(True, True), (False, False)])
def test_move_with_a_further_condition_is_granted_to_each_seat(bound, open_, allowed):
    assert may("lead", "tests.two", open=open_) is allowed
    assert may("second", "tests.two", open=open_) is allowed
    assert may("outsider", "tests.two", open=open_) is False
