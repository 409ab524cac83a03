"""Running a job again, and forgetting those long done."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Conflict, Problem
from zhiping.ledger import actions as ledger
from zhiping.project.operations import rules  # noqa: F401 - its permissions: Django asks apps only
from zhiping.project.operations.queries import stopped

KEPT_DONE = dt.timedelta(days=2)
KEPT_FAILED = dt.timedelta(days=90)


@transaction.atomic
def retry(*, by: User, now: dt.datetime, job: UUID) -> None:
    """Let the worker take a failed job again, or one whose worker is gone.

    Raises Conflict `operations.not_failed` where it waits, runs or is done.
    """
    require(by, "operations.retry")
    fresh = {"started_at": None, "finished_at": None, "exception_class_path": "", "traceback": ""}
    if not stopped(by, now).filter(pk=job).update(status=TaskResultStatus.READY, run_after=now, **fresh):
        raise Conflict([Problem("operations.not_failed")])
    ledger.audit("job.retried", by=by, at=now, subject=str(job))


def forget(*, now: dt.datetime) -> None:
    """Drop what the worker did days ago; failures stay long enough to be looked at."""
    done = Q(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - KEPT_DONE)
    failed = Q(status=TaskResultStatus.FAILED, finished_at__lt=now - KEPT_FAILED)
    DBTaskResult.objects.filter(done | failed).delete()
