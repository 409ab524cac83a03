"""Faults that pass: a database that is locked or gone, a full disk, no child free to open a file."""

import errno
import sqlite3
from collections.abc import Iterator

from zhiping.documents.apart import Busy

FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
SQLITE = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
})  # fmt: skip
POSTGRES_FULL = "53100"
# Classes of PostgreSQL: no connection, no resources, shut down; no lock, deadlock, read-only.
POSTGRES = ("08", "53", "57", "55P03", "40", "25006")


def status_of(error: BaseException) -> int | None:
    """Return 507 for a full disk, 503 for what cannot be used now, None for any other error."""
    return next((status for cause in _causes(error) if (status := _status(cause))), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _status(error: BaseException) -> int | None:
    if isinstance(error, Busy):
        return 503
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the details of an extended code
        if code == sqlite3.SQLITE_FULL:
            return 507
        return 503 if code in SQLITE else None
    if isinstance(error, OSError):
        return 507 if error.errno in FULL else None
    if type(error).__module__.partition(".")[0] == "psycopg":  # not imported where the database is SQLite
        return _postgres(getattr(error, "sqlstate", None), type(error).__name__)
    return None


def _postgres(state: str | None, name: str) -> int | None:
    if state == POSTGRES_FULL:
        return 507
    lost = state is None and name == "OperationalError"  # no connection was made, or it broke
    return 503 if lost or (state or "").startswith(POSTGRES) else None
