"""Pages while 200 clients send one byte every two seconds, and throughput without them.

The server as it is run, beside granian's WSGI interface, whose threads wait for the bodies.
"""

import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import Figure

CLIENTS, EVERY = 200, 2.0  # connections, and seconds between two bytes of one
ASKED, ROUNDS, EACH = 40, 3, 300
TOO_LONG = 4.0  # seconds until an answer counts as none
PAGE = "/account/login/"
BODY = (
    b"POST /account/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken=" + b"a" * 32 + b"\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n"
)
HEADERS = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
WITH_WSGI = """
import sys
import django
django.setup()
from granian import Granian
Granian(
    "zhiping.project.wsgi:application", address="127.0.0.1", port=int(sys.argv[1]), interface="wsgi",
    blocking_threads=4, backlog=512, log_enabled=False,
).serve()
"""


def served() -> list[str]:
    """Return the command of the server as it is run."""
    return [sys.executable, "-m", "zhiping", "serve", "--port"]


def served_by_wsgi() -> list[str]:
    """Return the command that serves the same by granian's WSGI interface."""
    return [sys.executable, "-c", WITH_WSGI]


@contextlib.contextmanager
def serving(command: list[str], folder: Path) -> Iterator[int]:
    """Serve a migrated data folder; give the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ZHIPING_")}
    environment |= {"ZHIPING_DATA": str(folder), "ZHIPING_ADDRESS": f"http://127.0.0.1:{port}"}
    environment["DJANGO_SETTINGS_MODULE"] = "zhiping.project.settings"
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen([*command, str(port)], stdout=said, stderr=said, env=environment)
    try:
        wait(lambda: process.poll() is not None or seconds(port, "/health") < TOO_LONG, 120)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def wait(condition: Callable[[], bool], most: float) -> None:
    """Wait until a condition holds; RuntimeError where it does not in time."""
    until = time.monotonic() + most
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError(f"not within {most} seconds")
        time.sleep(0.05)


def seconds(port: int, path: str) -> float:
    """Return how long an answer takes; infinite where there is none soon."""
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TOO_LONG)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return time.perf_counter() - begun if answer.status == 200 else float("inf")
    except OSError:
        return float("inf")
    finally:
        connection.close()


@contextlib.contextmanager
def dripping(port: int, beginning: bytes, clients: int = CLIENTS) -> Iterator[list[bytes]]:
    """Let clients send a request byte by byte while the block lasts; give what they are answered.

    A client whose connection is ended begins again.
    """
    answers: list[bytes] = []
    stop = threading.Event()
    sockets = [_begun(port, beginning) for _ in range(clients)]

    def drip() -> None:
        while not stop.wait(EVERY):
            for at, one in enumerate(sockets):
                try:
                    one.send(b"a")
                    answers.append(one.recv(4096))
                except BlockingIOError:
                    continue
                except OSError:
                    answers.append(b"")
                one.close()
                sockets[at] = _begun(port, beginning)

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()
        for one in sockets:
            one.close()


def _begun(port: int, beginning: bytes) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=TOO_LONG)
    one.sendall(beginning)
    one.settimeout(0)
    return one


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]


def rate(port: int, path: str) -> float:
    """Return how many requests a second one connection is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    begun = time.perf_counter()
    for _ in range(EACH):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()
    return EACH / (time.perf_counter() - begun)


def slow(folder: Path) -> Iterator[Figure]:
    """Measure the server while clients drip."""
    with serving(served(), folder) as port:
        for name, beginning in (("bodies", BODY), ("headers", HEADERS)):
            with dripping(port, beginning):
                for path, bound in (("/health", 1.0), (PAGE, 2.0)):
                    times = [seconds(port, path) for _ in range(ASKED)]
                    what = f"`{path}`, p95 of {ASKED}, while {CLIENTS} clients drip {name}"
                    yield Figure(what, p95(times) * 1000, "ms", bound * 1000)
    with serving(served_by_wsgi(), folder) as port, dripping(port, BODY):
        lost = sum(seconds(port, "/health") == float("inf") for _ in range(5))
        note = "granian's WSGI interface, while the same clients drip bodies"
        yield Figure("`/health` not answered, of 5", lost, "", note=note)


def throughput(folder: Path) -> Iterator[Figure]:
    """Measure both arrangements in turns, without slow clients."""
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for name, command in (("serve", served()), ("wsgi", served_by_wsgi())):
            with serving(command, folder) as port:
                for path in ("/health", PAGE):
                    found.setdefault((path, name), []).append(rate(port, path))
    for path in ("/health", PAGE):
        own, other = (statistics.median(found[path, name]) for name in ("serve", "wsgi"))
        note = f"{own:.0f} /s, in turns; one connection"
        what = f"`{path}`, requests a second ÷ granian's WSGI interface"
        yield Figure(what, own / other, "×", 0.8, most=False, note=note)


def measure() -> list[Figure]:
    """Measure an empty installation on SQLite."""
    with tempfile.TemporaryDirectory(prefix="zp-slow-") as name:
        folder = Path(name)
        environment = {**os.environ, "ZHIPING_DATA": name}
        subprocess.run([sys.executable, "-m", "zhiping", "migrate"], env=environment, check=True)
        return [*slow(folder), *throughput(folder)]


if __name__ == "__main__":
    for figure in measure():
        print(figure.name, f"{figure.value:.3g}", figure.unit, figure.verdict, figure.note)
