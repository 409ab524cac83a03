"""Triggers that make tables append-only and guard their rows, on SQLite and on PostgreSQL.

An app's models name their append-only tables in APPEND_ONLY, and in GUARDS, by table, the query that finds a
row for every new or changed row (NEW) the database may take. DISPOSABLE has, by table, the condition on a
tombstone (`ledger.models`) under which a row (OLD) may be deleted. On SQLite an INSERT OR REPLACE deletes
without firing a DELETE trigger, and a migration that rebuilds a table drops its triggers silently: so inserts
of existing rows are refused too, and triggers are created again after every migration and checked at start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

HEAD = "ledger_head"
NEW_ROWS, GROWS = "only takes new rows", "grows by one and is never replaced"
GUARDED = "does not take this row now"


@dataclass(frozen=True, slots=True)
class Trigger:
    """The text of a trigger, as created and as read back from the database."""

    table: str
    name: str
    sql: str


def append_only() -> list[str]:
    """Return the tables whose rows are never changed or removed."""
    modules = [config.models_module for config in apps.get_app_configs()]
    return sorted(table for module in modules for table in getattr(module, "APPEND_ONLY", ()))


def guards() -> dict[str, str]:
    """Return the query of each guarded table: a new or changed row for which it finds nothing is refused."""
    modules = [config.models_module for config in apps.get_app_configs()]
    return {table: query for module in modules for table, query in getattr(module, "GUARDS", {}).items()}


def disposable() -> dict[str, str]:
    """Return the condition on a tombstone, by table, under which a row may be deleted."""
    modules = [config.models_module for config in apps.get_app_configs()]
    return {table: where for module in modules for table, where in getattr(module, "DISPOSABLE", {}).items()}


def disposes(where: str) -> str:
    """Return the condition that there is a tombstone for a row."""
    return f"EXISTS (SELECT 1 FROM ledger_tombstone WHERE {where})"  # noqa: S608 - contains no value


def make() -> None:
    """Create every trigger again, for the tables that exist."""
    there = set(connection.introspection.table_names())
    on = ' ON "{}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name, body in _functions().items():
            head = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
            cursor.execute(f"{head} AS $body${body}$body$")
        if on and "ledger_tombstone" in there:
            cursor.execute(_DISPOSE.format(deletes=" ".join(f"{one};" for one in _deletes("disposed"))))
        for trigger in _triggers():
            if trigger.table in there:
                cursor.execute(f'DROP TRIGGER IF EXISTS "{trigger.name}"{on.format(trigger.table)}')
                cursor.execute(trigger.sql)
                if on:  # also fires in sessions with session_replication_role = replica
                    cursor.execute(f'ALTER TABLE "{trigger.table}" ENABLE ALWAYS TRIGGER "{trigger.name}"')


_DISPOSE = """
    CREATE OR REPLACE FUNCTION zhiping_dispose(disposed uuid) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public AS $body$ BEGIN {deletes} END $body$
"""  # with the owner's privileges: the app's role may delete nothing of these tables by itself


def _deletes(head: str) -> list[str]:
    """Return the statements that delete what a tombstone permits; `head`: its key, as SQL."""
    return [
        f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM ledger_tombstone WHERE ledger_tombstone.head_id = "  # noqa: S608 - contains no value
        f"{head} AND {where.replace('OLD.', f'{table}.')})"
        for table, where in disposable().items()
    ]


def dispose(head: Any) -> None:
    """Delete the events and other append-only rows of a ledger that has a tombstone."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT zhiping_dispose(%s)", [head])
            return
        for statement in _deletes("%s"):
            cursor.execute(statement, [head.hex])


def missing() -> list[str]:
    """Return the names of triggers that are missing or differ from those created by `make`."""
    with connection.cursor() as cursor:
        cursor.execute(_READ_TRIGGERS[connection.vendor])
        present = {(table, name): sql for table, name, sql in cursor.fetchall()}
        if functions := _functions():
            cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'zhiping_%%'")
            bodies = dict(cursor.fetchall())
            functions = {name: body for name, body in functions.items() if bodies.get(name) != body}
    lost = (trigger for trigger in _triggers() if present.get((trigger.table, trigger.name)) != trigger.sql)
    return [*functions, *(trigger.name for trigger in lost)]


