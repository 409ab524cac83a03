"""Retry a job, delete old ones, and verify the ledgers."""

import datetime as dt
import logging
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from zhiping.accounts.models import User
from zhiping.domain.errors import Conflict
from zhiping.ledger import actions as ledger
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import VERIFIED, Head
from zhiping.notices.actions import notify
from zhiping.operations.queries import stopped

log = logging.getLogger("zhiping")
KEPT_DONE = dt.timedelta(days=2)
KEPT_FAILED = dt.timedelta(days=90)


@transaction.atomic
def retry(act: Act, job: UUID) -> None:
    """Queue a failed job again, or one whose worker has died.

    Raises Conflict `operations.not_failed` where it is waiting, running or done.
    """
    act.require("operations.retry")
    fresh = {"started_at": None, "finished_at": None, "exception_class_path": "", "traceback": ""}
    jobs = stopped(act.by, act.now).filter(pk=job)
    if not jobs.update(status=TaskResultStatus.READY, run_after=act.now, **fresh):
        raise Conflict.of("operations.not_failed")
    ledger.audit("job.retried", by=act.by, at=act.now, subject=str(job))


def beat(act: Act, *, worker: str) -> None:
    """Update the heartbeat of a running job, so that a long job is not considered lost."""
    act.require("operations.beat")
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).values_list("pk", "worker_ids")
    own = [job for job, workers in running if worker in workers]
    DBTaskResult.objects.filter(pk__in=own, status=TaskResultStatus.RUNNING).update(run_after=act.now)


def forget(act: Act) -> None:
    """Delete old jobs; failed ones are kept longer."""
    act.require("operations.forget")
    done = Q(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=act.now - KEPT_DONE)
    failed = Q(status=TaskResultStatus.FAILED, finished_at__lt=act.now - KEPT_FAILED)
    DBTaskResult.objects.filter(done | failed).delete()


def verify(act: Act) -> list[UUID]:
    """Verify every ledger, record the outcome and notify administrators; return the broken ones."""
    act.require("operations.verify")
    broken = [head.pk for head, _ in verification.verify_all() if _still_broken(head)]
    with transaction.atomic():
        data = {"ledgers": Head.objects.count(), "broken": len(broken), "first": list(map(str, broken[:10]))}
        ledger.audit(VERIFIED, by=act.by, at=act.now, data=data)
        if broken:
            to = User.objects.filter(office=User.Office.ADMINISTRATOR, is_active=True)
            url = reverse("operations:checks")
            notify(to=to, code="operations.ledger_broken", data={"n": len(broken)}, url=url, now=act.now)
    for head_id in broken[:10]:
        log.error("a ledger is not what it was", extra={"data": {"ledger": str(head_id)}})
    return broken


def _still_broken(head: Head) -> bool:
    """Verify again under lock: a ledger that grew while it was read looks broken without one."""
    with transaction.atomic():
        held = Head.objects.select_for_update().filter(pk=head.pk).first()
        return held is None or bool(verification.verify(held))
