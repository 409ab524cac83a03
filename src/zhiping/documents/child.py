"""The child process in which files of strangers are opened, and how it and its parent talk.

Run as a module with the names of modules to load ahead. It reads jobs from stdin and writes answers to
stdout, both as frames: a length, then bytes. Where the system can fork, a copy of it meets the file, under
limits, and ends with the job; elsewhere the child answers one job without limits and ends.
"""

import contextlib
import os
import pickle
import select
import signal
import struct
import sys
import traceback
from importlib import import_module
from typing import IO

from zhiping.domain.errors import Invalid
from zhiping.texts.catalogue import speaking

MOST_BYTES = 128 * 2**20  # of a job and of an answer
FRAME = struct.Struct(">Q")
USED = struct.Struct(">Hdq")  # the signal that ended the copy, seconds of processor time, bytes of memory
FORKS = hasattr(os, "fork")
DONE, REFUSED, FULL, FAULT = b"d", b"r", b"m", b"f"  # a value, problems, no memory, a fault of ours


def receive(source: IO[bytes]) -> bytes:
    """Return the next frame; b"" where the other side has gone."""
    head = source.read(FRAME.size)
    (length,) = FRAME.unpack(head) if len(head) == FRAME.size else (0,)
    body = source.read(length) if length <= MOST_BYTES else b""
    return body if len(body) == length else b""


def send(target: IO[bytes], body: bytes) -> None:
    """Write one frame."""
    target.write(FRAME.pack(len(body)))
    target.write(body)
    target.flush()


def main(modules: list[str]) -> None:
    """Answer jobs until the parent process closes stdin or has gone."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    for module in modules:
        import_module(module)
    while job := receive(source):
        module, limits, call = pickle.loads(job)  # noqa: S301 - from our own parent; a file in it is bytes or a path
        import_module(module)  # here and not in the copy, so that the next job finds it loaded
        with contextlib.suppress(BrokenPipeError):
            if FORKS:
                send(target, _in_a_copy(module, call, *limits))
            else:
                send(target, USED.pack(0, 0, 0) + _answer(module, call))
        if not FORKS:
            return


def _in_a_copy(module: str, call: bytes, seconds: int, clock: int, memory: int) -> bytes:
    """Return how a copy of this process ended and what it used, then its answer."""
    read, write = os.pipe()
    copy = os.fork()
    if not copy:
        try:
            os.close(read)
            _limit(seconds, clock, memory)
            with os.fdopen(write, "wb") as pipe:
                pipe.write(_answer(module, call))
        finally:
            os._exit(0)
    os.close(write)
    answer = _all_of(read, copy)
    _, status, used = os.wait4(copy, 0)
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    unit = 1 if sys.platform == "darwin" else 1024
    return USED.pack(ended_by, used.ru_utime + used.ru_stime, used.ru_maxrss * unit) + answer


def _all_of(read: int, copy: int) -> bytes:
    """Read a copy's answer; kill it if the parent process ends first."""
    pieces: list[bytes] = []
    with open(read, "rb", buffering=0) as pipe:
        while True:
            ready, _, _ = select.select([pipe, sys.stdin], [], [])
            if sys.stdin in ready:  # no job follows before the answer: the parent has gone
                os.kill(copy, signal.SIGKILL)
                raise SystemExit
            if not (piece := pipe.read(2**20)):
                return b"".join(pieces)
            pieces.append(piece)


def _answer(module: str, call: bytes) -> bytes:
    """Make the call; return how it ended, with its value, its problems or the fault."""
    try:
        name, args, given, language, folder = pickle.loads(call)  # noqa: S301 - see above
        os.chdir(folder)  # paths may be relative to where the parent is now
        with speaking(language):
            return DONE + pickle.dumps(getattr(sys.modules[module], name)(*args, **given))
    except Invalid as refused:
        return REFUSED + pickle.dumps(refused.problems)
    except MemoryError:
        return FULL
    except Exception:
        return FAULT + traceback.format_exc()[-4000:].encode(errors="replace")


def _limit(seconds: int, clock: int, memory: int) -> None:
    import resource

    signal.setitimer(signal.ITIMER_REAL, clock)  # SIGALRM ends the process
    limits = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: 0,  # it reads; what it writes is the answer
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        with contextlib.suppress(OSError, ValueError):  # macOS knows no limit of address space
            resource.setrlimit(kind, (most, most + 1))  # SIGXCPU at the first, SIGKILL at the second


if __name__ == "__main__":
    main(sys.argv[1:])
