"""Reading one scoring sheet in a child process under limits, beside reading it in this process."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from benchmarks import Figure
from zhiping.documents.apart import apart
from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.documents.spreadsheets.workbook.reading import read_text

ROUNDS = 60


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def measure() -> list[Figure]:
    """Time the first call, which starts a child, then calls in turn with the same work done here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        write_form(bundled(), path)
        cold = milliseconds(lambda: apart(read_text, path, name=path.name))
        pairs = [
            (
                milliseconds(lambda: apart(read_text, path, name=path.name)),
                milliseconds(lambda: read_text(path)),
            )
            for _ in range(ROUNDS)
        ]
    warm, here = (sorted(times) for times in zip(*pairs, strict=True))
    note = f"p95 {quantiles(warm, n=20)[-1]:.1f} ms; in this process {median(here):.1f} ms"
    return [
        Figure("one sheet in a child that is ready", median(warm), "ms", note=note),
        Figure("the first call, which starts the child", cold, "ms"),
    ]
