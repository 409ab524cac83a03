"""An archive package with 150 photos (30 MB): built and sealed, verified, beside a plain SHA-256."""

import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.documents.package.packages import KEY, contents, world

from benchmarks import Figure
from zhiping.documents.package.building import build, place_seal
from zhiping.documents.package.contents import File

PHOTOS, SIZE, ROUNDS = 150, 200_000, 5


def measure() -> list[Figure]:
    """Build, seal and verify a package of 150 photos that lie on the disk."""
    made = world(photos=0)
    with tempfile.TemporaryDirectory(prefix="zp-package-") as name:
        folder = Path(name)
        for number in range(PHOTOS):
            made.hand_in(f"photo{number}.jpg", made.random.randbytes(SIZE))
        for path, content in made.files.items():
            (folder / path.replace("/", "-")).write_bytes(content)
        files = [File(path, folder / path.replace("/", "-")) for path in made.files]
        packed = contents(made, files=files)
        (folder / "key.txt").write_text(KEY.public)
        rounds = [_round(folder, number, packed) for number in range(ROUNDS + 1)][1:]
    building, verifying, plain = (statistics.median(one) for one in zip(*rounds, strict=True))
    size = f"{PHOTOS} photos, {PHOTOS * SIZE / 1e6:.0f} MB"
    note = f"plain SHA-256 of the same bytes: {plain:.3f} s"
    return [
        Figure(f"package of {size}, built, verified and sealed", building, "s", 5),
        Figure(f"`zhiping verify` of it, with key and seal, {size}", verifying, "s", 1.5, note=note),
    ]


def _round(folder: Path, number: int, packed: object) -> tuple[float, float, float]:
    target = folder / f"package{number}.zip"
    start = time.perf_counter()
    built = build(packed, target)  # type: ignore[arg-type] # contents of the tests are not typed
    place_seal(target, KEY.sign(built.seal_text(KEY.name)))
    building = time.perf_counter() - start
    start = time.perf_counter()
    command = [sys.executable, "-m", "zhiping", "verify", str(target), "--key", str(folder / "key.txt")]
    subprocess.run(command, check=True, capture_output=True)
    verifying = time.perf_counter() - start
    start = time.perf_counter()
    with target.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return building, verifying, time.perf_counter() - start
