"""Pages that say how the system runs."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.requests import Request
from zhiping.accounts.rules import require
from zhiping.operations import actions, queries
from zhiping.operations import checks as checking
from zhiping.operations.forms import JobFilters
from zhiping.operations.queries import Status
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import say

TONES = {"READY": "info", "RUNNING": "primary", "FAILED": "danger", "SUCCESSFUL": "success"}

COUNTED = (Status.READY, Status.RUNNING, Status.FAILED)

FOUND = {"ok": "success", "warn": "warning", "fail": "danger"}


def overview(request: Request) -> HttpResponse:
    """What waits, what failed, what the clock does, what is installed."""
    require(request.user, "operations.see")
    found = queries.counts(request.user)
    context = {
        "counts": [_count(status, found[status]) for status in COUNTED],
        "clockwork": [{**row, "name": name(row["path"])} for row in queries.clockwork(request.user)],
        "installed": [(say(f"operations.installed.{key}"), v) for key, v in queries.installed().items()],
    }
    return render(request, "operations/overview.html", context)


def _count(status: Status, n: int) -> dict[str, Any]:
    return {
        "n": n,
        "label": say(f"operations.statuses.{status}"),
        "url": f"{reverse('operations:jobs')}?status={status}",
        "tone": TONES[status] if n else "secondary",
    }


def checks(request: Request) -> HttpResponse:
    """What must hold, as `zhiping doctor` says it: each with how to mend it."""
    require(request.user, "operations.see")
    found = [_finding(finding) for finding in checking.findings()]
    return render(request, "operations/checks.html", {"findings": found})


def _finding(finding: checking.Finding) -> dict[str, str]:
    about, mend = checking.said(finding, say)
    return {"state": say(f"server.states.{finding.state}"), "tone": FOUND[finding.state], "about": about,
            "mend": mend}  # fmt: skip


def name(path: str) -> str:
    """Say what a job does; one without a text is called by its path."""
    try:
        return say(f"operations.jobs.{path.removeprefix('zhiping.')}")
    except KeyError:
        return path


def jobs(request: Request) -> HttpResponse:
    """The worker's jobs, the latest first."""
    require(request.user, "operations.see")
    columns = (
        Column("name", "task_path", show=name),
        Column("status", "status", show=_status),
        Column("enqueued", "enqueued_at", show=moment),
        Column("finished", "finished_at", show=moment),
        Column("fault", "exception_class_path", show=lambda path: path.rpartition(".")[2], order=()),
    )
    listing = Listing(
        request, partial(queries.visible_to, request.user), columns, "operations.list",
        url=link_to("operations:job"), filters=partial(JobFilters), order="-enqueued",
    )  # fmt: skip
    return listing.response()


def _status(status: str) -> Cell:
    return Cell(say(f"operations.statuses.{status}"), badge=TONES[status])


def job(request: Request, job_id: UUID) -> HttpResponse:
    """One job: what it was given, what it failed at."""
    found = queries.get_job(request.user, job_id)
    given = ", ".join(map(str, [*found.args_kwargs["args"], *found.args_kwargs["kwargs"].values()]))
    context = {
        "job": found,
        "name": name(found.task_path),
        "given": given,
        "status": _status(found.status),
        "again": found in queries.stopped(request.user, timezone.now()),
    }
    return render(request, "operations/job.html", context)


@require_POST
def retry(request: Request, job_id: UUID) -> HttpResponse:
    """Let the worker take a job again."""
    found = queries.get_job(request.user, job_id)
    actions.retry(by=request.user, now=timezone.now(), job=found.pk)
    messages.success(request, say("operations.again"))
    return redirect("operations:job", found.pk)
