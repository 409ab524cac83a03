"""`make test` and `make check` run every part, whatever fails, and end with the result of each."""

import subprocess
from pathlib import Path

import pytest

PARTS = Path(__file__).parents[1] / ".ci" / "parts"


def run(*commands):
    done = subprocess.run([PARTS, *commands], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_parts_that_pass_are_listed_at_the_end():
    code, out = run("echo one; echo two", "echo three")
    assert code == 0
    assert out.endswith("\n\npassed: echo one; echo two\n    two\npassed: echo three\n    three\n")


@pytest.mark.parametrize("failing", ["echo 1 failed; exit 3", "echo 1 failed; kill -9 $$"])
def test_part_that_fails_hides_no_later_part(failing):
    code, out = run(failing, "echo second >&2", "seq 30; exit 1", "echo 9 passed")
    assert code == 1
    last = "".join(f"\n    {number}" for number in range(21, 31))
    closing = f"FAILED: {failing}\n    1 failed\npassed: echo second >&2\n    second\n"
    closing += f"FAILED: seq 30; exit 1{last}\npassed: echo 9 passed\n    9 passed\n"
    assert out.endswith(f"\n\n{closing}")
