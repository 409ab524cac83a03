"""A migration that rebuilds an append-only table keeps its triggers."""

import pytest
from django.db import DatabaseError, connection, models
from tests.server import databases

from zhiping.ledger import triggers
from zhiping.ledger.models import Event


def test_triggers_are_created_again_after_a_migration_that_rebuilds_the_table(committed):
    from django.core.management import call_command

    databases.become(databases.SUPERUSER)
    field = models.CharField(max_length=99, default="")
    field.set_attributes_from_name("later")
    with connection.schema_editor() as editor:
        editor.add_field(Event, field)
        wider = models.CharField(max_length=120, default="", null=True)
        wider.set_attributes_from_name("later")
        editor.alter_field(Event, field, wider)
    lost = triggers.missing()
    assert ("ledger_event_no_update" in lost) == (connection.vendor == "sqlite")
    call_command("migrate", verbosity=0)
    assert triggers.missing() == []
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="zhiping:"):
        cursor.execute("DELETE FROM ledger_event")
