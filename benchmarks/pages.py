"""Server time of pages on data set L and a tenth of it, on both databases.

`python -m benchmarks.pages sqlite 1` prints one part as JSON; 10 is a tenth. Requests go one after another
through Django's own handler in this process, so that the time is the server's alone.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from benchmarks import Figure
from benchmarks.installation import fill, install

ROUNDS, WARM = 40, 3


def addresses(made: Any) -> list[tuple[str, str, Any, float]]:
    """Return the pages: name, address, who asks, the bound in milliseconds."""
    from django.urls import reverse

    def at(name: str, thing: Any = None, query: str = "") -> str:
        return reverse(name, args=[thing.pk] if thing else []) + query

    officer = made.officer
    return [
        ("desk, officer", at("desk:desk"), officer, 60),
        ("desk, expert", at("desk:desk"), made.expert, 60),
        ("due", at("registry:due"), officer, 60),
        ("platforms", at("registry:platforms"), officer, 25),
        (
            "platforms, last page, by due date",
            at("registry:platforms", query="?sort=-due&page=60"),
            officer,
            25,
        ),
        ("platforms, searched", at("registry:platforms", query="?q=0123"), officer, 25),
        ("platform", at("registry:platform", made.platform), officer, 25),
        ("triggers", at("registry:triggers"), officer, 25),
        ("operators", at("registry:operators"), officer, 25),
        ("experts", at("preparation:experts"), officer, 25),
        ("expert", at("preparation:expert", made.pool_expert), officer, 25),
        ("programme", at("preparation:programme", made.programme), officer, 60),
        ("evaluations", at("preparation:evaluations"), officer, 25),
        ("evaluations, of an expert", at("preparation:evaluations"), made.expert, 25),
        ("evaluation", at("preparation:evaluation", made.evaluation), officer, 25),
        ("panel", at("preparation:panel", made.evaluation), officer, 25),
        ("visit", at("preparation:visit", made.evaluation), officer, 25),
        ("inbox", at("notices:inbox"), officer, 25),
        ("people", at("accounts:people"), officer, 25),
    ]


def timed(client: Any, address: str) -> tuple[list[float], int]:
    """Ask a page many times; return its times in milliseconds and how many statements one answer takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(WARM):
        answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    statements = len(asked)
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - begun) * 1000)
    return sorted(times), statements


def timings(tenth: int) -> dict[str, dict[str, float]]:
    """Fill the database with L or a tenth and time every page."""
    from django.test import Client

    made = fill(tenth)
    clients: dict[Any, Any] = {}
    found = {}
    for name, address, who, bound in addresses(made):
        if who.pk not in clients:
            clients[who.pk] = Client(SERVER_NAME="127.0.0.1")
            clients[who.pk].force_login(who)
        times, statements = timed(clients[who.pk], address)
        found[name] = {
            "p50": statistics.median(times), "p95": times[int(len(times) * 0.95)], "bound": bound,
            "statements": statements,
        }  # fmt: skip
    return found


def measure() -> list[Figure]:
    """Time every page on both databases, at L and at a tenth of it."""
    found = []
    for kind in ("sqlite", "postgres"):
        small, full = (_part(kind, tenth) for tenth in (10, 1))
        for name, page in full.items():
            growth = page["p50"] / small[name]["p50"]
            note = f"p95 {page['p95']:.1f} ms; {page['statements']} statements; ÷ L/10 {growth:.2f}"
            found.append(Figure(f"{name}, {kind}", page["p50"], "ms", page["bound"], note=note))
        tails = max(page["p95"] / page["bound"] for page in full.values())
        growths = max(page["p50"] / small[name]["p50"] for name, page in full.items())
        most = max(page["statements"] for page in full.values())
        same = all(page["statements"] == small[name]["statements"] for name, page in full.items())
        found += [
            Figure(f"largest p95 ÷ bound of its page, {kind}", tails, "×", 3),
            Figure(f"largest L ÷ L/10, {kind}", growths, "×", 1.3),
            Figure(
                f"most statements, {kind}",
                most,
                "",
                12,
                note="the same at L/10" if same else "not so at L/10",
            ),
        ]
    return found


def _part(kind: str, tenth: int) -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "benchmarks.pages", kind, str(tenth)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1200)
    return json.loads(done.stdout)  # type: ignore[no-any-return] # as `timings` made it


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="zp-bench-") as held:
        keep = install(sys.argv[1], Path(held))
        print(json.dumps(timings(int(sys.argv[2]))))
        from django.db import connections

        connections.close_all()
        del keep
