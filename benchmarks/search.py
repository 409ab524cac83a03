"""Server time of the search over 10,000 archived evaluations, on both databases.

`python -m benchmarks.search sqlite` prints one part as JSON. Whole requests go one after another through
Django's own handler in this process.
"""

import json
import random
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

EVALUATIONS, OVER = 15_700, 10_000  # of all; of these are over at least
QUERIES, ROUNDS = 120, 3
COMMON = ("平", "平台", "质量", "服务平台", "质量服务平台", "2025", "公示", "未及时更新", "收费标准 网站首页")


def queries(rng: random.Random) -> list[str]:
    """Return parts of the texts of one to four characters, pairs of them, and words found everywhere."""
    from zhiping.finding.models import Text

    texts = list(Text.objects.order_by("pk").values_list("folded", flat=True)[:: max(1, 60_000 // 4000)])

    def word() -> str:
        part = rng.choice(rng.choice(texts).split())
        first = rng.randrange(len(part))
        return part[first : first + rng.randrange(1, 5)]

    cut = [word() if n % 4 else f"{word()} {word()}" for n in range(QUERIES)]
    return [*cut, *COMMON]


def timings() -> dict[str, Any]:
    """Fill the database, index it, and time every query of the officer and of an operator."""
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from benchmarks import archived, dataset
    from zhiping.finding.actions import index_changed
    from zhiping.finding.models import Entry
    from zhiping.ledger.act import Act
    from zhiping.project import wsgi  # noqa: F401 - sets the process up as the server's are

    made = dataset.build(dataset.Size(3000, EVALUATIONS, 2000))
    over = archived.write(made)
    begun = time.perf_counter()
    index_changed(Act.clock(timezone.now()))
    indexed = time.perf_counter() - begun
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does within minutes
    begun = time.perf_counter()
    index_changed(Act.clock(timezone.now()))
    idle = time.perf_counter() - begun
    asked = queries(random.Random(3))
    operator = made.platform.operator.memberships.get().user
    found = {"over": over, "entries": Entry.objects.count(), "indexed": indexed, "idle": idle * 1000}
    for name, who in (("officer", made.officer), ("operator", operator)):
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(who)
        found[name] = _timed(client, asked)
    return found


def _timed(client: Any, asked: list[str]) -> dict[str, Any]:
    taken: dict[str, list[float]] = {query: [] for query in asked}
    for n in range(ROUNDS + 1):
        for query, times in taken.items():
            begun = time.perf_counter()
            answer = client.get("/search/", {"q": query})
            if answer.status_code != 200:
                raise SystemExit(f"{query}: {answer.status_code}")
            if n:
                times.append((time.perf_counter() - begun) * 1000)
    every = sorted(time for times in taken.values() for time in times)
    slowest, _ = max(taken.items(), key=lambda one: statistics.median(one[1]))
    return {
        "p50": statistics.median(every), "p95": every[int(len(every) * 0.95)],
        "slowest": slowest, "most": statistics.median(taken[slowest]),
        "common": {query: statistics.median(taken[query]) for query in COMMON},
    }  # fmt: skip


def measure() -> list[Figure]:
    """Time the search on both databases."""
    found = []
    for kind in ("sqlite", "postgres"):
        part = _part(kind)
        size = f"{part['over']} evaluations that are over, {part['entries']} things"
        for who in ("officer", "operator"):
            times = part[who]
            note = f"median {times['p50']:.1f} ms, slowest query {times['most']:.0f} ms; {size}"
            found.append(Figure(f"search, {who}, p95, {kind}", times["p95"], "ms", 50, note=note))
        made, idle = part["indexed"], part["idle"]
        found.append(Figure(f"the whole index, {kind}", made, "s", note=f"nothing to do: {idle:.0f} ms"))
    return found


def _part(kind: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.search", kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=3000)
    return json.loads(done.stdout)  # type: ignore[no-any-return] # as `timings` made it


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="zp-bench-") as held:
        keep = install(sys.argv[1], Path(held))
        print(json.dumps(timings(), ensure_ascii=False))
        from django.db import connections

        connections.close_all()
        del keep
