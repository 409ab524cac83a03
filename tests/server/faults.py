"""Faults of a database that pass: no room, only readable, locked or gone."""

import contextlib
import os
import sqlite3

from django.db import OperationalError, connection
from tests.server import databases

FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"""
TABLES = ("ledger_head", "ledger_event", "django_session", "accounts_counted")
SQLITE = connection.vendor == "sqlite"


FILLED = (
    "INSERT INTO django_session VALUES (%s, %s, 0)",
    "INSERT INTO accounts_counted VALUES (%s, %s, '2999-01-01')",
    """INSERT INTO ledger_event (id, name, data, head_id, seq, at, nonce, sent)
    SELECT %s, '', json_quote(%s), id, random() & 1000000000, '', '', '' FROM ledger_head LIMIT 1""",
)


def fill(cursor):
    """Let SQLite's file not grow any more, and leave no room in the last pages of some tables."""
    cursor.execute("PRAGMA page_count")
    cursor.execute(f"PRAGMA max_page_count={cursor.fetchone()[0]}")
    for statement in FILLED:
        for size in (3000, 1000, 300, 100, 30, 1):
            with contextlib.suppress(OperationalError):
                while True:
                    cursor.execute(statement, [os.urandom(16).hex(), "x" * size])


@contextlib.contextmanager
def full():
    """No room in the database."""
    with connection.cursor() as cursor:
        if SQLITE:
            fill(cursor)
        else:
            databases.become("postgres")
            cursor.execute(FULL)
            for table in TABLES:
                cursor.execute(f"CREATE TRIGGER a_full BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()")
            databases.become(databases.APP)
    yield
    with connection.cursor() as cursor:
        if SQLITE:
            cursor.execute("PRAGMA max_page_count=1000000")
        else:
            databases.become("postgres")
            cursor.execute("DROP FUNCTION full_disk CASCADE")
            databases.become(databases.APP)


@contextlib.contextmanager
def read_only():
    """A database that can only be read."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only=ON" if SQLITE else "SET default_transaction_read_only = on")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only=OFF" if SQLITE else "SET default_transaction_read_only = off")


@contextlib.contextmanager
def locked():
    """A database that another program locks; on PostgreSQL, which locks rows only, one that is gone."""
    if not SQLITE:
        with lost():
            yield
        return
    connection.settings_dict["OPTIONS"]["timeout"], kept = 0.1, connection.settings_dict["OPTIONS"]["timeout"]
    connection.close()
    with contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
    connection.settings_dict["OPTIONS"]["timeout"] = kept
    connection.close()


@contextlib.contextmanager
def lost():
    kept = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    yield
    connection.settings_dict.update(kept)
