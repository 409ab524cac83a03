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

ROUNDS, WARM = 60, 3
QUIET = "2.5 ms where nothing else runs on the same host; times above grow with it"


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
        ("platform", at("dossier:platform", made.platform), officer, 25),
        ("triggers", at("registry:triggers"), officer, 25),
        ("operators", at("registry:operators"), officer, 25),
        ("experts", at("experts:experts"), officer, 25),
        ("expert", at("dossier:expert", made.pool_expert), officer, 25),
        ("programme", at("dossier:programme", made.programme), officer, 60),
        ("evaluations", at("evaluations:evaluations"), officer, 25),
        ("evaluations, of an expert", at("evaluations:evaluations"), made.expert, 25),
        ("evaluation", at("dossier:evaluation", made.evaluation), officer, 25),
        ("panel", at("panels:panel", made.evaluation), officer, 25),
        ("visit", at("visits:visit", made.evaluation), officer, 25),
        ("inbox", at("notices:inbox"), officer, 25),
        ("people", at("accounts:people"), officer, 25),
    ]


def pace() -> float:
    """Return the time of a fixed loop of Python in milliseconds, as a measure of the present load."""
    begun = time.perf_counter()
    for n in range(50_000):
        n * n % 7
    return (time.perf_counter() - begun) * 1000


def warmed(client: Any, address: str) -> int:
    """Request a page until its caches are filled; return the number of queries of one response."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(WARM):
        answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)


def timings(tenth: int) -> dict[str, dict[str, float]]:
    """Fill the database with L or a tenth and time every page, in turns so that all see the same machine."""
    from django.test import Client

    from zhiping.project import wsgi  # noqa: F401 - sets the process up as the server's are

    made = fill(tenth)
    clients: dict[Any, Any] = {}
    pages = addresses(made)
    for _, _, who, _ in pages:
        if who.pk not in clients:
            clients[who.pk] = Client(SERVER_NAME="127.0.0.1")
            clients[who.pk].force_login(who)
    found: dict[str, dict[str, float]] = {
        name: {"bound": bound, "statements": warmed(clients[who.pk], address)}
        for name, address, who, bound in pages
    }
    taken: dict[str, list[float]] = {name: [] for name in found}
    paces = []
    for _ in range(ROUNDS):
        paces.append(pace())
        for name, address, who, _ in pages:
            begun = time.perf_counter()
            clients[who.pk].get(address)
            taken[name].append((time.perf_counter() - begun) * 1000)
    for name, times in taken.items():
        found[name] |= {"p50": statistics.median(times), "p95": sorted(times)[int(ROUNDS * 0.95)]}
        found[name]["pace"] = statistics.median(paces)
    return found


def measure() -> list[Figure]:
    """Time every page on both databases, at L and at a tenth of it."""
    found = []
    for kind in ("sqlite", "postgres"):
        small, full = (_part(kind, tenth) for tenth in (10, 1))
        for name, page in full.items():
            growth = _growth(page, small[name])
            note = f"p95 {page['p95']:.1f} ms; {page['statements']} statements; ÷ L/10 {growth:.2f}"
            found.append(Figure(f"{name}, {kind}", page["p50"], "ms", page["bound"], note=note))
        tails = max(page["p95"] / page["bound"] for page in full.values())
        growths = max(_growth(page, small[name]) for name, page in full.items())
        loop = next(iter(full.values()))["pace"]
        most = max(page["statements"] for page in full.values())
        same = all(page["statements"] == small[name]["statements"] for name, page in full.items())
        found += [
            Figure(f"a loop of Python meanwhile, {kind}", loop, "ms", note=QUIET),
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


def _growth(full: dict[str, float], small: dict[str, float]) -> float:
    """Return how much slower a page is at L, with how fast the machine was in either run taken out."""
    return full["p50"] / full["pace"] / (small["p50"] / small["pace"])


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
