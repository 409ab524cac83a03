"""Tests of the scoring page's own code by vitest, with the wheel's Node, and the vectors they read."""

import shutil
import subprocess

import hatch_build
import pytest
from tests.scoring import vectors

RUNS = {"VITE_T8_RUNS": ("20000", "200000"), "VITE_T8_DEVICE_RUNS": ("2000", "20000")}  # per push, release


def test_vectors_are_those_of_the_domain():
    """`python -m tests.scoring.vectors` writes them after a change of the rules."""
    assert vectors.FILE.read_text(encoding="utf-8") == vectors.text(vectors.shipped())


def vitest(*, long):
    """Run all tests of the page; return the process with its output."""
    runs = {name: figures[long] for name, figures in RUNS.items()}
    command, environment = hatch_build.npm("run", "test")
    return subprocess.run(
        command, cwd=hatch_build.SOURCES, env={**environment, **runs, "NO_COLOR": "1"}, timeout=3000,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_page_passes_its_own_tests():
    done = vitest(long=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tests  " in done.stdout


@pytest.mark.long
@pytest.mark.t8
def test_page_passes_its_own_tests_in_the_figures_of_a_release():
    done = vitest(long=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_seeded_defect_of_the_page_fails_its_tests(tmp_path):
    """An event that leaves the queue without the hash of its record."""
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(hatch_build.SOURCES / name, tmp_path)
    for name in ("fieldwork", "tests"):
        shutil.copytree(hatch_build.SOURCES / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(hatch_build.MODULES)
    protocol = tmp_path / "fieldwork" / "protocol.ts"
    source = protocol.read_text(encoding="utf-8")
    assert source.count("return answer.hash ? recorded(") == 1
    protocol.write_text(source.replace("return answer.hash ? recorded(", "return true ? recorded("), "utf-8")
    command, environment = hatch_build.npm("run", "test", "--", "tests/protocol.test.ts")
    done = subprocess.run(
        command, cwd=tmp_path, env={**environment, "VITE_T8_RUNS": "10", "NO_COLOR": "1"}, timeout=600,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "an event leaves the queue only with the hash of its record" in done.stdout + done.stderr
