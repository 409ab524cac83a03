"""The scoring page in Chromium: its size, opening without a network, a tap, sending what was made offline."""

import base64
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.browser import PHONE, Visitor, chromium
from tests.e2e.server import demo, serving

from benchmarks import Figure

SLOWER = 4  # times: a phone's processor
OPENINGS, TAPS, PHOTOS = 5, 40, 20
PAINTED = """
async option => {
  const start = performance.now();
  option.click();
  await new Promise(done => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  return performance.now() - start;
}
"""
PICTURE = """
async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 800, height: 600 });
  const drawing = canvas.getContext("2d");
  const image = drawing.createImageData(800, 600);
  image.data.forEach((_, place) => { image.data[place] = place % 4 === 3 ? 255 : Math.random() * 256; });
  drawing.putImageData(image, 0, 0);
  return canvas.toDataURL("image/jpeg", 0.6).split(",")[1];
}
"""


def measure() -> list[Figure]:
    """Open the page of the demo's evaluation in scoring as its member."""
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        serving(demo(Path(folder) / "made"), Path(folder) / "data") as server,
    ):
        one = Visitor(browser, server.address, size=PHONE)
        one.sign_in("expert", server.password())
        address = scoring(server.folder)
        size = first_load(one, address)
        with slowed(one):
            opened, tapped = sorted(openings(one, address)), sorted(taps(one))
        sent = drained(one)
        one.context.close()
    return [
        Figure("first load of the scoring page, compressed", size / 1024, "KB", bound=150),
        Figure("it opens without a network, processor 4 × slower", median(opened), "s", bound=1),
        Figure(
            "a tap until it is painted, processor 4 × slower", median(tapped), "ms", bound=50,
            note=f"p95 {quantiles(tapped, n=20)[-1]:.0f} ms",
        ),
        Figure(f"51 marks and {PHOTOS} photos made offline are sent", sent, "s", bound=10),
    ]  # fmt: skip


def scoring(folder: Path) -> str:
    base = sqlite3.connect(f"file:{folder / 'zhiping.sqlite3'}?mode=ro", uri=True)
    found = base.execute("SELECT min(id) FROM ledger_head WHERE kind = 'evaluation' AND phase = 'scoring'")
    ((key,), *_) = found.fetchall()
    base.close()
    return f"/evaluations/{uuid.UUID(key)}/fieldwork"


def first_load(one: Visitor, address: str) -> int:
    """Return the bytes that came over the network until the page is there, and what is kept by the worker."""
    session, sizes = one.context.new_cdp_session(one.page), list[int]()
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    shown(one, address)
    size = sum(sizes)
    one.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    one.page.reload()
    one.page.locator(".criterion").first.wait_for()
    return size


@contextmanager
def slowed(one: Visitor) -> Iterator[Any]:
    session = one.context.new_cdp_session(one.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    yield
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})


def shown(one: Visitor, address: str) -> float:
    start = time.perf_counter()
    one.page.goto(address, wait_until="commit")
    one.page.locator(".criterion").first.wait_for()
    return time.perf_counter() - start


def openings(one: Visitor, address: str) -> list[float]:
    one.context.set_offline(True)
    return [shown(one, address) for _ in range(OPENINGS + 1)][1:]


def taps(one: Visitor) -> list[float]:
    options = one.page.locator(".criterion input[type=radio]").element_handles()[: 2 * TAPS : 2]
    return [option.evaluate(PAINTED) for option in options]


def drained(one: Visitor) -> float:
    """Mark every criterion and add photos offline; return the seconds it takes to send them."""
    picture = one.page.evaluate(PICTURE)
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": base64.b64decode(picture)}
    cards = one.page.locator("[data-criterion]").evaluate_all("all => all.map(one => one.dataset.criterion)")
    for name in cards:
        one.page.locator(f"[data-criterion='{name}'] input[type=radio]").last.check()
    one.page.locator("[data-criterion='1.1'] summary").click()
    one.page.locator("[data-criterion='1.1'] input[type=file]").set_input_files([file] * PHOTOS)
    one.page.locator("[data-criterion='1.1']", has_text=str(PHOTOS)).wait_for()
    one.page.wait_for_timeout(5_000)
    start = time.perf_counter()
    one.context.set_offline(False)
    one.page.locator(".sync button").click()
    one.page.locator(".sync.done").wait_for()
    return time.perf_counter() - start
