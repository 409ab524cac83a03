"""Queries of the running system, for administrators."""

import datetime as dt
import platform
import shutil
from typing import Any
from uuid import UUID

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Q, QuerySet
from django.shortcuts import get_object_or_404
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from zhiping import __version__
from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import administrator
from zhiping.domain.errors import Conflict
from zhiping.ledger import keys
from zhiping.operations.models import Keeper
from zhiping.operations.periodic import JOBS
from zhiping.texts.catalogue import problem_text

Status = TaskResultStatus
STUCK = dt.timedelta(minutes=15)  # a worker updates its job every minute


def visible_to(user: User) -> QuerySet[DBTaskResult]:
    """Return the worker's jobs, for administrators."""
    jobs: QuerySet[DBTaskResult] = DBTaskResult.objects.all()
    return jobs if administrator(user) else jobs.none()


def get_job(user: User, job_id: UUID) -> DBTaskResult:
    """Return one job; Http404 for all others."""
    return get_object_or_404(visible_to(user), pk=job_id)


def stopped(user: User, now: dt.datetime) -> QuerySet[DBTaskResult]:
    """Return the jobs that may be retried: failed ones, and running ones whose worker must be dead.

    While a job runs, `run_after` is the worker's last heartbeat (actions.beat).
    """
    stuck = Q(status=Status.RUNNING, started_at__lt=now - STUCK)
    stuck &= ~Q(run_after__range=(now - STUCK, now + STUCK))
    return visible_to(user).filter(Q(status=Status.FAILED) | stuck)


def counts(user: User) -> dict[str, int]:
    """Return the number of jobs by status."""
    by_status = visible_to(user).order_by().values_list("status").annotate(n=Count("pk"))
    return {str(status): 0 for status in Status} | dict(by_status)


def clockwork(user: User) -> list[dict[str, Any]]:
    """Return the periodic jobs: interval, last start and last success of each."""
    well = Max("finished_at", filter=Q(status=Status.SUCCESSFUL))
    rows = visible_to(user).filter(task_path__in=dict(JOBS)).order_by().values("task_path")
    known = {row["task_path"]: row for row in rows.annotate(began=Max("enqueued_at"), well=well)}
    return [{"path": path, "minutes": n, **known.get(path, {})} for path, n in JOBS]


def installed() -> dict[str, str]:
    """Return versions, the kind of database, free disk space, and the public key of checkpoints."""
    free = shutil.disk_usage(settings.DATA_FOLDER).free
    version = ".".join(map(str, connection.get_database_version()))
    return {
        "zhiping": __version__,
        "python": platform.python_version(),
        "django": django.get_version(),
        "database": f"{connection.display_name} {version}",
        "free": f"{free / 2**30:.1f} GiB",
        "key": public_key(),
    }


def keepers(user: User) -> QuerySet[Keeper]:
    """Return the addresses for checkpoints: all for an office, else those of own authorities."""
    found = Keeper.objects.select_related("organisation")
    return found if user.office else found.filter(organisation__in=keeping(user))


def get_keeper(user: User, keeper_id: UUID) -> Keeper:
    """Return one address for checkpoints."""
    return get_object_or_404(keepers(user), pk=keeper_id)


def keeping(user: User) -> list[Organisation]:
    """Return the authorities for which the person chooses addresses."""
    return user.organisations(Role.AUTHORITY)


def get_authority(user: User, authority_id: UUID) -> Organisation:
    """Return an authority whose addresses the person sees."""
    authorities = Organisation.objects.filter(kind=Organisation.Kind.AUTHORITY)
    own = [organisation.pk for organisation in keeping(user)]
    return get_object_or_404(authorities if user.office else authorities.filter(pk__in=own), pk=authority_id)


def public_key() -> str:
    """Return the public key of checkpoints, or why there is none."""
    try:
        return keys.own().public
    except Conflict as unusable:
        return "\n".join(map(problem_text, unusable.problems))
