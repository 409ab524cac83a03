"""A long run that is continued: the tests that passed on this tree are in a file, and are left out."""

import hashlib
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TREE = (("rev-parse", "HEAD"), ("diff", "HEAD"), ("status", "--porcelain"))


def tree():
    """Return a hash of the commit and of what was changed since."""
    said = [
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout for words in TREE
    ]
    return hashlib.sha256(b"".join(said)).hexdigest()


class Progress:
    """The tests that passed, a line each after the hash of the tree; another tree begins from nothing.

    Only the first process writes the file; the others get the list before they begin.
    """

    def __init__(self, path, tree):
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.path, self.passed = path, set(lines[1:]) if lines[:1] == [tree] else set()
        if not self.passed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{tree}\n", encoding="utf-8")

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{report.nodeid}\n")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        node.workerinput["passed"] = sorted(self.passed)

    def pytest_collection_modifyitems(self, config, items):
        leave_out(config, items, self.passed)

    def pytest_sessionfinish(self, session, exitstatus):
        """End well where nothing is left to run."""
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK


def leave_out(config, items, passed):
    """Deselect the tests that passed before."""
    done = [item for item in items if item.nodeid in passed]
    config.hook.pytest_deselected(items=done)
    items[:] = [item for item in items if item.nodeid not in passed]
