"""The worker, which runs queued jobs and queues periodic ones when they are due."""

import datetime as dt
import logging
import signal
import threading
import time
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from zhiping.documents import apart
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.operations import actions
from zhiping.operations.periodic import JOBS
from zhiping.operations.serving import READERS, end_with_parent
from zhiping.web.unavailable import status_of

log = logging.getLogger("zhiping.worker")
POLL = 1.0  # seconds between two polls of the queue
AHEAD = dt.timedelta(minutes=1)  # between clocks of servers; jobs queued later than that do not count
PAUSE = 10.0  # seconds until the worker retries when the database is not available


def work(*, until_idle: bool = False) -> None:
    """Run jobs until SIGTERM or SIGINT; with `until_idle`, until the queue is empty."""
    from django_tasks_db.management.commands.db_worker import Worker

    worker = Worker(
        queue_names=["default"], interval=POLL, batch=until_idle, backend_name="default", startup_delay=False,
        max_tasks=None, worker_id=_name(), excluded_queue_names=[],
    )  # fmt: skip
    if not until_idle:
        end_with_parent()
        apart.warm(1, *READERS)
        threading.Thread(target=_clock, args=(worker,), daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, worker.shutdown)
    while not _ran(worker):
        time.sleep(PAUSE)


def _name() -> str:
    return uuid7().hex[-16:]


def _ran(worker: Any) -> bool:
    """Run jobs to the worker's end; return False where the database is not available."""
    try:
        worker.run()
    except (DatabaseError, OSError) as error:
        if status_of(error) is None:
            raise
        log.warning("the worker waits for the database", extra={"data": {"fault": str(error)}})
        connection.close()
        worker.worker_id = _name()  # what it ran counts as stopped: the old name sends no signs of life
        return False
    return True


def _clock(worker: Any) -> None:
    while True:
        try:
            actions.beat(Act.clock(timezone.now()), worker=worker.worker_id)
            enqueue_due(JOBS)
        except Exception as error:
            write = log.warning if status_of(error) else log.exception
            write("the clock failed; it tries again in a minute", extra={"data": {"fault": str(error)}})
        close_old_connections()
        time.sleep(60)


def enqueue_due(jobs: Sequence[tuple[str, int]]) -> list[str]:
    """Queue each periodic job that is due, once for any number of workers; return the names."""
    enqueued = []
    for name, minutes in jobs:
        with transaction.atomic():
            _alone(name)
            now = timezone.now()
            recent = (now - dt.timedelta(minutes=minutes), now + AHEAD)
            if not DBTaskResult.objects.filter(task_path=name, enqueued_at__range=recent).exists():
                ledger.enqueue(name)
                enqueued.append(name)
    return enqueued


def _alone(name: str) -> None:
    """Lock a job's name until the transaction ends; SQLite has only one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
