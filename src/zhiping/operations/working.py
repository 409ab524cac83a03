"""The worker, which runs queued jobs and queues periodic ones when they are due."""

import logging
import signal
import threading
import time
from collections.abc import Sequence

from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.operations import actions
from zhiping.operations.periodic import JOBS
from zhiping.operations.serving import end_with_parent

log = logging.getLogger("zhiping.worker")
POLL = 1.0  # seconds between two polls of the queue


def work(*, until_idle: bool = False) -> None:
    """Run jobs until SIGTERM or SIGINT; with `until_idle`, until the queue is empty."""
    from django_tasks_db.management.commands.db_worker import Worker

    worker = Worker(
        queue_names=["default"], interval=POLL, batch=until_idle, backend_name="default", startup_delay=False,
        max_tasks=None, worker_id=f"{time.time_ns():x}"[-16:], excluded_queue_names=[],
    )  # fmt: skip
    if not until_idle:
        end_with_parent()
        threading.Thread(target=_clock, args=(worker.worker_id,), daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, worker.shutdown)
    worker.run()


def _clock(worker: str) -> None:
    while True:
        try:
            actions.beat(Act.clock(timezone.now()), worker=worker)
            enqueue_due(JOBS)
        except Exception:
            log.exception("the clock failed; it tries again in a minute")
        close_old_connections()
        time.sleep(60)


def enqueue_due(jobs: Sequence[tuple[str, int]]) -> list[str]:
    """Queue each periodic job that is due, once for any number of workers; return the names."""
    enqueued = []
    for name, minutes in jobs:
        with transaction.atomic():
            _alone(name)
            last = DBTaskResult.objects.filter(task_path=name).order_by("-enqueued_at").first()
            if last is None or (timezone.now() - last.enqueued_at).total_seconds() >= minutes * 60:
                ledger.enqueue(name)
                enqueued.append(name)
    return enqueued


def _alone(name: str) -> None:
    """Lock a job's name until the transaction ends; SQLite has only one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
