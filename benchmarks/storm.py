"""The network is back in the hall: fifty devices send what they kept while others open pages.

`python -m benchmarks.storm sqlite 10` prints the figures as JSON, on a tenth of data set L. Devices and
readers are threads of this process, so they take a part of the same two cores.
"""

import base64
import http.client
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks import Figure
from benchmarks.installation import fill, install
from benchmarks.marks import sheets
from benchmarks.serving import serving, sessions

DEVICES, PHOTOS, SIZE = 50, 3, 200_000  # bytes of a photo
READERS, PAUSE = 4, 0.2  # people who open pages meanwhile, and seconds between two pages of one
AGAIN = 0.5  # seconds until a device sends again what was not taken
LONGEST = 600.0
JSON = {"Content-Type": "application/json"}
PIECE = {"Content-Type": "application/offset+octet-stream"}


def photo() -> bytes:
    """Return a picture of noise, of about 200 KB."""
    from PIL import Image

    noise = Image.frombytes("L", (640, 480), random.Random(1).randbytes(640 * 480))
    held = BytesIO()
    noise.save(held, "JPEG", quality=82)
    return held.getvalue()


def another(picture: bytes, text: str) -> bytes:
    """Return the picture with a comment, which makes it another file; of the promised size or more."""
    comment = text.encode().ljust(100)
    made = picture[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + picture[2:]
    return made + bytes(max(0, SIZE - len(made)))


class Device:
    """A device with a mark of every criterion and some photos, sent until each is taken."""

    def __init__(self, port: int, token: str, sheet: str, evaluation: str, points: dict[str, str]) -> None:
        self.port, self.token, self.sheet, self.evaluation = port, token, sheet, evaluation
        self.points, self.sent_again = points, 0

    def send(self, picture: bytes) -> None:
        """Send everything."""
        from zhiping.ids import uuid7

        events = [
            {"id": str(uuid7()), "criterion": name, "points": points, "at": "2026-11-20T09:00:00Z"}
            for name, points in self.points.items()
        ]
        body = json.dumps({"events": events}).encode()
        self._until("POST", f"/api/v1/sheets/{self.sheet}/marks", JSON, body)
        for number in range(PHOTOS):
            self._photo(another(picture, f"{self.sheet} {number}"), str(uuid7()), number)

    def _photo(self, content: bytes, key: str, number: int) -> None:
        name, own = (base64.b64encode(text.encode()).decode() for text in (f"3.4 {number}.jpg", key))
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content))}
        about = headers | {"Upload-Metadata": f"filename {name},id {own}"}
        self._until("POST", f"/api/v1/evaluations/{self.evaluation}/uploads", about)
        at = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", **PIECE}
        self._until("PATCH", f"/api/v1/uploads/{key}", at, content, done=(404, 409))

    def _until(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b"", done: tuple[int, ...] = ()
    ) -> None:
        """Send until it is taken; `done`: answers to what was taken before its answer was lost."""
        first = True
        while True:
            status = self._status(method, path, headers, body)
            if status in (200, 201, 204) or (not first and status in done):
                return
            if 400 <= status < 500 and status != 429:
                raise SystemExit(f"{method} {path}: {status}")
            self.sent_again, first = self.sent_again + 1, False
            time.sleep(AGAIN)

    def _status(self, method: str, path: str, headers: dict[str, str], body: bytes) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.token}", **headers})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


class Readers:
    """People who open one page after another while the block lasts; times in seconds, one for each page."""

    def __init__(self, port: int, asked: list[tuple[str, str]]) -> None:
        self.port, self.asked, self.times, self.errors = port, asked, list[float](), 0
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(n,)) for n in range(READERS)]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        for path, cookie in itertools.islice(itertools.cycle(self.asked), number * 3, None):
            if self._ended.wait(PAUSE):
                return
            begun = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.request("GET", path, headers={"Cookie": cookie})
                answer = connection.getresponse()
                answer.read()
                self.errors += answer.status != 200
            except (OSError, http.client.HTTPException):
                self.errors += 1
            finally:
                connection.close()
            self.times.append(time.perf_counter() - begun)


