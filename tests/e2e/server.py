"""The real server in a separate process with a separate data folder."""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

STARTS_WITHIN = 120  # seconds on a busy machine
ENDS_WITHIN = 60
AGE = """
import sys, django
django.setup()
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    one = SessionStore(row.session_key)
    one["since"] -= int(sys.argv[1]) * 60
    for record in one.get("account_authentication_methods", []):
        record["at"] -= int(sys.argv[1]) * 60
    one.save()
"""
FIRST = re.compile(r"(http\S+/invitation/\S+).*?(\d{6})", re.DOTALL)


@dataclass
class Server:
    """A running server: URL, data folder, output."""

    address: str
    folder: Path
    log: Path

    def first_administrator(self):
        """Return link and PIN it printed for the first administrator."""
        return FIRST.search(self.log.read_text()).groups()

    def password(self):
        """Return the password of all accounts of the demo."""
        return (self.folder / "demo.password").read_text().strip()

    def hall(self, name):
        """Return the ids of an evaluation of the halls."""
        return json.loads((self.folder / "halls.json").read_text())[name]

    def age_sessions(self, *, minutes):
        """Move the start of all sessions back by a period."""
        settings = environment(self.folder, DJANGO_SETTINGS_MODULE="zhiping.project.settings")
        subprocess.run([sys.executable, "-c", AGE, str(minutes)], check=True, env=settings, timeout=60)


def environment(folder, **settings):
    """Return an environment without the variables of the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZHIPING_", "DJANGO_", "PYTEST_"))}
    return {**kept, "ZHIPING_DATA": str(folder), **settings}


def run(*command, folder):
    """Run a command of the program."""
    subprocess.run(
        [sys.executable, "-m", "zhiping", *command],
        check=True, env=environment(folder), timeout=240, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def empty(folder):
    """Create the data folder of a new installation."""
    run("migrate", folder=folder)
    return folder


def demo(folder):
    """Create the data folder of the demo."""
    run("demo", "--data", str(folder), "--build-only", folder=folder)
    return folder


def halls(empty, folder):
    """Create the data folder of an installation with the examples in scoring; halls.json has their ids."""
    shutil.copytree(empty, folder)
    settings = environment(folder, DJANGO_SETTINGS_MODULE="zhiping.project.settings")
    subprocess.run([sys.executable, "-m", "tests.e2e.halls"], check=True, env=settings, timeout=240)
    return folder


@contextlib.contextmanager
def serving(made, folder, *, host="127.0.0.1"):
    """Serve a copy of a data folder; the processes started here are ended by their own ids."""
    shutil.copytree(made, folder)
    port = free_port()
    address, log = f"http://{host}:{port}", folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "zhiping", "serve", "--port", str(port)],
            env=environment(folder, ZHIPING_ADDRESS=address), stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(f"{address}/ready", process, log)
        yield Server(address, folder, log)
    finally:
        end(process)
    found = faults(log)
    assert not found, "\n".join(found)


def faults(log):
    """Return the lines of a log with errors."""
    return [
        line for line in log.read_text().splitlines() if '"level": "error"' in line or "Traceback" in line
    ]


def free_port():
    """Return a free port below the range that the system uses for outgoing connections."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


def wait_for(address, process, log, trusted=None):
    """Wait until the server is ready; `trusted`: the certificates of one that encrypts."""
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5, context=trusted):
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def end(process):
    """Stop a server and its children: by SIGTERM, then by SIGKILL to the group."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(ENDS_WITHIN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(ENDS_WITHIN)