_READ_TRIGGERS = {
    "sqlite": "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """
        SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid, true) FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled = 'A' AND pg_table_is_visible(c.oid)
    """,
}


def _triggers() -> Iterator[Trigger]:
    yield from (_sqlite if connection.vendor == "sqlite" else _postgresql)()


def _sqlite() -> Iterator[Trigger]:
    models = {model._meta.db_table: model for model in apps.get_models()}  # noqa: SLF001 - Django's own name
    for table in (*append_only(), HEAD):
        model = models[table]
        grows = f" WHEN {_HEAD_BREAKS}" if table == HEAD else ""
        kept = f" WHEN NOT {disposes(disposable()[table])}" if table in disposable() else ""
        text = f"zhiping: {table} {GROWS if table == HEAD else NEW_ROWS}"
        for event, clause in (
            ("update", f"UPDATE ON {table}{grows}"),
            ("delete", f"DELETE ON {table}{kept}"),
            ("replace", f"INSERT ON {table} WHEN {_conflicting(model)}"),
        ):
            name = f"{table}_no_{event}"
            body = f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
            yield Trigger(table, name, f"CREATE TRIGGER {name} BEFORE {clause} {body}")
    for table, query in guards().items():
        body = f"BEGIN SELECT RAISE(ABORT, 'zhiping: {table} {GUARDED}'); END"
        for event in ("insert", "update"):
            name, when = f"{table}_guards_{event}", f"WHEN NOT EXISTS ({query})"
            sql = f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} {when} {body}"
            yield Trigger(table, name, sql)


_HEAD_BREAKS = (
    "NEW.rowid IS NOT OLD.rowid OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind "
    "OR NEW.size IS NOT OLD.size + 1"
)


def _conflicting(model: type[Model]) -> str:
    """Return the condition that a new row has the rowid, the key or a unique set of an existing one."""
    meta = model._meta  # noqa: SLF001 - Django's own name
    columns = {field.name: str(field.column) for field in meta.local_fields}
    unique = [["rowid"], *([str(field.column)] for field in meta.local_fields if field.unique)]
    unique += [[columns[name] for name in rule.fields] for rule in meta.total_unique_constraints]
    same = [" AND ".join(f"{column} = NEW.{column}" for column in some) for some in unique]
    exists = f"EXISTS (SELECT 1 FROM {meta.db_table} WHERE {{}})"  # noqa: S608 - names of our own tables
    return " OR ".join(exists.format(condition) for condition in same)


def _postgresql() -> Iterator[Trigger]:
    every, some = "DELETE OR UPDATE OR TRUNCATE", "UPDATE OR TRUNCATE"
    rows = [
        (table, "no_change", some if table in disposable() else every, _refuse(NEW_ROWS))
        for table in append_only()
    ]
    each = "FOR EACH ROW EXECUTE FUNCTION zhiping_keeps_{}()"
    rows += [(table, "no_delete", "DELETE", each.format(table)) for table in disposable()]
    rows.append((HEAD, "no_delete", "DELETE OR TRUNCATE", _refuse(GROWS)))
    rows.append((HEAD, "grows", "UPDATE", "FOR EACH ROW EXECUTE FUNCTION zhiping_grows()"))
    guard = "FOR EACH ROW EXECUTE FUNCTION {}()"
    rows += [(table, "guards", "INSERT OR UPDATE", guard.format(_guard(table))) for table in guards()]
    for table, suffix, events, rest in rows:
        name = f"{table}_{suffix}"
        yield Trigger(table, name, f"CREATE TRIGGER {name} BEFORE {events} ON {table} {rest}")


def _guard(table: str) -> str:
    return f"zhiping_guards_{table}"


def _refuse(text: str) -> str:
    return f"FOR EACH STATEMENT EXECUTE FUNCTION zhiping_refuse('{text}')"


def _functions() -> dict[str, str]:
    """Return the bodies of PostgreSQL's functions; SQLite has none."""
    if connection.vendor == "sqlite":
        return {}
    error = "RAISE restrict_violation USING MESSAGE = concat('zhiping: ', TG_TABLE_NAME, ' ', {}); "
    wrong = " OR ".join(
        f"NEW.{column} IS DISTINCT FROM OLD.{value}"
        for column, value in (("id", "id"), ("kind", "kind"), ("size", "size + 1"))
    )
    return {
        "zhiping_refuse": f"BEGIN {error.format('TG_ARGV[0]')}END",
        "zhiping_grows": f"BEGIN IF {wrong} THEN {error.format(repr(GROWS))}END IF; RETURN NEW; END",
        **{
            f"zhiping_keeps_{table}": f"BEGIN IF NOT {disposes(where)} THEN "
            f"{error.format(repr(NEW_ROWS))}END IF; RETURN OLD; END"
            for table, where in disposable().items()
        },
        **{
            _guard(table): f"BEGIN IF NOT EXISTS ({query}) THEN {error.format(repr(GUARDED))}END IF; "
            "RETURN NEW; END"
            for table, query in guards().items()
        },
    }
