"""The server as real processes, with a separate database of either kind."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.e2e.server import free_port
from tests.server import databases
from tests.server.installation import installation, typed

SOON = 120  # seconds a busy machine may take; `make bench` measures


@pytest.fixture
def installed(tmp_path):
    """Return the variables of an empty, migrated installation."""
    with installation(tmp_path) as variables:
        yield variables


@contextlib.contextmanager
def hangup(handler):
    """Let child processes end by SIGHUP (SIG_DFL), or ignore it (SIG_IGN) as under nohup."""
    kept = signal.signal(signal.SIGHUP, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, kept)


@contextlib.contextmanager
def serving(variables, folder, *, on_hangup=signal.SIG_DFL):
    """Run `serve`; yield its process, its port and the file of its output."""
    port = free_port()
    said = folder / "said.txt"
    command = [sys.executable, "-m", "zhiping", "serve", "--port", str(port), "--processes", "2"]
    with said.open("wb") as out, hangup(on_hangup):
        process = subprocess.Popen(
            command, env=variables, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        wait(lambda: ask(port, "/health")[0] == 200 or process.poll() is not None)
        yield process, port, said
    finally:
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGTERM)
        process.wait(SOON)
        assert psutil.wait_procs(children, timeout=SOON)[1] == []


ADMINISTRATOR = """
import django
django.setup()
from zhiping.accounts.models import User
User(username="admin", office="administrator", password="known").save(force_insert=True)
"""


def test_import_error_is_printed_and_stops_the_server(installed, tmp_path):
    known = {**installed, "DJANGO_SETTINGS_MODULE": "zhiping.project.settings"}
    subprocess.run([sys.executable, "-c", ADMINISTRATOR], env=known, timeout=240, check=True)
    (tmp_path / "broken_settings.py").write_text(
        "from zhiping.project.settings import *\nROOT_URLCONF = 'broken_addresses'\n"
    )
    (tmp_path / "broken_addresses.py").write_text("import nothing_of_this_name\n")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    variables = {**installed, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "broken_settings"}
    done = typed(variables, "serve", "--port", "18999")
    assert done.returncode == 1
    assert "No module named 'nothing_of_this_name'" in done.stderr


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    except OSError:
        return 0, "", {}
    finally:
        connection.close()


def wait(condition):
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def workers(process):
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "worker" in _words(child)]


def _words(child):
    """Return the command line of a process; empty once it has ended."""
    try:
        return child.cmdline()
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return []


def test_empty_system_serves_invites_its_administrator_and_stops_on_signal(installed, tmp_path):
    with serving(installed, tmp_path) as (process, port, said):
        assert ask(port, "/health")[:2] == (200, "ok")
        assert ask(port, "/ready")[:2] == (200, "ok")
        lines = said.read_text().splitlines()
        link = next(line.strip() for line in lines if "/account/" in line or "/invit" in line)
        assert any(line.strip().startswith("PIN: ") for line in lines)
        assert ask(port, link.removeprefix(f"http://127.0.0.1:{port}"))[0] == 200
        assert ask(port, "/")[0] == 302

        wait(lambda: workers(process))
        first = workers(process)[0]
        first.kill()
        wait(lambda: [w for w in workers(process) if w.pid != first.pid])
    assert process.returncode == 0
    assert ask(port, "/health")[0] == 0


def test_one_server_at_a_time_has_a_folder_on_sqlite(installed, tmp_path):
    """On PostgreSQL several may; the lock does not outlive a server that was killed."""
    with serving(installed, tmp_path) as (process, _, _):
        second = subprocess.Popen(
            [sys.executable, "-m", "zhiping", "serve", "--port", str(free_port())],
            env=installed, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if databases.KIND == "sqlite":
            assert second.wait(SOON) == 1
            assert "in use by another" in second.stderr.read()
        else:
            time.sleep(5)
            assert second.poll() is None
            second.terminate()
        second.communicate(timeout=SOON)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        assert psutil.wait_procs(children, timeout=SOON)[1] == []
        again = subprocess.Popen(
            [sys.executable, "-m", "zhiping", "serve", "--port", str(free_port())],
            env=installed, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert any("Serving at" in line for line in again.stdout)
        again.terminate()
        again.communicate(timeout=SOON)


def test_files_of_an_installation_are_readable_by_their_owner_only(installed):
    folder = Path(installed["ZHIPING_DATA"])
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    assert json.loads(typed(installed, "doctor", "--json").stdout)["findings"][2]["state"] == "warn"
    assert typed(as_owner(installed), "migrate").returncode == 0
    assert typed(installed, "doctor", "--json").stdout.count('"warn"') == 0


def test_each_answer_is_one_line_of_json_without_addresses_of_things(installed, tmp_path):
    with serving(installed, tmp_path) as (_, port, said):
        status, _, headers = ask(port, "/platforms/0190c0de-0000-7000-8000-000000000001/")
        number = headers["X-Request-ID"]

        def line():
            rows = [json.loads(row) for row in said.read_text().splitlines() if row.startswith("{")]
            return next((row for row in rows if row.get("request") == number), None)

        wait(line)
        row = line()
    assert {"at", "level", "logger", "message", "method", "route", "status", "ms", "user"} < row.keys()
    assert (row["method"], row["status"], row["user"]) == ("GET", status, None)
    assert "0190c0de" not in json.dumps(row)


def test_the_doctor_finds_a_sound_installation_sound(installed):
    done = typed(installed, "doctor", "--json")
    states = {row["code"]: row["state"] for row in json.loads(done.stdout)["findings"]}
    assert (done.returncode, set(states.values())) == (0, {"ok"})
    assert ("roles" in states) == (databases.KIND == "postgres")


def test_a_server_whose_memory_is_not_guarded_refuses_to_start(installed):
    drop_trigger(installed)
    for command in ("serve", "worker"):
        done = typed(installed, command)
        assert done.returncode == 1
        assert "ledger_event_no_" in done.stderr
    assert typed(installed, "doctor").returncode == 1
    assert typed(as_owner(installed), "migrate").returncode == 0
    assert typed(installed, "doctor").returncode == 0


def as_owner(variables):
    """Name the owner of the tables too, as `migrate` needs it on PostgreSQL."""
    if databases.KIND != "postgres":
        return variables
    owner = variables["ZHIPING_DATABASE"].replace(databases.APP, databases.OWNER)
    return {**variables, "ZHIPING_OWNER_DATABASE": owner}


def test_a_migration_that_the_database_refuses_is_one_clear_error(installed, tmp_path):
    if databases.KIND == "postgres":
        done = typed(installed, "migrate")
    else:
        (tmp_path / "zhiping.sqlite3").write_bytes(b"no database" * 1000)
        done = typed({**installed, "ZHIPING_DATA": str(tmp_path)}, "migrate")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The database was not brought up to date: ")
    assert "Traceback" not in done.stderr


def drop_trigger(variables):
    if databases.KIND == "postgres":
        import psycopg

        address = variables["ZHIPING_DATABASE"].replace(databases.APP, databases.OWNER)
        with psycopg.connect(address, autocommit=True) as owner:
            owner.execute("DROP TRIGGER ledger_event_no_change ON ledger_event")
    else:
        import sqlite3

        with contextlib.closing(sqlite3.connect(Path(variables["ZHIPING_DATA"]) / "zhiping.sqlite3")) as base:
            base.execute("DROP TRIGGER ledger_event_no_update")


def test_unmigrated_database_is_reported(tmp_path):
    variables = {k: v for k, v in os.environ.items() if not k.startswith("ZHIPING_")}
    done = typed({**variables, "ZHIPING_DATA": str(tmp_path), "ZHIPING_LANG": "en"}, "serve")
    assert done.returncode == 1
    assert "zhiping migrate" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_signal_from_the_terminal_ends_all_processes(installed, tmp_path, number):
    with serving(installed, tmp_path) as (process, _, said):
        children = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, number)
        assert process.wait(SOON) == 0
        assert psutil.wait_procs(children, timeout=SOON)[1] == []
        assert "error" not in said.read_text()


def test_hangup_is_ignored_by_a_server_started_with_nohup(installed, tmp_path):
    with serving(installed, tmp_path, on_hangup=signal.SIG_IGN) as (process, port, _):
        wait(lambda: workers(process))
        before = {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
        os.killpg(process.pid, signal.SIGHUP)
        for _ in range(20):
            assert ask(port, "/health")[0] == 200
            time.sleep(0.1)
        # More may have started: children that open files do so ahead of need.
        assert before <= {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
    assert process.returncode == 0


def test_port_in_use_is_reported(installed):
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = typed(installed, "serve", "--port", str(other.getsockname()[1]))
    assert (done.returncode, "--port" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
