"""A lock on the data folder: on SQLite one `serve` at a time, as writers queue within one process only."""

import contextlib
from collections.abc import Iterator

from django.conf import settings
from django.db import connection


class AlreadyServed(Exception):  # noqa: N818 - it is no fault of ours
    """Another server has the folder."""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the lock while the block lasts; raises AlreadyServed where another server holds it.

    Locks the file rather than write a process number into it: after a crash the system unlocks it.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with (settings.DATA_FOLDER / "serve.lock").open("ab") as file:
        _lock(file.fileno())
        yield


def _lock(number: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined] # of Windows
        except OSError as error:
            raise AlreadyServed from error
        return
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AlreadyServed from error
