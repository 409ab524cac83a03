"""Verification of data set L, with the replay of every row: `python -m benchmarks.verification sqlite`."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import Figure
from benchmarks.installation import fill, install


def measure() -> list[Figure]:
    """Verify on both databases, each in a process of its own."""
    return [figure for kind in ("sqlite", "postgres") for figure in _measure(kind)]


def _measure(kind: str) -> list[Figure]:
    command = [sys.executable, "-m", "benchmarks.verification", kind]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    note = f"{found['ledgers']} ledgers, {found['events']} events; {found['memory']:.0f} MiB"
    name = f"verification and replay of data set L, signed, one core, {kind}"
    return [Figure(name, found["seconds"], "s of processor time", 60, note=note)]


def main(kind: str) -> None:
    """Fill, sign and verify; print the figures as JSON."""
    with tempfile.TemporaryDirectory(prefix="zp-verify-") as folder:
        keep = install(kind, Path(folder))
        import psutil
        from django.db import connections
        from django.utils import timezone

        from zhiping.ledger import checkpoints, verification
        from zhiping.ledger.models import Event, Head

        fill(1)
        checkpoints.sign_grown(now=timezone.now())
        begun = time.process_time()
        broken = len(list(verification.verify_all()))
        seconds = time.process_time() - begun
        if broken:
            raise SystemExit(f"{broken} ledgers do not agree")
        found = {"ledgers": Head.objects.count(), "events": Event.objects.count(), "seconds": seconds}
        print(json.dumps(found | {"memory": psutil.Process().memory_info().rss / 2**20}))
        connections.close_all()
        del keep


if __name__ == "__main__":
    main(sys.argv[1])
