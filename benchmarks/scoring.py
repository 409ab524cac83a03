"""Scoring on data set L with 1.5 million mark events, and on a tenth of it: times, statements, rows.

`python -m benchmarks.scoring sqlite` measures one database; `… sqlite 100 10` compares other parts of L, to
see that it works. Both parts are processes that answer in turns, so that they see the same machine.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import Figure
from benchmarks.installation import fill, install
from benchmarks.marks import poster, sheets

ROUNDS, EACH = 7, 5  # rounds in turns, and requests of a kind in each
DATA, SAVE, RESULT, PAGE = "scoring data of an evaluation", "single save", "result page", "evaluation page"


def works(made: Any) -> dict[str, Callable[[], object]]:
    """Return what is measured: requests of a member in scoring, and of an officer after the conclusion."""
    from django.test import Client
    from django.urls import reverse

    from zhiping.accounts.models import User
    from zhiping.scoring.models import Sheet

    sheet, person = sheets(1)[0]
    member, officer = (Client(SERVER_NAME="127.0.0.1") for _ in range(2))
    member.force_login(User.objects.get(pk=person))
    officer.force_login(made.officer)
    data = f"/api/v1/evaluations/{Sheet.objects.get(pk=sheet).evaluation_id}/sheet"
    save = poster(member, sheet)
    result, page = (
        reverse(name, args=[made.concluded.pk]) for name in ("scoring:result", "dossier:evaluation")
    )
    return {
        DATA: lambda: checked(member.post(data, {}, content_type="application/json")),
        SAVE: lambda: save(1),
        RESULT: lambda: checked(officer.get(result)),
        PAGE: lambda: checked(officer.get(page)),
    }


def checked(answer: Any) -> None:
    """Stop where a request is not answered well."""
    if answer.status_code != 200:
        raise SystemExit(f"{answer.request['PATH_INFO']}: {answer.status_code} {answer.content[:500]!r}")


@contextmanager
def counting() -> Iterator[list[int]]:
    """Count the rows that the database returns to Django's cursors while the block lasts."""
    from django.db.backends.utils import CursorWrapper

    rows = [0]

    def fetch(name: str) -> Callable[..., Any]:
        def call(cursor: Any, *args: Any) -> Any:
            found = getattr(cursor.cursor, name)(*args)
            rows[0] += len(found) if isinstance(found, list) else found is not None
            return found

        return call

    names = ("fetchone", "fetchmany", "fetchall")
    for name in names:
        setattr(CursorWrapper, name, fetch(name))
    try:
        yield rows
    finally:
        for name in names:
            delattr(CursorWrapper, name)


def about(work: Callable[[], object]) -> list[int]:
    """Return statements and rows of one request, once its caches are filled."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(3):
        work()
    with CaptureQueriesContext(connection) as asked, counting() as rows:
        work()
    return [len(asked), rows[0]]


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def over_driver(work: Callable[[], object], times: int) -> list[float]:
    """Return the time of a request ÷ that of its statements sent by the driver alone, each in turns."""
    from django.db import connection

    sent: list[tuple[str, Any]] = []

    def noted(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        work()
    reads = [(sql, params) for sql, params in sent if sql.lstrip().upper().startswith("SELECT")]

    def alone() -> None:
        cursor = connection.create_cursor()
        for sql, params in reads:
            cursor.execute(sql, params)
            cursor.fetchall()
        cursor.close()

    return [milliseconds(work) / milliseconds(alone) for _ in range(times)]


def obey(tenth: int) -> None:
    """Fill the database, print statements and rows of each request, then the times that are asked for."""
    made = works(fill(tenth, marks=True))
    print(json.dumps({name: about(work) for name, work in made.items()}), flush=True)
    for line in sys.stdin:
        verb, name, times = json.loads(line)
        work = made[name]
        found = over_driver(work, times) if verb == "driver" else [milliseconds(work) for _ in range(times)]
        print(json.dumps(found), flush=True)


class Side:
    """A process with a database of one size."""

    def __init__(self, kind: str, tenth: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.scoring", "side", kind, str(tenth)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def read(self) -> Any:
        """Return the next line of the process."""
        if self.process.stdout is None or not (line := self.process.stdout.readline()):
            raise SystemExit("a part of the benchmark has ended")
        return json.loads(line)

    def ask(self, *words: object) -> Any:
        """Send a request and return the response."""
        print(json.dumps(words), file=self.process.stdin, flush=True)
        return self.read()

    def close(self) -> None:
        """End the process, which deletes its database."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait(120)


def measured(kind: str, parts: tuple[int, int]) -> list[Figure]:
    """Measure one database at two sizes: the divisors of L, the smaller size first."""
    sides = []
    try:
        sides.extend(Side(kind, tenth) for tenth in parts)
        small, full = (side.read() for side in sides)
        times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in full}
        for _ in range(ROUNDS):
            for name, pair in times.items():
                for side, taken in zip(sides, pair, strict=True):
                    taken.append(statistics.median(side.ask("time", name, EACH)))
        driver = statistics.median(sides[1].ask("driver", DATA, ROUNDS * EACH))
    finally:
        for side in sides:
            side.close()
    return figures(kind, times, small, full, driver)


def figures(
    kind: str, times: dict[str, tuple[list[float], list[float]]], small: Any, full: Any, driver: float
) -> list[Figure]:
    """Return the figures of one database."""
    growth = {
        name: statistics.median(b / a for a, b in zip(*pair, strict=True)) for name, pair in times.items()
    }
    found = [
        Figure(
            f"{name}, {kind}", statistics.median(times[name][1]), "ms",
            note=f"{full[name][0]} statements, {full[name][1]} rows; ÷ L/10 {growth[name]:.2f}",
        )
        for name in full
    ]  # fmt: skip
    beside = statistics.median(a / b for a, b in zip(times[RESULT][1], times[PAGE][1], strict=True))
    most = max(statements for statements, _ in full.values())
    unlike = [name for name in full if full[name] != small[name]]
    return [
        *found,
        Figure(f"largest L ÷ L/10, {kind}", max(growth.values()), "×", 1.5),
        Figure(f"with other statements or rows at L/10, {kind}", len(unlike), "", 0, note=", ".join(unlike)),
        Figure(f"most statements, {kind}", most, "", 12, note="savepoints are counted"),
        Figure(f"{RESULT} ÷ {PAGE}, {kind}", beside, "×", 1.5),
        Figure(f"{DATA} ÷ the driver alone, {kind}", driver, "×", 3),
    ]  # fmt: skip


def measure() -> list[Figure]:
    """Measure on both databases."""
    return [figure for kind in ("sqlite", "postgres") for figure in measured(kind, (10, 1))]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "side":
        with tempfile.TemporaryDirectory(prefix="zp-bench-") as held:
            keep = install(sys.argv[2], Path(held))
            obey(int(sys.argv[3]))
            from django.db import connections

            connections.close_all()
            del keep
    else:
        for one in measured(sys.argv[1], tuple(map(int, sys.argv[2:])) or (10, 1)):  # type: ignore[arg-type] # two
            print(one.name, f"{one.value:.3g}", one.unit, one.verdict, one.note)
