"""Opening files of strangers: in a child process that is ready, under limits, at most a few at once.

A parser that crashes or loops does not stop this process, which has an answer after CLOCK seconds.
"""

import atexit
import contextlib
import io
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, NamedTuple

from zhiping.documents import child
from zhiping.domain.errors import Invalid, Problem
from zhiping.texts.catalogue import language

SECONDS = 10  # of processor time for one job
CLOCK = 30  # seconds from the start of a job to its end, whatever it waits for
MEMORY = 2**30  # bytes of address space
MOST = 2  # children of this process: half the threads of a web process keep answering other requests
PATIENCE = 3.0  # seconds until a child is free
SPARE = 5.0  # seconds after CLOCK in which the child itself reports that a file took too long
_ENDED = {
    signal.SIGALRM: "clock", signal.SIGXCPU: "seconds", signal.SIGKILL: "memory", signal.SIGABRT: "memory",
} if child.FORKS else {}  # fmt: skip
_VALUES = {("fractions", "Fraction"), ("decimal", "Decimal")} | {
    ("datetime", name) for name in ("date", "datetime", "time")
}

_places = threading.BoundedSemaphore(MOST)
_idle: list[subprocess.Popen[bytes]] = []
_modules: list[str] = []


class Busy(Exception):  # noqa: N818 - no fault: the same request succeeds later
    """All children are at work, and none became free in time."""


class Used(NamedTuple):
    """The cost of one file: seconds of processor time and bytes of memory; 0 where it is not measured."""

    seconds: float
    memory: int


def apart(work: Callable[..., Any], *args: Any, name: str = "", **given: Any) -> Any:  # noqa: ANN401 - of `work`
    """Call a function of ours on a stranger's file in a child process under limits, and return its value.

    `name`: the file's, for the problem of one that takes too much. Raises Invalid as `work` does, or with
    `apart.seconds`, `apart.clock`, `apart.memory` or `apart.crashed`; Busy where no child becomes free.
    """
    found, _ = measured(work, *args, name=name, **given)
    if isinstance(found, Invalid):
        raise found
    return found


def measured(work: Callable[..., Any], *args: Any, name: str = "", **given: Any) -> tuple[Any, Used]:  # noqa: ANN401 - of `work`
    """Return the value of a call as `apart` does, or the Invalid it would raise; and what it cost."""
    call = pickle.dumps((work.__name__, args, given, language(), Path.cwd()))
    answer = _asked(pickle.dumps((work.__module__, (SECONDS, CLOCK, MEMORY), call)))
    if not answer:
        return _taken("clock", name), Used(0, 0)
    killed, *used = child.USED.unpack_from(answer)
    how, value = answer[child.USED.size :][:1], answer[child.USED.size + 1 :]
    if how == child.FAULT:
        raise RuntimeError(value.decode())
    if killed or how not in (child.DONE, child.REFUSED):
        return _taken(_ENDED.get(killed, "memory" if how == child.FULL else "crashed"), name), Used(*used)
    found = _Values(io.BytesIO(value)).load()
    return Invalid(found) if how == child.REFUSED else found, Used(*used)


def warm(count: int, *modules: str) -> None:
    """Start children ahead, with modules loaded, so that no file waits for one."""
    _modules.extend(modules)
    while len(_idle) < count:
        _idle.append(_start())


def _taken(code: str, name: str) -> Invalid:
    """Return the refusal of a file that took more than a limit."""
    most = {"seconds": SECONDS, "clock": CLOCK, "memory": MEMORY // 2**20}
    data = {"most": most[code]} if code in most else {}
    return Invalid([Problem(f"apart.{code}", data, (name,) if name else ())])


def _asked(job: bytes) -> bytes:
    """Return a child's answer; b"" where there is none, and the child is replaced."""
    if not _places.acquire(timeout=PATIENCE):
        raise Busy
    answer, process = b"", _ready()
    last = threading.Timer(CLOCK + SPARE, process.kill)
    try:
        last.start()
        with contextlib.suppress(BrokenPipeError):
            child.send(_pipe(process.stdin), job)
            answer = child.receive(_pipe(process.stdout))
        return answer
    finally:
        last.cancel()
        if not answer or not child.FORKS:
            _end(process)
            process = _start()
        _idle.append(process)
        _places.release()


def _ready() -> subprocess.Popen[bytes]:
    """Return a child that waits, or start one."""
    while _idle:
        if (process := _idle.pop()).poll() is None:
            return process
        _end(process)
    return _start()


def _start() -> subprocess.Popen[bytes]:
    known = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}  # no secrets
    return subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-I", "-X", "utf8", "-m", child.__name__, *_modules],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=known,
        process_group=0 if child.FORKS else None,  # Ctrl-C ends the parent, and that the child
    )  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(BrokenPipeError):
            _pipe(pipe).close()


@atexit.register
def _end_all() -> None:
    while _idle:
        _end(_idle.pop())


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe
    return pipe


class _Values(pickle.Unpickler):
    """Reads values only, so that a parser that a file has taken over runs no code in this process."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - any class of values
        """Return a class of records of ours, of exact numbers or of dates."""
        if (module, name) in _VALUES or module.startswith(("zhiping.domain.", "zhiping.documents.")):
            found = getattr(import_module(module), name)
            if (module, name) in _VALUES or (
                isinstance(found, type) and (is_dataclass(found) or issubclass(found, tuple))
            ):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")
