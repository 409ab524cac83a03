"""Every page of things in every state: an answer, never an error (T6)."""

import pytest
from tests.access import matrix
from tests.access.stages import stages
from tests.server import insider
from tests.server.cast import PEOPLE

from zhiping.domain import lifecycle
from zhiping.ledger.models import Head
from zhiping.panels.queries import draw, panel

pytestmark = pytest.mark.t6

STATES = {
    "evaluation": lifecycle.State,
    "programme": lifecycle.ProgrammeState,
    "draw": lifecycle.DrawState,
    "rubric": lifecycle.RubricState,
}
DRAWS = tuple(map(str, lifecycle.DrawState))  # of each a real one, as its state asks for its columns
ABOUT = {
    "evaluation": {"evaluation_id", "seat_id", "record_id", "recusal_id", "trip_id", "programme_id"},
    "programme": {"programme_id", "trip_id", "evaluation_id", "bundle_id"},
    "rubric": {"rubric_id", "programme_id", "evaluation_id"},
    "draw": {"draw_id"},
}
ROLES = ("officer", "head", "lead")  # per push: who sees a thing in every state
FAULT = 500


@pytest.fixture
def world(cast):
    """The world, its states free to be changed."""
    made = stages(cast)
    insider.unguard()
    return made


def put(world, kind, state):
    """Put every thing of a kind into a state."""
    Head.objects.filter(kind=kind).update(phase=state)


def things(world, kind):
    """Return the world once for each thing of a kind whose pages differ."""
    if kind in ("programme", "rubric"):
        return [world]
    drawn = [{**world, "draw": world[state]} for state in (*DRAWS, "applied")]
    return [*drawn, world, {**world, "evaluation": world["self"]}] if kind == "evaluation" else drawn


def requests(world, kind):
    """Return the addresses about a kind of thing, each once, with their names."""
    wanted = ABOUT[kind] | (ABOUT["draw"] if kind == "evaluation" else set())
    asked = {
        matrix.address(name, asks, made): name
        for made in things(world, kind)
        for name, asks in matrix.addresses()
        if wanted & {key for key, _ in asks}
    }
    return asked.items()


def walk(cast, world, kind, roles, *, only=""):
    """Request the pages about a kind of thing in each of its states; return the number, and what failed."""
    visitors = matrix.visitors(cast)
    asked, failed = 0, []
    pages = [
        (url, name)
        for url, name in requests(world, kind)
        if name.startswith(only) and _is_page(visitors["officer"], url)
    ]
    for state in map(str, STATES[kind]):
        if kind != "draw":
            put(world, kind, state)
        for url, name in pages:
            for who in roles:
                asked += 1
                status = matrix.ask(*visitors[who], "get", url)
                if status >= FAULT:
                    failed.append(f"{name} by {who}: {kind} {state}")
    return asked, sorted(set(failed))


def _is_page(visitor, url):
    return matrix.ask(*visitor, "get", url) != 405


@pytest.mark.parametrize("kind", STATES)
def test_pages_of_things_in_every_state_are_no_error(request, cast, world, kind):
    roles = (*PEOPLE, "anonymous") if request.config.getoption("--long") else ROLES
    asked, failed = walk(cast, world, kind, roles)
    assert failed == []
    assert asked >= len(STATES[kind]) * len(roles) * 3


@pytest.mark.parametrize(
    ("name", "who", "module", "target", "instead"),
    [
        ("panels:draw", "officer", draw.Target, "days", lambda target, _: target.evaluations[0]),
        ("panels:declare", "lead", panel, "seats_to_sign", lambda *_: []),
    ],
)
def test_page_that_expects_a_state_is_found(cast, world, monkeypatch, name, who, module, target, instead):
    """Positive control: two pages of things that have to come before the start of an evaluation."""
    monkeypatch.setattr(module, target, instead)
    _, failed = walk(cast, world, "evaluation", [who], only=name)
    assert f"{name} by {who}: evaluation cancelled" in failed
