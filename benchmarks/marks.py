"""Marks saved through the API: batches of 51 and single ones, from two processes, and five savers at once.

`python -m benchmarks.marks sqlite` prints one part as JSON. A saver is a process of its own that posts to
Django's handler as a member's device does; the database is set up as an installation's is.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import Figure
from benchmarks.installation import fill, install

TENTH, SECONDS, MEMBERS = 10, 12, 5
WAIT = 1.0  # seconds a member waits at most


def sheets(count: int) -> list[tuple[str, str]]:
    """Open sheets of members of evaluations in scoring; return the id of each with the person's."""
    from django.utils import timezone

    from benchmarks.dataset import login
    from zhiping.evaluations.queries.evaluation import get_evaluation
    from zhiping.ledger.act import Act
    from zhiping.panels.models import Seat
    from zhiping.scoring.actions.sheet import open_sheet

    seats = Seat.objects.filter(
        evaluation__head__phase="scoring", role__in=Seat.SCORERS, left=None, expert__user__isnull=True
    ).select_related("expert__head", "evaluation")
    made = []
    experts = {seat.expert_id: seat for seat in seats}  # a seat of each
    for number, seat in enumerate(list(experts.values())[:count]):
        person = login(f"saver{number}", seat.expert.name)
        type(seat.expert).objects.filter(pk=seat.expert.pk).update(user=person)
        act = Act(person, timezone.now())
        made.append((str(open_sheet(act, get_evaluation(person, seat.evaluation_id)).pk), str(person.pk)))
    return made


def save(sheet: str, person: str, size: int, seconds: float) -> dict[str, Any]:
    """Post batches of a size for some seconds; return how many marks, and the times of the posts."""
    from django.test import Client

    from zhiping.accounts.models import User
    from zhiping.project import wsgi  # noqa: F401 - sets the process up as the server's are

    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    client.force_login(User.objects.get(pk=person))
    post = poster(client, sheet)
    post(size)
    times, until = [], time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until:
        post(size)
        times.append(time.perf_counter() - begun)
    return {"marks": size * len(times), "times": times}


def poster(client: Any, sheet: str) -> Callable[[int], None]:
    """Return a function that posts a batch in which each mark replaces the one before."""
    from zhiping.ids import uuid7
    from zhiping.scoring.models import Sheet
    from zhiping.scoring.queries.sheet import table_of

    found = Sheet.objects.select_related("evaluation__rubric").get(pk=sheet)
    table = table_of(found.evaluation).criteria
    choices = {name: [str(level.low) for level in one.levels] for name, one in table.items()}
    last: dict[str, str] = {str(mark.criterion): str(mark.event) for mark in found.marks.all()}
    turn = 0

    def post(size: int) -> None:
        nonlocal turn
        names = [list(choices)[(turn + n) % len(choices)] for n in range(size)]
        turn += size
        events = [
            {
                "id": str(uuid7()),
                "criterion": name,
                "points": choices[name][turn % len(choices[name])],
                "replaces": last.get(name),
                "at": "2026-11-20T09:00:00Z",
            }
            for name in names
        ]
        answer = client.post(
            f"/api/v1/sheets/{sheet}/marks", json.dumps({"events": events}), content_type="application/json"
        )
        statuses = {one["status"] for one in answer.json()["answers"]}
        if statuses != {"accepted"}:
            raise SystemExit(f"{answer.status_code} {statuses}")
        last.update((event["criterion"], event["id"]) for event in events)

    return post


def driver_share(sheet: str, person: str) -> dict[str, float]:
    """Return the time of a single save, and the part the driver needed for statements and commit."""
    from django.db import connection
    from django.test import Client

    from zhiping.accounts.models import User

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(pk=person))
    post, spent, statements = poster(client, sheet), [0.0], [0]
    for _ in range(3):
        post(1)
    commit = connection._commit  # noqa: SLF001 - the time of the commit is in no public place

    def timed(work: Callable[..., Any], *args: Any) -> Any:
        begun = time.perf_counter()
        try:
            return work(*args)
        finally:
            spent[0] += time.perf_counter() - begun
            statements[0] += 1

    connection._commit = lambda: timed(commit)  # noqa: SLF001
    whole, alone = [], []
    with connection.execute_wrapper(timed):
        for _ in range(100):
            spent[0], statements[0] = 0.0, 0
            begun = time.perf_counter()
            post(1)
            whole.append((time.perf_counter() - begun) * 1000)
            alone.append(spent[0] * 1000)
    ratio = statistics.median(one / other for one, other in zip(whole, alone, strict=True))
    return {"whole": statistics.median(whole), "ratio": ratio, "statements": statements[0]}


def savers(made: list[tuple[str, str]], size: int) -> list[dict[str, Any]]:
    """Run a process for each sheet at the same time; return what each saved."""
    command = [sys.executable, "-m", "benchmarks.marks", "save"]
    running = [
        subprocess.Popen([*command, *one, str(size), str(SECONDS)], stdout=subprocess.PIPE, text=True)
        for one in made
    ]
    return [json.loads(process.communicate(timeout=SECONDS * 10)[0]) for process in running]


def rate(found: list[dict[str, Any]]) -> float:
    """Return the marks saved in a second by all together."""
    return sum(one["marks"] for one in found) / SECONDS


def part() -> dict[str, Any]:
    """Measure everything on the database that is set up."""
    fill(TENTH)
    made = sheets(MEMBERS)
    share = driver_share(*made[0])
    waits = [most for one in savers(made, 1) for most in one["times"]]
    return {
        "share": share,
        "batches": rate(savers(made[:2], 51)),
        "single": rate(savers(made[:2], 1)),
        "wait": max(waits),
    }


def measure() -> list[Figure]:
    """Measure on both databases."""
    found = []
    for kind in ("postgres", "sqlite"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.marks", kind],
            check=True, capture_output=True, text=True, timeout=1200,
        )  # fmt: skip
        one, least = json.loads(done.stdout), 400 if kind == "postgres" else None
        share = one["share"]
        note = f"{share['statements']} statements and commit; {share['whole']:.1f} ms in all"
        found += [
            Figure(f"marks in batches of 51, two processes, {kind}", one["batches"], "/s", least, most=False),
            Figure(f"marks saved singly, two processes, {kind}", one["single"], "/s"),
            Figure(f"single save ÷ what the driver needed, {kind}", share["ratio"], "×", 3, note=note),
            Figure(f"longest wait of five savers, {kind}", one["wait"], "s", WAIT),
        ]
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "save":
        import django

        django.setup()
        print(json.dumps(save(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))))
    else:
        with tempfile.TemporaryDirectory(prefix="zp-bench-") as held:
            keep = install(sys.argv[1], Path(held))
            os.environ["ZHIPING_DATA"] = held
            print(json.dumps(part()))
            from django.db import connections

            connections.close_all()
            del keep