def devices() -> list[tuple[str, str, str, dict[str, str]]]:
    """Open the sheets; return for each a token of its member, its id, its evaluation and legal marks."""
    from django.utils import timezone

    from zhiping.accounts.actions import tokens
    from zhiping.accounts.models import User
    from zhiping.ledger.act import Act
    from zhiping.scoring.models import Sheet
    from zhiping.scoring.queries.sheet import table_of

    made = []
    for sheet, person in sheets(DEVICES):
        member = User.objects.get(pk=person)
        token = tokens.add_token(Act(member, timezone.now()), name="bench", scope="write", days=1)[1]
        found = Sheet.objects.select_related("evaluation__rubric").get(pk=sheet)
        points = {name: str(one.levels[0].low) for name, one in table_of(found.evaluation).criteria.items()}
        made.append((token, sheet, str(found.evaluation_id), points))
    return made


def figures(folder: Path, tenth: int) -> dict[str, Any]:
    """Fill the database, start the server, read pages alone, then let all devices send at once."""
    from django.db import connections

    asked, made, picture = sessions(fill(tenth)), devices(), photo()
    connections.close_all()
    os.environ.pop("ZHIPING_OWNER_DATABASE", None)
    with serving(folder) as (port, _, _):
        with Readers(port, asked) as before:
            time.sleep(15)
        held = [Device(port, *one) for one in made]
        begun = time.perf_counter()
        with Readers(port, asked) as readers, ThreadPoolExecutor(len(held)) as pool:
            for done in [pool.submit(device.send, picture) for device in held]:
                done.result(LONGEST)
        took = time.perf_counter() - begun
    return {
        "took": took, "again": sum(device.sent_again for device in held), "errors": readers.errors,
        "p95": p95(readers.times), "before": p95(before.times), "pages": len(readers.times), **missing(made),
    }  # fmt: skip


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def missing(made: list[tuple[str, str, str, dict[str, str]]]) -> dict[str, int]:
    """Return what was acknowledged and is not in the database, and what is there twice."""
    from zhiping.evidence.models import Evidence
    from zhiping.ledger.models import Event
    from zhiping.scoring.models import Mark

    of = [sheet for _, sheet, _, _ in made]
    wanted = sum(len(points) for *_, points in made)
    marks = Mark.objects.filter(sheet__in=of).count()
    events = Event.objects.filter(head__in=of, name="mark.given").count()
    photos = Evidence.objects.filter(name__endswith=".jpg").values("sha256").distinct().count()
    return {
        "lost": wanted - marks + len(made) * PHOTOS - photos,
        "twice": events - marks + Evidence.objects.count() - photos,
    }


def measure() -> list[Figure]:
    """Measure on both databases, each in a process of its own."""
    return [figure for kind in ("sqlite", "postgres") for figure in _measure(kind)]


def _measure(kind: str) -> list[Figure]:
    command = [sys.executable, "-m", "benchmarks.storm", kind, "10"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
    got = json.loads(done.stdout)
    what = f"{DEVICES} devices send 51 marks and {PHOTOS} photos of {SIZE // 1000} KB each"
    sent = f"{got['again']} requests sent again"
    pages = f"{got['pages']} pages of {READERS} people; before it {got['before'] * 1000:.0f} ms"
    return [
        Figure(f"{what}, {kind}", got["took"], "s", 60, note=sent),
        Figure(f"lost or doubled of it, {kind}", got["lost"] + got["twice"], "", 0),
        Figure(f"pages of others meanwhile, p95, {kind}", got["p95"] * 1000, "ms", 500, note=pages),
        Figure(f"pages of others meanwhile that were errors, {kind}", got["errors"], "", 0),
    ]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="zp-bench-") as kept:
        keep = install(sys.argv[1], Path(kept))
        print(json.dumps(figures(Path(kept), int(sys.argv[2]))))
        from django.db import connections

        connections.close_all()
        del keep
