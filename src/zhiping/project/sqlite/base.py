"""Django's SQLite backend with a queue before each transaction.

SQLite lets competing writers poll for its lock, so that one of eight can starve for seconds; in a queue, each
waits only for those before it. Other processes (the worker) still compete for SQLite's own lock.
"""

import sqlite3
import threading
from collections import deque
from typing import Any

from django.db.backends.sqlite3 import base

MOST_WAIT = 10.0  # seconds, as SQLite's own


class Line:
    """A fair lock: acquired in the order of requests."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def join(self) -> None:
        """Acquire the lock; OperationalError after the timeout."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if not turn.wait(MOST_WAIT):
            with self._guard:
                if not turn.is_set():
                    self._waiting.remove(turn)
                    busy = sqlite3.OperationalError("database is locked")
                    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
                    raise busy

    def leave(self) -> None:
        """Release the lock to the longest waiting thread."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


LINE = Line()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that holds the fair lock from the beginning of a transaction to its end."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._in_line = False

    def _start_transaction_under_autocommit(self) -> None:
        with self.wrap_database_errors:
            LINE.join()
        self._in_line = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # not in the stubs  # type: ignore[misc] # the stubs leave it out
        except BaseException:
            self._step_out()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc] # not in the stubs  # type: ignore[misc] # the stubs leave it out
        self._step_out()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc] # not in the stubs  # type: ignore[misc] # the stubs leave it out
        finally:
            self._step_out()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc] # not in the stubs  # type: ignore[misc] # the stubs leave it out
        finally:
            self._step_out()

    def _step_out(self) -> None:
        if self._in_line:
            self._in_line = False
            LINE.leave()
