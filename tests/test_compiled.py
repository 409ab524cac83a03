"""Values kept beside the bytecode: made once per source, never trusted for another."""

import sys

import pytest

from zhiping.compiled import compiled


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Return a function that computes a value of a file; each call that had to compute it is counted."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    made = []

    def value(source, result=None):
        return compiled(tmp_path / "a.toml", source, lambda: made.append(source) or result)

    return value, made


def test_value_is_made_once_for_a_source(kept):
    value, made = kept
    assert [value(b"one", {"a": ["中", 1]}) for _ in range(2)] == [{"a": ["中", 1]}] * 2
    assert made == [b"one"]


def test_changed_source_is_made_again(kept):
    value, made = kept
    assert [value(source, source) for source in (b"one", b"two", b"one")] == [b"one", b"two", b"one"]
    assert made == [b"one", b"two", b"one"]


def test_nothing_is_written_where_python_writes_no_bytecode(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    value, made = kept
    assert [value(b"one", 1) for _ in range(2)] == [1, 1]
    assert made == [b"one", b"one"]
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_keeps_nothing(kept, tmp_path):
    value, made = kept
    (tmp_path / "__pycache__").write_text("")
    assert [value(b"one", 1) for _ in range(2)] == [1, 1]
    assert made == [b"one", b"one"]


def test_file_cut_off_by_a_crash_is_made_again(kept, tmp_path):
    value, made = kept
    value(b"one", ["a", "b"])
    (file,) = (tmp_path / "__pycache__").iterdir()
    file.write_bytes(file.read_bytes()[:-3])
    assert [value(b"one", ["a", "b"]) for _ in range(2)] == [["a", "b"]] * 2
    assert made == [b"one", b"one"]


def test_value_is_kept_where_python_keeps_bytecode(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "elsewhere"))
    value, made = kept
    assert [value(b"one", 1) for _ in range(2)] == [1, 1]
    assert made == [b"one"]
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]
