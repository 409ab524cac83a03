"""Many evaluations at once: throughput per core, and memory that does not grow."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import Figure

EXAMPLE = Path(__file__).parents[1] / "examples/platform"
MANY = 200


def measure() -> list[Figure]:
    """Evaluate 200 copies of the example with all papers; memory is sampled from every process."""
    with tempfile.TemporaryDirectory() as root:
        for number in range(MANY):
            shutil.copytree(EXAMPLE, Path(root) / "all" / f"{number:03}")
        command = [sys.executable, "-m", "zhiping", "evaluate", "--batch", f"{root}/all", "-o", f"{root}/out"]
        start = time.perf_counter()
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        samples = []
        while running.poll() is None:
            samples.append(max(_memory(running.pid), default=0))
            time.sleep(0.1)
        taken = time.perf_counter() - start
        written = len(list(Path(root, "out").glob("*/report.pdf")))
    if running.returncode or written != MANY:
        raise RuntimeError(f"exit {running.returncode}, {written} reports")
    cores = os.cpu_count() or 1
    quarter = len(samples) // 4
    early, late = max(samples[quarter : 2 * quarter]), max(samples[-quarter:])
    return [
        Figure(
            f"`--batch`, {MANY} evaluations × 5 sheets with all papers",
            MANY / taken / cores,
            "evaluations/s per core",
        ),
        Figure("`--batch`, largest process", max(samples), "MB", 300),
        Figure(
            "`--batch`, last quarter ÷ second quarter of the run, largest process", late / early, "×", 1.1
        ),
    ]


def _memory(pid: int) -> list[float]:
    """Return the resident memory of a process and its children, in MB each."""
    found = []
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if "VmRSS" in lines and str(pid) in (path.parent.name, lines["PPid"].strip()):
            found.append(int(lines["VmRSS"].split()[0]) / 1024)
    return found
