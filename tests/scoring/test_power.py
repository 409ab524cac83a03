"""T2: the power fails while marks are saved on SQLite; no acknowledged mark is lost (replayed crash images).

On PostgreSQL its own log orders the writes; `doctor` reads back that it waits for the disk.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from django.db import connection
from tests.scoring.scoring import begun, give, one, opened
from tests.server.power import Disk, Recorder, images

pytestmark = pytest.mark.t2
SAVES = 12
TIMES = [1, *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 11))]


def recorded(cast, synchronous):
    """Save marks while SQLite's calls are recorded; return them, the disk before, and the database's path."""
    evaluation = begun(cast)
    own, table = opened(cast, evaluation, "member"), evaluation.rubric.as_domain().criteria
    last, path = {}, str(connection.settings_dict["NAME"])
    connection.close()
    disk, recorder = Disk(**{path: Path(path).read_bytes()}), Recorder()
    with recorder.recording():
        if synchronous:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA synchronous={synchronous}")
        for number in range(SAVES):
            names = list(table)[: 51 if number % 4 == 0 else 1]
            sent = [one(name, str(table[name].levels[0].low), replaces=last.get(name)) for name in names]
            assert [answer.refused for answer in give(cast, "member", own, *sent)] == [None] * len(sent)
            last.update((event.data["criterion"], event.id) for event in sent)
            for event in sent:
                recorder.say(event.id.hex)
        connection.close()
    return recorder, disk, path


def lost(cast, moments, *, synchronous="", seed=1):
    """Return how many images were opened, and what is wrong in them."""
    recorder, disk, path = recorded(cast, synchronous)
    wrong, count = [], 0
    for dice, said in images(recorder, disk, moments, seed):
        count += 1
        folder = Path(tempfile.mkdtemp(dir=Path(path).parent))
        try:
            wrong += problems(disk.image(dice, folder, path), said)
        finally:
            shutil.rmtree(folder)
    assert any(call[0] == "sync" for call in recorder.calls) or synchronous == "OFF"
    return count, wrong


def problems(path, said):
    """Return what is wrong in a database that is opened after the power is back."""
    with contextlib.closing(sqlite3.connect(path)) as base:
        try:
            sound = base.execute("PRAGMA integrity_check").fetchone()[0]
            there = {row[0] for row in base.execute("SELECT id FROM ledger_event WHERE name = 'mark.given'")}
        except sqlite3.DatabaseError as error:
            return [f"corrupt: {error}"]
    return ([] if sound == "ok" else [f"corrupt: {sound[:60]}"]) + [
        f"lost {key}" for key in said if key not in there
    ]


@pytest.mark.parametrize("time", TIMES)
def test_no_acknowledged_mark_is_lost_when_the_power_fails(committed, time):
    if connection.vendor == "sqlite":
        assert lost(committed, 200, seed=time) == (200, [])


@pytest.mark.parametrize(("synchronous", "found"), [("FULL", "lost"), ("OFF", "corrupt")])
def test_weaker_durability_is_found(committed, synchronous, found):
    """Positive control: FULL does not wait for the deleted journal, OFF for nothing."""
    if connection.vendor == "sqlite":
        _, wrong = lost(committed, 60, synchronous=synchronous)
        assert any(text.startswith(found) for text in wrong)
