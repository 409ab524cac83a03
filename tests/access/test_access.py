"""Every URL is requested by every role over HTTP; access.toml has the expected status codes (T6).

A row: `get = "200: officer head; 403: staff; 404: *"`, where * is any other signed-in user; an
anonymous request is redirected to the login (302), unless the row has another status under `anonymous`.
"""

import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from tests.access import matrix
from tests.access.world import build
from tests.server.cast import PEOPLE

pytestmark = pytest.mark.t6

ROWS = tomllib.loads((Path(__file__).parent / "access.toml").read_text(encoding="utf-8"))
CHUNKS = 10


def expected(row, method):
    """Return the expected status of each user: name → status."""
    found, rest = {}, None
    for part in row[method].split(";"):
        status, _, names = part.partition(":")
        for name in names.split():
            if name == "*":
                rest = int(status)
            else:
                found[name] = int(status)
    answers = {name: found.get(name, rest) for name in PEOPLE}
    return {**answers, "anonymous": row.get("anonymous", {}).get(method, 302)}


def known():
    return sorted(name for name, _ in matrix.addresses())


def mismatches(cast, names):
    world, visitors = build(cast), matrix.visitors(cast)
    patterns = dict(matrix.addresses())
    asked, wrong = 0, []
    for name in names:
        url = matrix.address(name, patterns[name], world)
        for method in ("get", "post"):
            for who, status in expected(ROWS[name], method).items():
                asked += 1
                got = matrix.ask(*visitors[who], method, url)
                if got != status:
                    wrong.append(f"{method} {name} by {who}: {got}, not {status}")
    return asked, wrong


def test_every_address_is_declared_and_every_row_has_one():
    assert sorted(set(known()) ^ set(ROWS)) == []


def test_the_figure_is_reached():
    assert 2 * len(set(known())) * (len(PEOPLE) + 1) >= 2_000


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_everybody_is_answered_as_declared(cast, chunk):
    names = sorted(ROWS)[chunk::CHUNKS]
    asked, wrong = mismatches(cast, names)
    assert wrong == []
    assert asked == 2 * len(names) * (len(PEOPLE) + 1)


HOLES = {
    "a predicate that lets all pass": ("rules", "has_perm", lambda *_: True, "registry:change-platform"),
    "a query that shows all": (
        "zhiping.registry.queries",
        "visible_to",
        lambda _: apps.get_model("registry", "Platform").objects.all(),
        "dossier:platform",
    ),
}


@pytest.mark.parametrize("hole", HOLES)
def test_missing_permission_check_is_detected(cast, monkeypatch, hole):
    """The positive control."""
    module, target, instead, name = HOLES[hole]
    world, visitors = build(cast), matrix.visitors(cast)
    monkeypatch.setattr(sys.modules[module], target, instead)
    monkeypatch.setattr("zhiping.statements._kept", {})  # a statement compiled earlier would still be used
    url = matrix.address(name, dict(matrix.addresses())[name], world)
    answers = {who: matrix.ask(*visitors[who], "get", url) for who in PEOPLE}
    assert {who: status for who, status in expected(ROWS[name], "get").items() if who in PEOPLE} != answers
