"""How long a writer waits while all ledgers of a SQLite database are verified in another process."""

import os
import subprocess
import sys
import tempfile
import time

from benchmarks import Figure

LEDGERS = 12_000
MAKE = """
import django
django.setup()
from django.utils import timezone
from zhiping.domain.transparency.tree import leaf_hash
from zhiping.ledger.models import Event, Head, Leaf
heads = [Head(kind="thing", size=1) for _ in range(LEDGERS)]
events = [Event(head=head, seq=0, name="thing.begun", at=timezone.now(), nonce="0" * 32) for head in heads]
leaves = [Leaf(head=event.head, seq=0, hash=leaf_hash(event.body())) for event in events]
for rows in (heads, events, leaves):
    type(rows[0]).objects.bulk_create(rows)
"""
VERIFY = """
import time
import django
django.setup()
from zhiping.ledger.verification import verify_all
begun = time.perf_counter()
assert not list(verify_all())
print(time.perf_counter() - begun)
"""
WRITE = """
import time
import django
django.setup()
from django.utils import timezone
from zhiping.ledger import actions
longest = 0.0
while True:
    begun = time.perf_counter()
    actions.audit("beside", by=None, at=timezone.now())
    longest = max(longest, time.perf_counter() - begun)
    print(longest, flush=True)
    time.sleep(0.02)
"""


def measure() -> list[Figure]:
    """Make the ledgers, verify them, write beside it."""
    with tempfile.TemporaryDirectory(prefix="zp-wait-") as name:
        environment = {
            **os.environ, "ZHIPING_DATA": name, "DJANGO_SETTINGS_MODULE": "zhiping.project.settings",
        }  # fmt: skip
        subprocess.run([sys.executable, "-m", "zhiping", "migrate"], env=environment, check=True)
        make = MAKE.replace("LEDGERS", str(LEDGERS))
        subprocess.run([sys.executable, "-c", make], env=environment, check=True)
        with tempfile.TemporaryFile("w+") as waits:
            writer = subprocess.Popen([sys.executable, "-c", WRITE], env=environment, stdout=waits)
            try:
                time.sleep(3)
                done = subprocess.run(
                    [sys.executable, "-c", VERIFY],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                )
            finally:
                writer.terminate()
                writer.wait(30)
            waits.seek(0)
            longest = float(waits.read().split()[-1])
    note = f"verified in {float(done.stdout):.1f} s"
    what = f"longest wait of a writer while {LEDGERS} ledgers are verified, sqlite"
    return [Figure(what, longest * 1000, "ms", 1000, note=note)]


if __name__ == "__main__":
    for figure in measure():
        print(figure.name, f"{figure.value:.3g}", figure.unit, figure.verdict, figure.note)
