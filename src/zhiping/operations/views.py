"""Pages on the state of the system."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.models import User
from zhiping.accounts.rules import administrator, auditor
from zhiping.ledger import kept
from zhiping.notices.views import status as say_status
from zhiping.operations import actions, queries, report
from zhiping.operations import checks as checking
from zhiping.operations.forms import JobFilters, KeeperForm
from zhiping.operations.models import Keeper
from zhiping.operations.queries import Status
from zhiping.permissions import may, require
from zhiping.web.links import link_to
from zhiping.web.listing import Column, Listing, state_cell
from zhiping.web.pages import action_button, form_page
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import say
from zhiping.web.tones import TONES

COUNTED = (Status.READY, Status.RUNNING, Status.FAILED)

link = link_to("operations:job")


def overview(request: Request) -> HttpResponse:
    """Show jobs by status, periodic jobs and versions."""
    require(request.user, "operations.see")
    found = queries.counts(request.user)
    context = {
        "heading": say("nav.operations"),
        "counts": [_count(status, found[status]) for status in COUNTED],
        "clockwork": [{**row, "name": name(row["path"])} for row in queries.clockwork(request.user)],
        "installed": [(say(f"operations.installed.{key}"), v) for key, v in queries.installed().items()],
    }
    return render(request, "operations/overview.html", context)


def _crumbs() -> list[tuple[str, str]]:
    return [(say("nav.operations"), reverse("operations:overview"))]


def _count(status: Status, n: int) -> dict[str, Any]:
    return {
        "n": n,
        "label": say(f"operations.statuses.{status}"),
        "url": f"{reverse('operations:jobs')}?status={status}",
        "tone": TONES[status] if n else "secondary",
    }


def checks(request: Request) -> HttpResponse:
    """Show the system checks of `zhiping doctor`, each with its remedy."""
    require(request.user, "operations.see")
    found = [_finding(finding) for finding in checking.findings()]
    context = {"findings": found, "heading": say("operations.checks"), "crumbs": _crumbs()}
    return render(request, "operations/checks.html", context)


def _finding(finding: checking.Finding) -> dict[str, str]:
    about, mend = checking.describe(finding)
    return {"state": finding.state, "about": about, "mend": mend}


def name(path: str) -> str:
    """Return the name of a job; its dotted path if the catalogue has none."""
    try:
        return say(f"operations.jobs.{path.removeprefix('zhiping.')}")
    except KeyError:
        return path


def jobs(request: Request) -> HttpResponse:
    """List the worker's jobs, the latest first."""
    require(request.user, "operations.see")
    columns = (
        Column("name", "task_path", show=name),
        Column("status", "status", show=partial(state_cell, "operations.statuses")),
        Column("enqueued", "enqueued_at", show=moment),
        Column("finished", "finished_at", show=moment),
        Column("fault", "exception_class_path", show=lambda path: path.rpartition(".")[2], order=()),
    )
    listing = Listing(
        request, partial(queries.visible_to, request.user), columns, "operations.list",
        url=link, filters=partial(JobFilters), order="-enqueued",
    )  # fmt: skip
    return listing.response()


def job(request: Request, job_id: UUID) -> HttpResponse:
    """Show one job with its arguments and its error."""
    found = queries.get_job(request.user, job_id)
    given = ", ".join(map(str, [*found.args_kwargs["args"], *found.args_kwargs["kwargs"].values()]))
    context = {
        "job": found,
        "heading": name(found.task_path),
        "crumbs": [*_crumbs(), (say("operations.list.title"), reverse("operations:jobs"))],
        "given": given,
        "again": found in queries.stopped(request.user, timezone.now()),
    }
    return render(request, "operations/job.html", context)


@require_POST
def retry(request: Request, job_id: UUID) -> HttpResponse:
    """Queue a job again."""
    found = queries.get_job(request.user, job_id)
    return action_button(request, actions.retry, job=found.pk, to=link(found), done="operations.again")


def records(request: Request) -> HttpResponse:
    """Show the last verification, the latest checkpoint and the addresses that receive it."""
    require(request.user, "operations.see_records")
    latest = kept.latest()
    context = {
        "heading": say("operations.records.title"),
        **_verification(request.user),
        "checkpoint": latest,
        "fingerprint": kept.fingerprint(latest) if latest else "",
        "key": queries.public_key() if latest else "",
        "keepers": [_keeper(request.user, keeper) for keeper in queries.keepers(request.user)],
        "own": queries.keeping(request.user),
    }
    return render(request, "operations/records.html", context)


def _verification(user: User) -> dict[str, Any]:
    """Return the result of the last verification, for those who may read names of everything."""
    if not (administrator(user) or auditor(user)):
        return {}
    last = checking.last_verified()
    found = [_finding(finding) for finding in checking.records()]
    return {"verified": found, "sentences": report.sentences(last.data["first"]) if last else []}


def _keeper(user: User, keeper: Keeper) -> tuple[Keeper, str, bool]:
    removable = may(user, "operations.remove_keeper", keeper.organisation)
    return keeper, say_status(keeper.status), removable


def checkpoint(request: Request) -> HttpResponse:
    """Download the latest checkpoint, to keep it elsewhere."""
    require(request.user, "operations.see_records")
    latest = kept.latest()
    if latest is None:
        raise Http404
    name = f"checkpoint-{latest.size}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(latest.note, content_type="text/plain; charset=utf-8", headers=headers)


def add_keeper(request: Request, authority_id: UUID) -> HttpResponse:
    """Add an address outside the server to which checkpoints are sent."""
    organisation = queries.get_authority(request.user, authority_id)
    back = reverse("operations:records")
    return form_page(
        request, KeeperForm(request.POST or None), actions.add_keeper, organisation=organisation,
        crumbs=[(say("operations.records.title"), back)], to=back,
    )  # fmt: skip


@require_POST
def remove_keeper(request: Request, keeper_id: UUID) -> HttpResponse:
    """Send no more checkpoints to an address."""
    found = queries.get_keeper(request.user, keeper_id)
    return action_button(request, actions.remove_keeper, keeper=found, to=reverse("operations:records"))
