"""Periodic jobs are queued once for any number of workers, and run by a worker."""

import contextlib
import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult
from tests.server import faults

from zhiping.ledger import actions as ledger
from zhiping.ledger.models import LOG, Checkpoint
from zhiping.operations import working
from zhiping.operations.periodic import JOBS
from zhiping.operations.working import enqueue_due, work

SIGN = (("zhiping.ledger.jobs.sign_checkpoints", 10),)


def test_every_periodic_job_is_a_task():
    for name, minutes in JOBS:
        assert import_string(name).module_path == name
        assert minutes > 0


def test_a_job_is_enqueued_again_when_its_time_has_passed(cast):
    assert enqueue_due(SIGN) == [SIGN[0][0]]
    assert enqueue_due(SIGN) == []
    DBTaskResult.objects.update(enqueued_at=timezone.now() - dt.timedelta(minutes=9))
    assert enqueue_due(SIGN) == []
    DBTaskResult.objects.update(enqueued_at=timezone.now() - dt.timedelta(minutes=11))
    assert enqueue_due(SIGN) == [SIGN[0][0]]


def test_a_job_with_a_time_in_the_future_is_due(cast):
    """A clock that was ahead, or a row altered by hand, holds nothing off."""
    assert enqueue_due(SIGN) == [SIGN[0][0]]
    DBTaskResult.objects.update(enqueued_at=timezone.now() + dt.timedelta(days=300))
    assert enqueue_due(SIGN) == [SIGN[0][0]]
    assert enqueue_due(SIGN) == []


@pytest.mark.parametrize("fault", [faults.locked, faults.full, faults.read_only])
def test_the_worker_outlives_a_database_that_is_not_available(committed, monkeypatch, fault):
    enqueue_due(SIGN)
    with contextlib.ExitStack() as held:
        held.enter_context(fault())
        paused = []

        def pause(seconds):
            if seconds == working.PAUSE:
                paused.append(seconds)
                held.close()
                ledger.enqueue(SIGN[0][0])

        monkeypatch.setattr(working.time, "sleep", pause)
        work(until_idle=True)
    if not paused:  # PostgreSQL admits updates of the job, which fails like any other
        assert (fault, DBTaskResult.objects.get().status) == (faults.full, "FAILED")
        return
    first, second = DBTaskResult.objects.order_by("enqueued_at")
    assert second.status == "SUCCESSFUL"
    # What was running when it happened is offered to an administrator to be run again.
    assert first.status == "SUCCESSFUL" or second.worker_ids != first.worker_ids


def test_many_clocks_enqueue_a_job_once(committed):
    gate = threading.Barrier(4)

    def look(_):
        gate.wait(60)
        try:
            return enqueue_due(SIGN)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(look, range(4))) == [[], [], [], [SIGN[0][0]]]


def test_worker_signs_ledgers_that_have_grown(committed):
    enqueue_due(SIGN)
    work(until_idle=True)
    assert [job.status for job in DBTaskResult.objects.all()] == ["SUCCESSFUL"]
    assert Checkpoint.objects.filter(head=LOG).count() == 1
    assert Checkpoint.objects.count() > 10


def test_a_job_of_a_change_that_was_taken_back_never_was(committed):
    from django.db import transaction

    from zhiping.ledger import actions

    with transaction.atomic():
        actions.enqueue(SIGN[0][0])
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.exists()
    assert connection.in_atomic_block is False
