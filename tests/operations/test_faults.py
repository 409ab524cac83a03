"""T3: the server on a disk that is full, and on a database that another program holds.

Read-only databases, and full ones on PostgreSQL: tests/project/test_unavailable.py.
"""

import contextlib
import http.client
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.e2e.server import free_port
from tests.operations import test_crash as crash
from tests.operations.test_crash import (
    FOUND,
    MADE,
    SOON,
    Clients,
    acknowledge,
    doubled,
    kill,
    lost,
    processes,
)
from tests.server import databases
from tests.server.installation import prepared, script

pytestmark = pytest.mark.t3
installed, seeded = crash.installed, crash.seeded
SIZE = "24m"
# A disk of its own that vanishes with the process; an ordinary user mounts in a namespace of users.
ON_SMALL_DISK = """
mount -t tmpfs -o size={size},mode=700 none "$1" && cp -r "$2"/. "$1" &&
exec "$3" -m zhiping serve --port "$4"
"""


@contextlib.contextmanager
def serving_on_small_disk(variables, folder):
    """Serve a copy of the data folder on a small disk; give process, port and the path of the disk."""
    made, disk, port = Path(variables["ZHIPING_DATA"]), folder / "disk", free_port()
    disk.mkdir()
    namespace = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    command = [*namespace, "sh", "-c", ON_SMALL_DISK.format(size=SIZE), "-"]
    command += [str(disk), str(made), sys.executable, str(port)]
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            command,
            env={**variables, "ZHIPING_DATA": str(disk)},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        wait(lambda: ask(port, "/ready") == 200 or process.poll() is not None)
        assert process.poll() is None, (folder / "said.txt").read_text()
        yield process, port, Path(f"/proc/{process.pid}/root{disk}")
    finally:
        kill(processes(process))
        process.wait(SOON)


def wait(condition):
    until = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def ask(port, path, **form):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Cookie": f"csrftoken={'a' * 32}", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        body = urlencode({"csrfmiddlewaretoken": "a" * 32, **form}) if form else None
        connection.request("POST" if form else "GET", path, body, headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def fill(path):
    """Write until there is no room, byte by byte at the end."""
    with path.open("ab", buffering=0) as file:
        for size in (2**16, 2**12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


def worker(process):
    return [one.pid for one in processes(process) if "worker" in one.cmdline()]


# In the mounts of the server: a plain copy would be torn by a worker that still writes.
COPY = """
import contextlib, sqlite3, sys
with contextlib.closing(sqlite3.connect(sys.argv[1], timeout=60)) as live:
    with contextlib.closing(sqlite3.connect(sys.argv[2])) as base:
        live.backup(base)
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
"""


def found_in(process, disk, variables, copy):
    """Return what a copy of the data folder of a server on a small disk has."""
    shutil.copytree(disk, copy, ignore=shutil.ignore_patterns("filler", "zhiping.sqlite3*"))
    user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
    inside = ["nsenter", "--target", str(process.pid), "--mount", *user, sys.executable, "-c", COPY]
    live = str(disk).removeprefix(f"/proc/{process.pid}/root")
    names = [f"{folder}/zhiping.sqlite3" for folder in (live, copy)]
    subprocess.run([*inside, *names], check=True, timeout=SOON)
    return json.loads(script({**variables, "ZHIPING_DATA": str(copy)}, FOUND))


def on_a_full_disk(variables, folder, installed, during):
    """Report triggers before, while and after a disk is full; return the clients and what was found."""
    allowed = json.loads(prepared(MADE)[1])
    with serving_on_small_disk(variables, folder) as (process, port, disk):
        with Clients(port, allowed) as clients:
            acknowledge(clients, process, 10)
            wait(lambda: worker(process))
            before = worker(process)
            fill(disk / "filler")
            during(clients, port, disk / "filler")
            (disk / "filler").unlink()
            acknowledge(clients, process, 10)
        assert worker(process) == before
        wait(lambda: ask(port, "/ready") == 200)
        return clients, found_in(process, disk, installed, folder / "copy")


def test_a_full_disk_loses_nothing_acknowledged_and_answers_507(installed, tmp_path):
    if databases.KIND != "sqlite":
        return  # the database's server has its own disk

    def during(clients, port, filler):
        def sign_in():
            fill(filler)  # what an unfinished transaction needed is free after it
            return ask(port, "/account/login/", login="officer", password="anything")

        wait(lambda: clients.statuses[507] >= 10)
        wait(lambda: sign_in() == 507)
        assert ask(port, "/ready") == 503
        assert ask(port, "/health") == 200

    clients, found = on_a_full_disk(installed, tmp_path, installed, during)
    assert (lost(clients, found), doubled(found), clients.refused, found["broken"]) == (set(), [], [], [])


def test_a_server_that_answers_before_a_full_disk_refuses_is_found(installed, seeded, tmp_path):
    if databases.KIND != "sqlite":
        return

    def during(clients, port, _):
        written = len(clients.acknowledged)
        wait(lambda: len(clients.acknowledged) > written + 10)
        time.sleep(1)

    clients, found = on_a_full_disk(seeded("answers_first"), tmp_path, installed, during)
    assert lost(clients, found)


def test_a_database_that_another_program_holds_answers_503_and_recovers(installed, tmp_path):
    if databases.KIND != "sqlite":
        return  # rows have locks of their own
    allowed, port = json.loads(prepared(MADE)[1]), free_port()
    process = crash.start(installed, tmp_path, port)
    try:
        wait(lambda: ask(port, "/ready") == 200 and worker(process))
        before = worker(process)
        with Clients(port, allowed) as clients:
            acknowledge(clients, process, 10)
            path = Path(installed["ZHIPING_DATA"]) / "zhiping.sqlite3"
            with contextlib.closing(sqlite3.connect(path, timeout=30)) as other:
                other.execute("BEGIN EXCLUSIVE")
                wait(lambda: clients.statuses[503] >= 1)
            acknowledge(clients, process, 10)
        assert worker(process) == before
    finally:
        kill(processes(process))
        process.wait(SOON)
    found = json.loads(script(installed, FOUND))
    assert (lost(clients, found), doubled(found), clients.refused, found["broken"]) == (set(), [], [], [])
