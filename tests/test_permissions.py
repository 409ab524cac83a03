"""Permissions derived from the life cycle: seats, self-evaluations, further conditions."""

from types import SimpleNamespace

import pytest
import rules

from zhiping import permissions
from zhiping.domain.lifecycle import Move, State

ROWS = (
    Move("tests.one", (State.PLANNED,), None, (("authority",), ("lead",)), "x", by_self=(("head",),)),
    Move("tests.two", (State.PLANNED,), None, (("lead", "second"),), "x"),
    Move("other.three", (State.PLANNED,), None, (("lead",),), "x"),
)


def holds(seat):
    return lambda user, _: seat in user.seats


@pytest.fixture
def bound(monkeypatch):
    monkeypatch.setattr("zhiping.domain.lifecycle.MOVES", {"evaluation": ROWS})
    seats = {name: holds(name) for name in ("authority", "lead", "head", "second")}
    permissions.bind("tests", "evaluation", seats, but={"two": lambda _, subject: subject.open})
    yield
    for name in ("tests.one", "tests.two"):
        rules.remove_perm(name)


def may(seat, permission, kind="authority", **given):
    person = SimpleNamespace(is_active=True, seats={seat})
    return permissions.may(person, permission, SimpleNamespace(kind=kind, **given))


@pytest.mark.parametrize(
    ("seat", "kind", "allowed"),
    [
        ("authority", "authority", True),
        ("lead", "authority", True),
        ("head", "authority", False),
        ("outsider", "authority", False),
        ("head", "self", True),
        ("authority", "self", False),
    ],
)
def test_move_is_granted_to_the_seats_of_its_kind(bound, seat, kind, allowed):
    assert may(seat, "tests.one", kind) is allowed
    around = SimpleNamespace(evaluation=SimpleNamespace(kind=kind))
    assert permissions.may(SimpleNamespace(is_active=True, seats={seat}), "tests.one", around) is allowed


@pytest.mark.parametrize(("open_", "allowed"), [(True, True), (False, False)])
def test_move_is_granted_to_each_who_must_act_together_under_a_further_condition(bound, open_, allowed):
    assert may("lead", "tests.two", open=open_) is allowed
    assert may("second", "tests.two", open=open_) is allowed
    assert may("outsider", "tests.two", open=open_) is False


def test_moves_of_other_stages_and_missing_subjects_are_not_granted(bound):
    assert not rules.perm_exists("other.three")
    assert not permissions.may(SimpleNamespace(is_active=True, seats={"lead"}), "tests.one", None)
    assert not permissions.may(
        SimpleNamespace(is_active=False, seats={"lead"}), "tests.one", SimpleNamespace(kind="authority")
    )
