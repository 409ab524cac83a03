"""Server time of the insights of 6,000 evaluations beside that of the desk, on both databases.

`python -m benchmarks.insights sqlite` prints one part as JSON. Both pages are requested in turn.
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
from benchmarks.installation import install

EVALUATIONS = 9_500  # of which 6,000 are over at least
ROUNDS, WARM = 40, 2
PAGES = {"desk": "/", "insights": "/insights/"}


def timings() -> dict[str, Any]:
    """Fill the database, digest the results, and time both pages of the officer."""
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from benchmarks import archived, dataset
    from zhiping.insights.actions import digest_results
    from zhiping.ledger.act import Act
    from zhiping.project import wsgi  # noqa: F401 - sets the process up as the server's are

    made = dataset.build(dataset.Size(3000, EVALUATIONS, 2000))
    over = archived.write(made)
    begun = time.perf_counter()
    digest_results(Act.clock(timezone.now()))
    digested = time.perf_counter() - begun
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does within minutes
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(made.officer)
    client.get("/")
    begun = time.perf_counter()
    client.get("/insights/")
    first = time.perf_counter() - begun
    taken: dict[str, list[float]] = {name: [] for name in PAGES}
    for n in range(ROUNDS + WARM):
        for name, url in PAGES.items():
            begun = time.perf_counter()
            if client.get(url).status_code != 200:
                raise SystemExit(url)
            if n >= WARM:
                taken[name].append((time.perf_counter() - begun) * 1000)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    return {"over": over, "digested": digested, "first": first * 1000, **medians}


def measure() -> list[Figure]:
    """Time the pages on both databases."""
    found = []
    for kind in ("sqlite", "postgres"):
        part = _part(kind)
        note = f"{part['insights']:.0f} and {part['desk']:.0f} ms, medians of {ROUNDS} in turn; "
        note += f"{part['over']} results; the first page of a process {part['first']:.0f} ms"
        ratio = part["insights"] / part["desk"]
        found.append(Figure(f"insights ÷ desk, {kind}", ratio, "×", 3, note=note))
        found.append(Figure(f"digests of all results, {kind}", part["digested"], "s"))
    return found


def _part(kind: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.insights", kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=3000)
    return json.loads(done.stdout)  # type: ignore[no-any-return] # as `timings` made it


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="zp-bench-") as held:
        keep = install(sys.argv[1], Path(held))
        print(json.dumps(timings()))
        from django.db import connections

        connections.close_all()
        del keep
