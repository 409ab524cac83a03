"""Files handed in in pieces: what a gigabyte takes, and what the server holds in memory meanwhile.

`python -m benchmarks.uploads` prints the figures as JSON. The file system is that of temporary files.
"""

import base64
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import psutil

from benchmarks import Figure
from benchmarks.installation import fill, install
from benchmarks.serving import MIB, memory, serving

FILES, SIZE, PIECE = 20, 50 * MIB, MIB  # a gigabyte less 24 MiB: twenty files of the largest size


def giver() -> tuple[str, str]:
    """Return an evaluation in preparation and a token of an officer who runs it."""
    from django.utils import timezone

    from zhiping.accounts.actions import tokens
    from zhiping.accounts.models import User
    from zhiping.evaluations.models import Evaluation
    from zhiping.ledger.act import Act

    found = Evaluation.objects.filter(head__phase="preparing", authority__isnull=False)[0]
    officer = User.objects.filter(memberships__role="authority", memberships__organisation=found.authority)[0]
    _, token = tokens.add_token(Act(officer, timezone.now()), name="bench", scope="write", days=1)
    return str(found.pk), token


class Peak:
    """The most memory the server's processes hold while the block lasts, in MiB."""

    def __init__(self, process: psutil.Process) -> None:
        self.process, self.most, self._ended = process, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            with contextlib.suppress(psutil.NoSuchProcess):  # the copy that met one file has ended
                self.most = max(self.most, memory(self.process))

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def _asked(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> Any:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status not in (201, 204):
        raise SystemExit(f"{method} {path}: {answer.status} {said.decode(errors='replace')}")
    return answer


def upload(port: int, evaluation: str, token: str, number: int) -> None:
    """Hand in one file of the largest size."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    known = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}
    name = base64.b64encode(f"3.4 {number}.txt".encode()).decode()
    about = {"Upload-Length": str(SIZE), "Upload-Metadata": f"filename {name}"}
    begun = _asked(connection, "POST", f"/api/v1/evaluations/{evaluation}/uploads", known | about)
    line = f"{number:063d}\n".encode()
    piece = line * (PIECE // len(line))
    for offset in range(0, SIZE, PIECE):
        at = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        _asked(connection, "PATCH", begun.headers["Location"], known | at, piece)
    connection.close()


def figures(folder: Path) -> dict[str, float]:
    """Start the server, hand in the files, and watch its memory."""
    from django.db import connections

    fill(100)
    evaluation, token = giver()
    connections.close_all()
    os.environ.pop("ZHIPING_OWNER_DATABASE", None)
    with serving(folder) as (port, process, _):
        upload(port, evaluation, token, FILES)  # what a first file loads is not what files take
        time.sleep(5)
        idle, begun = memory(process), time.perf_counter()
        with Peak(process) as peak:
            for number in range(FILES):
                upload(port, evaluation, token, number)
        took = time.perf_counter() - begun
    return {"rate": FILES * SIZE / MIB / took, "above": peak.most - idle}


def measure() -> list[Figure]:
    """Hand in twenty files of 50 MiB on SQLite."""
    command = [sys.executable, "-m", "benchmarks.uploads"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
    got = json.loads(done.stdout)
    note = f"{FILES} files of {SIZE // MIB} MiB, one after another, in pieces of 1 MiB"
    return [
        Figure("files handed in", got["rate"], "MiB/s", note=note),
        Figure("all processes above idle while files arrive, the most", got["above"], "MiB", 100),
    ]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="zp-bench-") as held:
        keep = install("sqlite", Path(held))
        print(json.dumps(figures(Path(held))))
        del keep
