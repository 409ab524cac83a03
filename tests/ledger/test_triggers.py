"""The database refuses changes of append-only tables by raw SQL."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.server import databases

from zhiping.ledger import triggers
from zhiping.ledger.models import Event, Head

MEMORY = {
    "ledger_event": "name",  # and a column that can be changed
    "ledger_leaf": "hash",
    "ledger_audit": "action",
    "ledger_checkpoint": "note",
    "ledger_tombstone": "phase",
    "rubrics_rubric": "title",
    "rubrics_legalmark": "points",
    "scoring_result": "grade",
}
pytestmark = pytest.mark.usefixtures("cast", "mighty")


@pytest.fixture
def mighty(db):
    """Connect as the owner, so that only triggers refuse."""
    databases.become(databases.SUPERUSER)


def run(statement, values=()):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def fill():
    """Create a row in each append-only table."""
    from tests.panels import panels
    from tests.server.cast import NOW, Cast

    from zhiping.ids import uuid7
    from zhiping.ledger.actions import audit
    from zhiping.ledger.models import Checkpoint, Tombstone
    from zhiping.scoring.models import Result

    audit("tried", by=None, at=NOW)
    head = Head.objects.filter(kind="platform").first()
    tombstone = {"event": head.pk, "proposed_by": head.pk, "decided_by": uuid7()}
    Tombstone(head=head, size=0, at=NOW, **tombstone).save(force_insert=True)
    Checkpoint(head=head, size=1, at=NOW, note="a note").save(force_insert=True)
    evaluation = panels.opened(Cast())
    Result(
        evaluation=evaluation, document={}, sha256="0" * 64, grade="excellent", graded="95", concluded=NOW
    ).save(force_insert=True)


def test_every_table_of_memory_is_named():
    assert triggers.append_only() == sorted(MEMORY)


@pytest.mark.parametrize("table", MEMORY)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET {column} = 'other'",
        "UPDATE {table} SET {column} = {column}",
        "DELETE FROM {table}",
    ],
)
def test_a_row_stays_as_it_is(table, statement):
    fill()
    with pytest.raises(DatabaseError, match="zhiping:"):
        run(statement.format(table=table, column=MEMORY[table]))


@pytest.mark.parametrize("table", MEMORY)
def test_a_row_cannot_be_replaced(table):
    fill()
    sqlite = connection.vendor == "sqlite"
    again = f"SELECT * FROM {table} LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(again)
        names = [c[0] for c in cursor.description]
    key = "head_id" if table in ("rubrics_rubric", "ledger_tombstone") else "id"
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
    statement = (
        f"INSERT OR REPLACE INTO {table} {again}"
        if sqlite
        else f"INSERT INTO {table} {again} ON CONFLICT ({key}) DO UPDATE SET {changed}"
    )
    with pytest.raises(DatabaseError, match="zhiping:"):
        run(statement)


def test_a_row_cannot_be_replaced_by_another_key():
    """OR REPLACE also deletes a row that conflicts in a unique constraint."""
    if connection.vendor != "sqlite":
        return
    event = Event.objects.first()
    statement = """INSERT OR REPLACE INTO ledger_event (id, head_id, seq, name, at, data, nonce)
                   VALUES (%s, %s, %s, 'other', %s, '{}', '')"""
    with pytest.raises(DatabaseError, match="zhiping:"):
        run(statement, ["0" * 32, event.head_id.hex, event.seq, event.at])


def test_a_row_cannot_be_replaced_by_its_place():
    """Tables of SQLite have one more key: the rowid."""
    if connection.vendor != "sqlite":
        return
    statement = """INSERT OR REPLACE INTO ledger_event (rowid, id, head_id, seq, name, at, data, nonce)
                   SELECT rowid, %s, head_id, 99, 'other', at, '{}', '' FROM ledger_event LIMIT 1"""
    with pytest.raises(DatabaseError, match="only takes new rows"):
        run(statement, ["0" * 32])
    with pytest.raises(DatabaseError, match="grows by one"):
        run("UPDATE OR REPLACE ledger_head SET size = size + 1, rowid = 1 WHERE rowid = 2")


def test_a_session_that_replays_another_database_is_refused_too():
    if connection.vendor == "sqlite":
        return  # SQLite has no such statement
    run("SET LOCAL session_replication_role = replica")
    with pytest.raises(DatabaseError, match="only takes new rows"):
        run("DELETE FROM ledger_event")


@pytest.mark.parametrize("table", [*MEMORY, "ledger_head"])
def test_a_table_cannot_be_emptied_at_once(table):
    if connection.vendor == "sqlite":
        return  # SQLite has no TRUNCATE
    with pytest.raises(DatabaseError, match="zhiping:"):
        run(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "change", ["size = size", "size = size + 2", "size = size - 1", "size = size + 1, kind = 'other'"]
)
def test_a_ledger_grows_by_one_and_keeps_its_kind(change):
    with pytest.raises(DatabaseError, match="zhiping:"):
        run(f"UPDATE ledger_head SET {change}")


def test_a_ledger_is_never_deleted():
    head = Head.objects.create(kind="empty")
    with pytest.raises(DatabaseError, match="zhiping:"):
        head.delete()


def test_all_triggers_are_there():
    assert triggers.missing() == []


def test_missing_trigger_is_reported_and_allows_changes():
    """Positive control of the tests above."""
    name = "ledger_event_no_update" if connection.vendor == "sqlite" else "ledger_event_no_change"
    run(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else " ON ledger_event"))
    assert triggers.missing() == [name]
    assert run("UPDATE ledger_event SET name = 'other'") > 1


def test_altered_trigger_is_reported():
    if connection.vendor == "sqlite":
        run("DROP TRIGGER ledger_event_no_update")
        run("CREATE TRIGGER ledger_event_no_update BEFORE UPDATE ON ledger_event BEGIN SELECT 1; END")
        assert triggers.missing() == ["ledger_event_no_update"]
    else:
        head = "CREATE OR REPLACE FUNCTION zhiping_refuse() RETURNS trigger LANGUAGE plpgsql"
        run(f"{head} AS 'BEGIN RETURN NEW; END'")
        assert triggers.missing() == ["zhiping_refuse"]


def test_disabled_trigger_is_reported():
    if connection.vendor == "sqlite":
        return  # SQLite has no such statement
    run("ALTER TABLE ledger_event DISABLE TRIGGER ledger_event_no_change")
    assert triggers.missing() == ["ledger_event_no_change"]
