"""On PostgreSQL the server's role has no privilege to change events, even by faulty code."""

import psycopg
import pytest
from django.db import connection
from psycopg import errors
from tests.ledger.test_triggers import MEMORY
from tests.server import databases

STATEMENTS = (
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "DROP TRIGGER {table}_no_change ON {table}",
    "ALTER TABLE {table} RENAME TO other",
    "ALTER TABLE {table} OWNER TO zhiping_app",
    "CREATE RULE quiet AS ON INSERT TO {table} DO INSTEAD NOTHING",
)
OTHER = (
    "DELETE FROM ledger_head",
    "TRUNCATE ledger_head CASCADE",
    "CREATE OR REPLACE FUNCTION zhiping_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "SET ROLE zhiping_owner",
    "CREATE TABLE other (id int)",
    "DELETE FROM django_migrations",
)


@pytest.fixture
def app(committed):
    """A connection with the server's role."""
    address = databases.address(databases.APP, connection.settings_dict["NAME"])
    with psycopg.connect(address, autocommit=True) as server:
        yield server


if databases.KIND == "postgres":

    def test_server_role_cannot_change_events_or_triggers(app):
        statements = [
            statement.format(table=table, column=column)
            for table, column in MEMORY.items()
            for statement in STATEMENTS
        ]
        for statement in [*statements, *OTHER]:
            with pytest.raises(errors.InsufficientPrivilege):
                app.execute(statement)

    def test_the_owner_could(app):
        """Positive control: the owner's same statements are refused by triggers only, or not at all."""
        address = databases.address(databases.OWNER, connection.settings_dict["NAME"])
        with psycopg.connect(address, autocommit=True) as owner:
            with pytest.raises(errors.RestrictViolation, match="only takes new rows"):
                owner.execute("DELETE FROM ledger_event")
            owner.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")
            assert owner.execute("UPDATE ledger_event SET name = 'other'").rowcount > 1

    def test_the_server_runs_as_its_role(cast):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (databases.APP,)
