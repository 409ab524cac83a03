"""Migration of a database: tables, triggers, the app's privileges, the bundled rubric and regions."""

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from zhiping.ledger import triggers
from zhiping.operations import private


def migrate() -> None:
    """Migrate as the owner, grant the app's privileges, and load bundled data into an empty database."""
    role = become_owner()
    call_command("migrate", verbosity=0, interactive=False)
    if role:
        grant(role)
    load()
    private.tighten()


def become_owner() -> str:
    """Connect as the database's owner from now on; return the app's role, "" where the owner is the app."""
    app, owner = settings.DATABASES["default"], settings.OWNER_DATABASE
    if not owner:
        return ""
    connections.databases["default"] = {**app, **owner}
    connections["default"].close()
    del connections["default"]
    return str(app["USER"])


def grant(role: str) -> None:
    """Grant the app's role all privileges on ordinary tables, and INSERT only on append-only ones."""
    less = dict.fromkeys(triggers.append_only(), "SELECT, INSERT")
    less |= {triggers.HEAD: "SELECT, INSERT, UPDATE", "django_migrations": "SELECT"}
    name = connection.ops.quote_name(role)
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table in connection.introspection.table_names(cursor):
            quoted = connection.ops.quote_name(table)
            rights = less.get(table, "SELECT, INSERT, UPDATE, DELETE")
            cursor.execute(f"REVOKE ALL ON {quoted} FROM {name}")
            cursor.execute(f"GRANT {rights} ON {quoted} TO {name}")


def load() -> None:
    """Publish the bundled rubric and load the bundled regions, unless present."""
    from zhiping.accounts.actions.regions import load_regions
    from zhiping.accounts.models import Region
    from zhiping.ledger.act import Act
    from zhiping.rubrics.actions import publish_bundled

    if not Region.objects.exists():
        load_regions(Act.clock(timezone.now()))
    publish_bundled(Act.clock(timezone.now()))
