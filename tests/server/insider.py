"""Someone with the database, who knows the source: no trigger is in the way, every field can be changed."""

import datetime as dt
from functools import singledispatch

from django.db import connection, models
from tests.server import databases

from zhiping.ids import uuid7
from zhiping.ledger import triggers
from zhiping.ledger.recording import recorded, recording


def unguard():
    """Remove every trigger, as the owner of the database can."""
    databases.become(databases.SUPERUSER)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for table in (*triggers.append_only(), *triggers.guards(), triggers.HEAD):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def edits():
    """Return every model with each of its recorded fields: what an insider may change."""
    for model in recorded():
        for field in model._meta.concrete_fields:
            if not field.primary_key and field.name not in recording(model).unrecorded:
                yield model, field


def change(row, field):
    """Change one field of a row to another value the column takes."""
    value = other(field, getattr(row, field.attname))
    type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: value})


def remove(row):
    """Remove a row, whatever refers to it."""
    rows = type(row)._base_manager.filter(pk=row.pk)
    rows._raw_delete(rows.db)


def add(row):
    """Add a copy of a row under another key, with other texts where they must be unique."""
    meta = row._meta
    row.pk = other(meta.pk, row.pk)
    for field in meta.concrete_fields:
        unique = field.unique or any(field.name in rule.fields for rule in meta.total_unique_constraints)
        if isinstance(field, models.CharField) and unique:
            setattr(row, field.attname, other(field, getattr(row, field.attname)))
    row.save(force_insert=True)


@singledispatch
def other(field, value):
    """Return another value for a field."""
    raise TypeError(type(field).__name__)


@other.register(models.ForeignKey)
def _(field, value):
    rest = field.related_model._base_manager.exclude(pk=value).order_by("pk").first()
    return rest.pk if rest else None


@other.register(models.CharField)
@other.register(models.TextField)
def _(field, value):
    choices = [key for key, _ in field.choices or () if key != value]
    return choices[0] if choices else "x" + (value or "")[1:] if not (value or "").startswith("x") else "y"


@other.register(models.BooleanField)
def _(field, value):
    return not value


@other.register(models.IntegerField)
@other.register(models.DecimalField)
def _(field, value):
    return (value or 0) + 1


@other.register(models.DateField)
def _(field, value):
    return (value or dt.date(2026, 5, 20)) + dt.timedelta(days=1)


@other.register(models.DateTimeField)
def _(field, value):
    return (value or dt.datetime(2026, 5, 20, tzinfo=dt.UTC)) + dt.timedelta(seconds=1)


@other.register(models.JSONField)
def _(field, value):
    return [*value, "x"] if isinstance(value, list) else {**(value or {}), "x": 1}


@other.register(models.BinaryField)
def _(field, value):
    return bytes(value) + b"x"


@other.register(models.UUIDField)
def _(field, value):
    return uuid7()


def is_guarded(model, field, row):
    """Return whether the database itself refuses that a field changes alone."""
    alone = isinstance(field, models.ForeignKey) and other(field, getattr(row, field.attname)) is None
    return alone or any(field.name in str(rule.deconstruct()) for rule in model._meta.constraints)
