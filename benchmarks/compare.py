"""Two trees measured in one run, in turns: `python -m benchmarks.compare BASE` prints ratios to BASE.

Each tree runs in processes of its own, on its own database of the same data, with its bytecode on disk. What
else runs on the machine slows both sides alike, so a ratio holds where a time alone would not.
"""

import argparse
import compileall
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
ROUNDS, EACH = 7, 5  # rounds, and requests of a page in one round
PEOPLE, ANSWERS = 8, 400  # at once, and in one round
FLOOR = "floor"
BOUNDED_BY_FLOOR = ("platforms", "experts", "evaluations")
MOST_FLOORS, MOST_PAGE, MOST_PAPERS, LEAST_ANSWERS = 2.5, 0.65, 0.75, 1.6


def environment(tree: Path) -> dict[str, str]:
    path = os.pathsep.join((str(tree / "src"), str(tree)))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZHIPING_", "PYTHONDONTWRITE"))}
    return {**kept, "PYTHONPATH": path}


class Side:
    """One tree's process (`benchmarks/side.py`)."""

    def __init__(self, tree: Path, kind: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(HERE / "benchmarks/side.py"), kind],
            cwd=tree, env=environment(tree), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, *words: object) -> Any:
        """Send a request and return the response; without words, return the first line of the process."""
        if self.process.stdin is None or self.process.stdout is None:
            raise ValueError(words)
        if words:
            print(json.dumps(words), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End the process and its server."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait(60)


def pages(sides: Sequence[Side], known: Sequence[dict[str, Any]], rounds: int) -> list[str]:
    """Time every page on both sides in turns; return a line of a table for each."""
    base, this = sides
    ratios: dict[str, list[float]] = {}
    floors: dict[str, list[float]] = {}
    taken: dict[str, list[float]] = {}
    names = [name for name in known[1] if name != FLOOR]
    for _ in range(rounds):
        for name in names:
            floor = statistics.median(this.ask("time", FLOOR, EACH))
            before = statistics.median(base.ask("time", name, EACH))
            after = statistics.median(this.ask("time", name, EACH))
            ratios.setdefault(name, []).append(after / before)
            floors.setdefault(name, []).append(after / floor)
            taken.setdefault(name, []).append(after)
            taken.setdefault(FLOOR, []).append(floor)
    rows = [
        "| page | ms | ÷ base | ÷ floor | bound | | statements | bytes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    statements, size = known[1][FLOOR]
    floor = statistics.median(taken[FLOOR])
    rows.append(f"| floor | {floor:.2f} | – | 1 | – | – | {statements} | {size} |")
    if not 0.98 <= size / known[1]["platforms"][1] <= 1.02:
        rows.append(
            "The floor's page is no longer as large as the list of platforms: `benchmarks/floor.html`."
        )
    for name in names:
        statements, size = known[1][name]
        ratio, over = statistics.median(ratios[name]), statistics.median(floors[name])
        near = name in BOUNDED_BY_FLOOR
        met = over <= MOST_FLOORS if near else ratio <= MOST_PAGE
        bound = f"≤ {MOST_FLOORS} floors" if near else f"≤ {MOST_PAGE} base"
        rows.append(
            f"| {name} | {statistics.median(taken[name]):.2f} | {ratio:.2f} | {over:.2f} | {bound} | "
            f"{verdict(met)} | {statements} (base {known[0][name][0]}) | {size} (base {known[0][name][1]}) |"
        )
    return rows


def verdict(met: bool) -> str:  # noqa: FBT001 - a fact, not a switch
    return "met" if met else "**missed**"


def answers(sides: Sequence[Side], rounds: int) -> list[float]:
    """Start both servers and request the pages of each in turns; return this ÷ base of each round."""
    servers = [side.ask("serve") for side in sides]
    for port, asked in servers:
        _rate(port, asked)
    return [1 / (_rate(*servers[0]) / _rate(*servers[1])) for _ in range(rounds)]


def _rate(port: int, asked: list[list[str]]) -> float:
    """Return the answers a second to PEOPLE who each request every page in turn, as a browser does."""
    left = iter(range(ANSWERS))
    lock = threading.Lock()
    wrong: list[int] = []

    def request() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                number = next(left, None)
            if number is None:
                break
            path, cookie = asked[number % len(asked)]
            connection.request(
                "GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip, deflate, br"}
            )
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                wrong.append(answer.status)
        connection.close()

    begun = time.perf_counter()
    threads = [threading.Thread(target=request) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"answers that were errors: {wrong}")
    return ANSWERS / (time.perf_counter() - begun)


def papers(trees: Sequence[Path], rounds: int) -> float:
    """Return the time of `evaluate` with all papers, this ÷ base, as whole processes in turns."""
    example = HERE / "examples/platform"
    words = [*map(str, sorted(example.glob("sheets/*.xlsx"))), "--about", str(example / "evaluation.toml")]
    words += ["--agreed", str(example / "deliberation.xlsx")]
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "zhiping", "evaluate", *words, "-o", f"{folder}/out"]
        for _ in range(rounds + 1):
            taken = []
            for tree in trees:
                begun = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment(tree))
                taken.append(time.perf_counter() - begun)
            ratios.append(taken[1] / taken[0])
    return statistics.median(ratios[1:])  # the first one warms the disk's cache


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=("sqlite", "postgres", "server", "papers"), action="append")
    asked = parser.parse_args()
    parts = asked.only or ["sqlite", "postgres", "server", "papers"]
    trees = (asked.base.resolve(), HERE)
    for tree in trees:
        compileall.compile_dir(str(tree / "src"), quiet=1)
    if "papers" in parts:
        ratio = papers(trees, asked.rounds)
        met = verdict(ratio <= MOST_PAPERS)
        print(f"evaluate with all papers ÷ base: {ratio:.2f} (≤ {MOST_PAPERS}: {met})\n", flush=True)
    for kind in ("sqlite", "postgres"):
        if kind in parts or (kind == "postgres" and "server" in parts):
            _database(trees, kind, parts, asked.rounds)


def _database(trees: Sequence[Path], kind: str, parts: Sequence[str], rounds: int) -> None:
    with contextlib.ExitStack() as stack:
        sides, known = [], []
        for tree in trees:  # one after another: two PostgreSQL servers cannot be set up at once
            sides.append(Side(tree, kind))
            stack.callback(sides[-1].close)
            known.append(sides[-1].ask())
        if kind in parts:
            print(f"## Pages, {kind}\n", *pages(sides, known, rounds), "", sep="\n", flush=True)
        if kind == "postgres" and "server" in parts:
            ratios = answers(sides, rounds)
            ratio = statistics.median(ratios)
            each = ", ".join(f"{r:.2f}" for r in ratios)
            met = verdict(ratio >= LEAST_ANSWERS)
            print(f"answers/s ÷ base: {ratio:.2f} (≥ {LEAST_ANSWERS}: {met}; {each})\n")


if __name__ == "__main__":
    main()
