"""Backup and restore of 1 GiB, beside a plain copy of the same files on the same disk."""

import hashlib
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import Figure
from benchmarks.installation import fill, install

WHOLE, PHOTO = 2**30, 600_000  # bytes of database and files together, and of a file
PART, ROUNDS = 100, 3  # of data set L: 60 evaluations, each with 30 photos


def measure() -> list[Figure]:
    """Fill an installation with a part of data set L and with photos, and copy it in three ways in turn."""
    with tempfile.TemporaryDirectory(prefix="zp-backup-") as name:
        folder = Path(name)
        install("sqlite", folder)
        fill(PART)
        database = (folder / "data/zhiping.sqlite3").stat().st_size
        _photos(folder / "data/evidence", WHOLE - database)
        rounds = [_round(folder, number) for number in range(ROUNDS + 1)][1:]
    plain, backup, restore = (statistics.median(one) for one in zip(*rounds, strict=True))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    note = (
        f"{backup:.1f} s and {plain:.1f} s; the database has {database / 2**20:.0f} MiB; `cp -r` and `sync`"
    )
    return [
        Figure("`zhiping backup` of 1 GiB ÷ plain copy", backup / plain, "×", 3, note=note),
        Figure("`zhiping restore` of it ÷ plain copy", restore / plain, "×", 6, note=f"{restore:.1f} s"),
        Figure("backup and restore, largest process", largest, "MB", 200),
    ]


def _photos(folder: Path, size: int) -> None:
    draw = random.Random(11)
    while size > 0:
        content = draw.randbytes(min(PHOTO, size))
        size -= len(content)
        sha256 = hashlib.sha256(content).hexdigest()
        (folder / sha256[:2]).mkdir(parents=True, exist_ok=True)
        (folder / sha256[:2] / sha256).write_bytes(content)


def _round(folder: Path, number: int) -> tuple[float, float, float]:
    """Copy, back up and restore once; return the seconds of each until everything is on the disk."""
    backup, restored = folder / f"{number}.tar", folder / f"restored{number}"
    os.sync()
    plain = _timed(lambda: (_run("cp", "-r", str(folder / "data"), str(folder / "copy")), os.sync()))
    shutil.rmtree(folder / "copy")
    os.sync()
    made = _timed(lambda: _zhiping(folder / "data", "backup", str(backup)))
    os.sync()
    (restored).mkdir()
    again = _timed(lambda: _zhiping(restored, "restore", str(backup)))
    shutil.rmtree(restored)
    backup.unlink()
    return plain, made, again


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _zhiping(data: Path, *words: str) -> None:
    variables = {**os.environ, "ZHIPING_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "-m", "zhiping", *words], env=variables, capture_output=True, text=True, check=False
    )
    if (
        done.returncode not in {"backup": (0,), "restore": (0, 1)}[words[0]]
    ):  # 1: the data set has no whole history
        raise RuntimeError(done.stdout + done.stderr)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
