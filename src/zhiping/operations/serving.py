"""The web server and the worker beside it."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.urls import get_resolver
from django.utils.module_loading import import_string

from zhiping.documents import apart
from zhiping.operations.bridge import Bridge

log = logging.getLogger("zhiping.serve")
POSIX = os.name == "posix"
SERVER = "_ZHIPING_SERVER"  # the variable in which child processes find the server's process id
THREADS = 4  # threads of each web process: as many requests at once
CONNECTIONS = 4000  # of each web process; granian accepts no more, and an open one need not be a request
SPARE = 200  # files open besides connections
HEADERS_WITHIN = 10_000  # milliseconds for the headers of a request, and between two requests
ENDS_WITHIN = 10  # seconds between SIGTERM and SIGKILL
READERS = (  # modules that read files of strangers
    "docxtpl",
    "zhiping.documents.papers.word.owner",
    "zhiping.documents.spreadsheets.workbook.reading",
    "zhiping.documents.standard.standard_file",
)
PAUSE = 2.0  # seconds before a worker that exited is restarted


def serve(
    host: str, port: int, processes: int, *, certificate: Path | None = None, key: Path | None = None
) -> None:
    """Run web processes and the worker until SIGTERM or Ctrl-C.

    On SQLite there is one web process, in which writers queue; on PostgreSQL `processes`. With a certificate
    and its key (PEM) connections are encrypted.
    """
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, SSLProtocols
    from granian.http import HTTP1Settings

    get_resolver().url_patterns  # noqa: B018 - import errors appear here; web processes print none
    os.environ[SERVER] = str(os.getpid())
    count = 1 if connection.vendor == "sqlite" else processes
    connection.close()
    with worker():
        server = Granian(
            settings.WSGI_APPLICATION,
            address=host,
            port=port,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN),
            websockets=False,
            ssl_cert=certificate,
            ssl_key=key,
            ssl_protocol_min=SSLProtocols.tls12,  # office proxies that inspect traffic often lack 1.3
            workers=count,
            respawn_failed_workers=True,
            log_enabled=False,
            backlog=512,
            backpressure=connections(),
            workers_kill_timeout=ENDS_WITHIN,
        )
        if POSIX:  # granian would restart at SIGHUP; a closed terminal ends all, except under nohup
            ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            server.signal_handler_reload = None if ignored else server.signal_handler_interrupt  # type: ignore[method-assign,assignment] # has no option
        server.serve(target_loader=application, wrap_loader=False)


def application() -> Bridge:
    """Return the application of a web process, in a process group of its own; it ends with the server.

    Ctrl-C then reaches the server only: a web process that gets both signals at once may hang.
    """
    if POSIX:
        os.setpgrp()
    end_with_parent()
    apart.warm(apart.MOST, *READERS)
    return Bridge(import_string(settings.WSGI_APPLICATION), THREADS)


def connections() -> int:
    """Open as many files as needed and permitted; return how many connections that leaves room for."""
    files = open_files()
    if POSIX:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, files), hard))
    return files - SPARE


def open_files() -> int:
    """Return how many files a web process can open: all it needs, or the system's hard limit."""
    if POSIX:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard != resource.RLIM_INFINITY:
            return min(hard, CONNECTIONS + SPARE)
    return CONNECTIONS + SPARE


@contextlib.contextmanager
def worker() -> Iterator[None]:
    """Keep one worker running during the block."""
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
    if POSIX:  # inherited by the child: the worker is stopped by the server, not by the terminal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    while not stopping.is_set():
        # close_fds=True, or a session of its own, opens a pipe until the child has started; a web process
        # forked in between would inherit it, and this call would wait until that process ends.
        child = subprocess.Popen([sys.executable, "-m", "zhiping", "worker"], close_fds=False)
        running[:] = [child]
        code = child.wait()
        if not stopping.is_set():
            log.error("the worker ended and is started again", extra={"data": {"code": code}})
            stopping.wait(PAUSE)


def address(host: str, port: int) -> str:
    """Return the public URL of the server: the configured one, else the address it listens on."""
    if "ZHIPING_ADDRESS" in os.environ:
        return settings.ADDRESS
    return f"http://{host}:{port}"


def end_with_parent() -> None:
    """Exit a child process when its parent has gone; checked once a second."""
    parent = int(os.environ.get(SERVER, os.getppid()))  # it may have gone before this process was ready

    def look() -> None:
        while os.getppid() == parent:
            threading.Event().wait(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, daemon=True).start()
