"""The web server and the worker beside it."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.urls import get_resolver
from django.utils.module_loading import import_string

log = logging.getLogger("zhiping.serve")
POSIX = os.name == "posix"
THREADS = 4  # of each web process: as many answers at once
ENDS_WITHIN = 10  # seconds until a process told to end is ended
PAUSE = 2.0  # seconds before a worker that ended is started again


def serve(host: str, port: int, processes: int) -> None:
    """Serve until told to stop (SIGTERM, Ctrl-C); the worker goes with it.

    On SQLite there is one web process, whose writers queue; on PostgreSQL `processes`.
    """
    from granian import Granian
    from granian.constants import Interfaces

    get_resolver().url_patterns  # noqa: B018 - what cannot be imported is said here; the web processes say nothing
    count = 1 if connection.vendor == "sqlite" else processes
    connection.close()
    with worker():
        server = Granian(
            settings.WSGI_APPLICATION,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=count,
            blocking_threads=THREADS,
            respawn_failed_workers=True,
            log_enabled=False,
            backlog=512,
            workers_kill_timeout=ENDS_WITHIN,
        )
        if POSIX:  # granian would restart at SIGHUP; a closed terminal ends all, except under nohup
            ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            server.signal_handler_reload = None if ignored else server.signal_handler_interrupt  # type: ignore[method-assign,assignment] # has no option
        server.serve(target_loader=application, wrap_loader=False)


def application() -> WSGIHandler:
    """Return what a web process answers with; in a group of its own.

    Ctrl-C then reaches the server only: a web process told to end by both at once might not end at all.
    """
    if POSIX:
        os.setpgrp()
    answers: WSGIHandler = import_string(settings.WSGI_APPLICATION)
    return answers


@contextlib.contextmanager
def worker() -> Iterator[None]:
    """Keep one worker running for as long as the block lasts."""
    stopping = threading.Event()
    running: list[subprocess.Popen[bytes]] = []
    watcher = threading.Thread(target=_watch, args=(stopping, running), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        for child in running:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            try:
                child.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                child.kill()


def _watch(stopping: threading.Event, running: list[subprocess.Popen[bytes]]) -> None:
    if POSIX:  # what this thread does not hear its children do not: the server tells the worker, no terminal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    while not stopping.is_set():
        # close_fds=True, or a session of its own, opens a pipe until the child has started; a web process
        # forked meanwhile would keep it open, and this call would wait for its end.
        child = subprocess.Popen([sys.executable, "-m", "zhiping", "worker"], close_fds=False)
        running[:] = [child]
        code = child.wait()
        if not stopping.is_set():
            log.error("the worker ended and is started again", extra={"data": {"code": code}})
            stopping.wait(PAUSE)


def address(host: str, port: int) -> str:
    """Return where people find the server: the address set, else the one it listens at."""
    if "ZHIPING_ADDRESS" in os.environ:
        return settings.ADDRESS
    return f"http://{host}:{port}"


def end_with_parent() -> None:
    """Let a child end when its parent is gone: asked once a second."""
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            threading.Event().wait(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, daemon=True).start()
