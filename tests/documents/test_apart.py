"""Files of strangers meet a child process: its limits, its end, its replacement."""

import itertools
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest

from zhiping.documents import apart
from zhiping.documents.files import rubric_file
from zhiping.domain.errors import Invalid, Problem
from zhiping.texts.catalogue import LANGUAGES, problem_text, speaking

PARENT = """
import os, sys, threading, time
from zhiping.documents import apart
apart.warm(2)
threading.Thread(target=apart.apart, args=(time.sleep, 20), daemon=True).start()
time.sleep(1)
print(*(child.pid for child in apart._idle), flush=True)
time.sleep(20)
"""


def refused(work, *args, **given):
    with pytest.raises(Invalid) as caught:
        apart.apart(work, *args, **given)
    return caught.value.problems


def alive(pid):
    """Whether a process runs; a zombie has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def group(pid):
    """The processes of a child: itself and its copy."""
    found = []
    for entry in filter(str.isdecimal, (path.name for path in Path("/proc").iterdir())):
        try:
            if os.getpgid(int(entry)) == pid and alive(entry):
                found.append(int(entry))
        except ProcessLookupError:
            continue
    return found


def gone(pids, within=5.0):
    end = time.monotonic() + within
    while time.monotonic() < end and any(map(group, pids)):
        time.sleep(0.05)
    return not any(map(group, pids))


def test_child_returns_values_as_they_are():
    rubric, used = apart.measured(rubric_file.load, rubric_file.BUNDLED)
    assert rubric == rubric_file.bundled()
    assert 0 < used.seconds < 5
    assert 0 < used.memory < 256 * 2**20


def test_child_returns_every_problem_in_the_language_in_use(tmp_path):
    (tmp_path / "own.toml").write_text("id = 1")
    here = []
    for language in LANGUAGES:
        with speaking(language):
            assert (
                refused(rubric_file.load, tmp_path / "own.toml")
                == rubric_file.read(tmp_path / "own.toml").problems
            )
            here.append(apart.apart(rubric_file.usable, rubric_file.Contents(rubric_file.bundled(), (), ())))
    assert here == [rubric_file.bundled()] * 2


def test_relative_paths_are_where_the_caller_is(tmp_path, monkeypatch):
    apart.warm(1)
    (tmp_path / "own.toml").write_bytes(rubric_file.BUNDLED.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert apart.apart(os.path.exists, "own.toml") is True


@pytest.mark.parametrize(
    ("limit", "most", "work", "args", "code"),
    [
        ("SECONDS", 1, sum, (range(10**12),), "seconds"),
        ("CLOCK", 1, time.sleep, (30,), "clock"),
        ("MEMORY", 2**28, bytes, (2**29,), "memory"),
    ],
)
def test_call_over_a_limit_is_refused_by_its_name(monkeypatch, limit, most, work, args, code):
    monkeypatch.setattr(apart, limit, most)
    (problem,) = refused(work, *args, name="own.toml")
    shown = most // 2**20 if code == "memory" else most
    assert problem == Problem(f"apart.{code}", {"most": shown}, ("own.toml",))
    for language in LANGUAGES:
        with speaking(language):
            assert str(shown) in problem_text(problem)
    assert apart.apart(abs, -1) == 1  # the next file is read


def test_without_limits_the_same_calls_go_on(monkeypatch):
    """The control: the calls above are refused by the limits alone."""
    monkeypatch.setattr(apart, "CLOCK", 5)
    assert apart.apart(time.sleep, 1.5) is None
    assert len(apart.apart(bytes, 2**26)) == 2**26
    assert apart.apart(sum, range(10**7)) == 49999995000000


@pytest.mark.parametrize("signum", [signal.SIGSEGV, signal.SIGILL])
def test_parser_that_crashes_is_a_damaged_file(signum):
    assert refused(signal.raise_signal, signum) == (Problem("apart.crashed"),)
    assert apart.apart(abs, -1) == 1


def test_child_that_was_killed_is_replaced():
    apart.warm(1)
    for child in apart._idle:
        child.kill()
        child.wait()
    assert apart.apart(abs, -1) == 1


def test_child_killed_at_work_is_replaced(monkeypatch):
    apart.warm(1)
    (child,) = apart._idle[-1:]
    threading.Timer(1, child.kill).start()
    assert refused(time.sleep, 20) == (Problem("apart.clock", {"most": apart.CLOCK}),)
    assert apart.apart(abs, -1) == 1
    assert gone([child.pid])


def test_fault_of_ours_is_no_fault_of_the_file():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        apart.apart(divmod, 1, 0)


def test_child_writes_no_file(tmp_path):
    (tmp_path / "a").write_text("x")
    with pytest.raises(RuntimeError, match="File too large"):
        apart.apart(shutil.copyfile, tmp_path / "a", tmp_path / "b")


def test_child_knows_no_secret(monkeypatch):
    monkeypatch.setenv("ZHIPING_SECRET_KEY", "secret")
    monkeypatch.setattr(apart, "_idle", [])
    assert apart.apart(os.getenv, "ZHIPING_SECRET_KEY") is None
    apart._end_all()


@pytest.mark.parametrize("value", [os.system, subprocess.Popen, itertools.count(), rubric_file.load])
def test_answer_that_is_no_value_is_not_read(value):
    """A parser that was taken over may answer with anything: no function of this process is called."""
    with pytest.raises(pickle.UnpicklingError):
        apart.apart(next, iter([value]))
    assert apart.apart(next, iter([Fraction(1, 2)])) == Fraction(1, 2)


def test_third_caller_waits_and_is_sent_away(monkeypatch):
    monkeypatch.setattr(apart, "PATIENCE", 0.2)
    busy = [threading.Thread(target=apart.apart, args=(time.sleep, 2)) for _ in range(apart.MOST)]
    for thread in busy:
        thread.start()
    time.sleep(0.5)
    with pytest.raises(apart.Busy):
        apart.apart(abs, -1)
    for thread in busy:
        thread.join()
    assert apart.apart(abs, -1) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_end_with_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    idle = [int(pid) for pid in parent.stdout.readline().split()]
    children = [
        int(pid) for pid in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    ]
    assert len(children) == 2
    assert set(idle) < set(children)
    assert sum(len(group(pid)) for pid in children) == 3  # one has a copy at work
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(children)
