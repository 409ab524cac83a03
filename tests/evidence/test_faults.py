"""T3: errors, a full disk and kills at every call of the system while a file arrives and is kept.

The store and the folder of uploads alone; with the row and over HTTP: tests/evidence/test_store.py. A missing
fsync cannot be seen here, as the system keeps what a killed process wrote: test_store.py checks the order.
"""

import errno
import hashlib
import os
import shutil
import signal
from pathlib import Path

import pytest
from tests.server.interruptions import in_a_copy

from zhiping.evidence import spool, store
from zhiping.ids import uuid7

pytestmark = pytest.mark.t3
CALLS = ("open", "write", "fsync", "ftruncate", "mkdir", "chmod", "replace", "unlink")
PIECES, PIECE = 6, 50
TIMES = [1, *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 11))]


@pytest.fixture
def folders(settings, tmp_path):
    settings.UPLOADS, settings.EVIDENCE = tmp_path / "uploads", tmp_path / "evidence"
    return tmp_path


def error():
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def full():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


FAULTS = {"error": error, "full": full, "kill": kill}


class Calls:
    """The calls of the system for files of a folder; `fault` comes at one of them, after half of a write."""

    def __init__(self, monkeypatch, folder, at=-1, fault=error):
        self.folder, self.count, self.at, self.fault, self.fired = str(folder), 0, at, fault, 0
        for name in CALLS:
            monkeypatch.setattr(os, name, self._around(name, getattr(os, name)))

    def _around(self, name, work):
        def call(place, *args, **given):
            path = str(Path(f"/proc/self/fd/{place}").readlink() if isinstance(place, int) else place)
            self.count += path.startswith(self.folder)
            if path.startswith(self.folder) and self.count == self.at:
                self.fired += 1
                if name == "write" and self.fault is not error:
                    work(place, args[0][: len(args[0]) // 2])
                self.fault()
            return work(place, *args, **given)

        return call


def content(number):
    """Return the bytes of a file; each number makes another."""
    line = f"{number:07d}\n".encode()
    return line * (PIECES * PIECE // len(line)) + line[: PIECES * PIECE % len(line)]


def hand_in(upload, file):
    """Send what is missing of a file, piece by piece, then keep it, as a device does that continues."""
    with spool.locked(upload):
        while (arrived := spool.arrived(upload)) < len(file):
            piece = file[arrived : arrived + PIECE]
            assert spool.append(upload, arrived, piece, len(file), None) == arrived + len(piece)
        store.keep(spool.path_of(upload))
    spool.drop(upload)


def halves(folder):
    """Return the files of the store that are not what their names state."""
    files = [path for path in (folder / "evidence").rglob("*") if path.is_file()]
    return [path.name for path in files if hashlib.sha256(path.read_bytes()).hexdigest() != path.name]


def faults(monkeypatch, folder, fault, *, known):
    """Hand in files with a fault at each call; return how many came, what is wrong, and the calls.

    `known`: the store has the file already.
    """
    if known:
        hand_in(uuid7(), content(0))
    with monkeypatch.context() as patched:
        calls = Calls(patched, folder)
        hand_in(uuid7(), content(0))
    shutil.rmtree(folder / "evidence")
    fired, wrong = 0, []
    for at in range(1, calls.count + 1):
        upload, file = uuid7(), content(at)
        if known:
            hand_in(uuid7(), file)
        fired += came(monkeypatch, folder, at, fault, upload, file)
        wrong += [f"half after {at}"] if halves(folder) else []
        if (there := spool.path_of(upload)).exists() and not file.startswith(there.read_bytes()):
            wrong.append(f"other bytes after {at}")
        hand_in(upload, file)
        with store.open_file(hashlib.sha256(file).hexdigest()) as kept:
            wrong += [] if kept.read() == file else [f"lost after {at}"]
        shutil.rmtree(folder / "evidence")
    return fired, wrong, calls.count


def came(monkeypatch, folder, at, fault, upload, file):
    """Return whether the fault came."""

    def work():
        with monkeypatch.context() as patched:
            calls = Calls(patched, folder, at, fault)
            try:
                hand_in(upload, file)
            except OSError:
                return calls.fired
            return calls.fired

    return in_a_copy(work) == signal.SIGKILL if fault is kill else work()


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_at_any_call_leaves_the_whole_file_or_none(folders, monkeypatch, fault, known, time):
    fired, wrong, calls = faults(monkeypatch, folders, FAULTS[fault], known=known)
    assert (wrong, fired) == ([], calls)
    assert calls >= 34  # three faults, new and known: more than 200


@pytest.mark.parametrize("fault", ["full", "kill"])
def test_store_that_writes_under_the_final_name_is_found(folders, monkeypatch, fault):
    """Positive control."""

    def written(path, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(target, os.O_WRONLY | os.O_CREAT)
        os.write(number, path.read_bytes())
        os.close(number)
        path.unlink()

    monkeypatch.setattr(store, "_place", written)
    _, wrong, _ = faults(monkeypatch, folders, FAULTS[fault], known=False)
    assert any(text.startswith("half") for text in wrong)
