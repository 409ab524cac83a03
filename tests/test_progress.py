"""A long run that is continued leaves out what passed on the same tree."""

from types import SimpleNamespace

import pytest
from tests.progress import Progress, leave_out, tree


def passed(name, outcome="passed"):
    return SimpleNamespace(when="call", passed=outcome == "passed", nodeid=name)


def test_tests_that_passed_are_known_after_an_end(tmp_path):
    first = Progress(tmp_path / "file", "tree")
    first.pytest_runtest_logreport(passed("a"))
    first.pytest_runtest_logreport(passed("b", "failed"))
    assert Progress(tmp_path / "file", "tree").passed == {"a"}
    assert Progress(tmp_path / "file", "other tree").passed == set()
    assert Progress(tmp_path / "file", "tree").passed == set()  # the other tree began from nothing


def test_tests_that_passed_are_left_out():
    items = [SimpleNamespace(nodeid=name) for name in "abc"]
    config = SimpleNamespace(hook=SimpleNamespace(pytest_deselected=lambda **_: None))
    leave_out(config, items, {"b"})
    assert [item.nodeid for item in items] == ["a", "c"]


def test_nothing_left_is_no_failure(tmp_path):
    session = SimpleNamespace(exitstatus=pytest.ExitCode.NO_TESTS_COLLECTED)
    Progress(tmp_path / "file", "tree").pytest_sessionfinish(session, session.exitstatus)
    assert session.exitstatus == pytest.ExitCode.OK


def test_change_makes_another_tree(monkeypatch):
    before = tree()
    monkeypatch.setattr("tests.progress.TREE", (("--version",),))
    assert len(before) == 64
    assert tree() != before
