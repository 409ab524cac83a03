"""The server as it is run: how soon it answers, how many pages it answers, what it keeps in memory.

`python -m benchmarks.serving sqlite` prints one database's figures as JSON. The people who ask are threads of
this process, so they take a part of the same two cores.
"""

import contextlib
import http.client
import itertools
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks import Figure
from benchmarks.installation import fill, install
from benchmarks.pages import addresses

PEOPLE, ANSWERS, STARTS = 8, 10_000, 5
LONGEST = 400.0  # seconds; a slower machine is measured by what it did until then
MIB = 2**20


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[int, psutil.Process, float]]:
    """Run `serve` with two processes; give its port, itself and how long it took until it answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "zhiping", "serve", "--port", str(port), "--processes", "2"]
    begun = time.perf_counter()
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
    try:
        while _status(port, "/ready") != 200:
            if process.poll() is not None or time.perf_counter() - begun > 60:
                raise SystemExit((folder / "said.txt").read_text())
            time.sleep(0.02)
        yield port, psutil.Process(process.pid), time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def memory(process: psutil.Process) -> float:
    """Return what the server's processes hold together, in MiB; pages they share count once."""
    return sum(p.memory_full_info().pss for p in (process, *process.children(recursive=True))) / MIB


class People:
    """So many who ask one page after another, each with a session of their own."""

    def __init__(self, port: int, asked: list[tuple[str, str]]) -> None:
        self.port, self.asked = port, asked
        self.answers, self.errors = 0, 0
        self.lock = threading.Lock()

    def until(self, answers: int) -> float:
        """Ask until there were so many answers in all; return the seconds it took."""
        begun = time.perf_counter()
        threads = [threading.Thread(target=self._ask, args=(n, answers, begun)) for n in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - begun

    def _ask(self, number: int, answers: int, begun: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for path, cookie in itertools.islice(itertools.cycle(self.asked), number * 3, None):
            if self.answers >= answers or time.perf_counter() - begun > LONGEST:
                break
            try:
                connection.request("GET", path, headers={"Cookie": cookie})
                answer = connection.getresponse()
                answer.read()
                wrong = answer.status != 200
            except (OSError, http.client.HTTPException):
                wrong = True
                connection.close()
            with self.lock:
                self.answers += 1
                self.errors += wrong
        connection.close()


def sessions(made: Any) -> list[tuple[str, str]]:
    """Return each page's address with the cookie of who asks it."""
    from django.conf import settings
    from django.test import Client

    cookies: dict[Any, str] = {}
    for _, _, who, _ in addresses(made):
        if who.pk not in cookies:
            client = Client(SERVER_NAME="127.0.0.1")
            client.force_login(who)
            name = settings.SESSION_COOKIE_NAME
            cookies[who.pk] = f"{name}={client.cookies[name].value}"
    return [(address, cookies[who.pk]) for _, address, who, _ in addresses(made)]


def figures(folder: Path) -> dict[str, float]:
    """Fill the database with L, start the server some times, and ask it ten thousand pages."""
    from django.db import connections

    asked = sessions(fill(1))
    connections.close_all()
    os.environ.pop("ZHIPING_OWNER_DATABASE", None)
    starts = []
    for _ in range(STARTS):
        with serving(folder) as (_, _, took):
            starts.append(took)
    with serving(folder) as (port, process, _):
        people = People(port, asked)
        first = people.until(ANSWERS // 5)
        early = memory(process)
        rest = people.until(ANSWERS)
        return {
            "start": statistics.median(starts), "rate": people.answers / (first + rest),
            "errors": people.errors, "answers": people.answers, "early": early, "late": memory(process),
        }  # fmt: skip


def measure() -> list[Figure]:
    """Run the server on both databases."""
    found = []
    for kind, processes in (("sqlite", "one web process"), ("postgres", "two web processes")):
        command = [sys.executable, "-m", "benchmarks.serving", kind]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
        got = json.loads(done.stdout)
        bound = 200 if kind == "postgres" else None
        found += [
            Figure(f"`serve` until it answers, {kind}", got["start"], "s", 3),
            Figure(
                f"pages answered to {PEOPLE} people at once, {kind}", got["rate"], "/s", bound, most=False,
                note=f"{processes}; {got['answers']} answers, all pages of the table above in turn",
            ),
            Figure(f"answers that were errors, {kind}", got["errors"], "", 0),
            Figure(f"all processes after {got['answers']} answers, {kind}", got["late"], "MiB", 300),
            Figure(f"the same ÷ after {ANSWERS // 5}, {kind}", got["late"] / got["early"], "×", 1.1),
        ]  # fmt: skip
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="zp-bench-") as held:
        keep = install(sys.argv[1], Path(held))
        print(json.dumps(figures(Path(held))))
        del keep
