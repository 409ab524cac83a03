"""Whole processes as a person starts them, and the result alone."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import Figure
from zhiping.cli.evaluate import Job, settle
from zhiping.documents.files import rubric_file
from zhiping.documents.spreadsheets import deliberation
from zhiping.domain.result import evaluate

EXAMPLE = Path(__file__).parents[1] / "examples/platform"
ZHIPING = [sys.executable, "-m", "zhiping"]


def median(run: Callable[[], object], times: int) -> float:
    """Return the median wall time of a call, in seconds, after one to warm up."""
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def measure() -> list[Figure]:
    """Time `--help`, `evaluate` with all papers, and the result without reading or writing."""
    sheets = sorted(EXAMPLE.glob("sheets/*.xlsx"))
    words = [*map(str, sheets), "--about", str(EXAMPLE / "evaluation.toml")]
    words += ["--agreed", str(EXAMPLE / "deliberation.xlsx")]
    with tempfile.TemporaryDirectory() as folder:
        papers = [*ZHIPING, "evaluate", *words, "-o", f"{folder}/out"]

        def typed(command: list[str]) -> object:
            return subprocess.run(command, check=True, capture_output=True)

        start = median(lambda: typed([sys.executable, "-c", ""]), 11)
        help_time = median(lambda: typed([*ZHIPING, "--help"]), 11)
        all_papers = median(lambda: typed(papers), 11)
    job = Job(
        tuple(sheets), EXAMPLE / "evaluation.toml", EXAMPLE / "deliberation.xlsx", rubric_file.bundled()
    )
    outcome = settle(job)
    agreed = deliberation.read_agreed(job.agreed or "", job.rubric, outcome.sheets, outcome.about)
    alone = median(lambda: evaluate(job.rubric, outcome.about, outcome.sheets, agreed), 101)
    return [
        Figure(
            "`zhiping --help`, whole process",
            help_time,
            "s",
            0.2,
            note=f"an empty Python takes {start:.3f} s",
        ),
        Figure("`zhiping evaluate` of 5 sheets with all papers, whole process", all_papers, "s", 0.8),
        Figure("the result alone: 5 × 51 marks, readings, α, flip, path", alone * 1000, "ms", 3),
    ]
