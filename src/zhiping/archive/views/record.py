"""The list of records, the page of one, its packages and who took them."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.queries import action_text
from zhiping.archive.actions import record as actions
from zhiping.archive.forms import RecordFilters, RetentionForm
from zhiping.archive.models import Packing
from zhiping.archive.queries import record as queries
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.views.evaluation import REGION, grade_name
from zhiping.ledger.act import Act
from zhiping.permissions import may
from zhiping.registry import queries as registry
from zhiping.texts.catalogue import language
from zhiping.web.downloads import attachment, download
from zhiping.web.links import link_to
from zhiping.web.listing import Cell, Column, Listing, state_cell
from zhiping.web.pages import action_button, form_page, offered, offered_now
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import say

MOVES = ("open_record", "set_retention", "archive_evaluation", "propose_disposal", "decide_disposal")
STATE = ("head__phase", "record__number", "record__year", "record__disposed")
address = link_to("archive:record")


def records(request: Request) -> HttpResponse:
    """List the records a user reads."""
    columns = (
        Column("platform", "platform__name"),
        Column("number", "record__number", show=lambda number: number or ""),
        Column("year", "record__year", numeric=True),
        Column("region", reads=REGION, show=registry.named, order=("platform__region_id",)),
        Column("kind", "kind", show=lambda kind: say(f"wording.kind.{kind}")),
        Column("grade", "grade", show=grade_name),
        Column("retention", "record__retention", show=_retention),
        Column("state", reads=STATE, show=_state, order=("head__phase",)),
    )
    listing = Listing(
        request, partial(queries.records, request.user), columns, "archive.records", url=address,
        filters=partial(RecordFilters, user=request.user), order="-year",
    )  # fmt: skip
    return listing.response("archive/records.html", may_file=may(request.user, "archive.see_fixity"))


def _retention(retention: str | None) -> str:
    return say(f"archive.retentions.{retention}") if retention else ""


def _state(phase: str, number: str | None, year: int | None, disposed: Any) -> Cell:
    if disposed:
        return state_cell("archive.states", "disposed")
    if phase == "closed":
        return state_cell("archive.states", "packing" if year else "closed")
    return state_cell("archive.states", "filed" if number else "archived")


def crumbs(evaluation: Evaluation | None = None) -> list[tuple[str, str]]:
    """Return the pages above the page of a record; with the evaluation, above a page below it."""
    above = [(say("archive.records.title"), reverse("archive:records"))]
    return [*above, (str(evaluation), address(evaluation))] if evaluation else above


def record(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show the record of an evaluation: retention, number, packages with their checks, what comes next."""
    evaluation = queries.get_filed(request.user, evaluation_id)
    context = {
        "evaluation": evaluation,
        "heading": say("archive.record.title"),
        "crumbs": crumbs(),
        "offers": offers(request, evaluation),
        "packages": [_package(request, one) for one in queries.packages(evaluation)],
        **_facts(evaluation),
        **progress(request, evaluation),
    }
    part = "HX-Request" in request.headers
    return render(request, "archive/_packing.html" if part else "archive/record.html", context)


def _facts(evaluation: Evaluation) -> dict[str, Any]:
    """Return the record with the last day it is kept, and whether it can be archived."""
    found = queries.record_of(evaluation)
    if found is None:
        return {"record": None, "ready": False, "until": None}
    today, disposal = timezone.localdate(), queries.open_disposal(evaluation)
    return {
        "record": found,
        "ready": queries.package_sealed(evaluation, today),
        "until": queries.kept_until(found),
        "over": queries.retention_over(evaluation, today),
        "disposal": disposal,
    }


def progress(request: Request, evaluation: Evaluation) -> dict[str, Any]:
    """Return how far the packing is, for those who keep the record."""
    if not may(request.user, "archive.pack", evaluation):
        return {"packing": None}
    packing = queries.packing_of(evaluation)
    problems = [texts[language()] for texts in packing.problems] if packing else []
    return {"packing": packing, "problems": problems, "steps": len(Packing.STEPS)}


def offers(request: Request, evaluation: Evaluation) -> dict[str, bool]:
    """Return which moves are possible now and permitted to the user, and what the page shows of the rest."""
    moves = offered_now(request.user, evaluation, *MOVES, app="archive")
    return moves | offered(request.user, evaluation, "pack", "see_access", app="archive")


def _package(request: Request, package: Any) -> dict[str, Any]:
    """Return a package for its readers: of one that may not be taken its existence alone."""
    faults = [fault[language()] for fault in package.faults or ()]
    checks: dict[str, list[dict[str, str]]] = {}
    for check in package.checks:
        checks.setdefault(check["property"], []).append(check)
    return {
        "one": package, "may_take": may(request.user, "archive.take_package", package),
        "may_check": may(request.user, "archive.ask_check", package),
        "faults": faults, "checks": list(checks.items()),
    }  # fmt: skip


def open_record(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Open the record with its retention."""
    evaluation = queries.get_filed(request.user, evaluation_id)
    retention, reason = queries.proposed(evaluation)
    initial = {"retention": retention, "reason": reason}
    form = RetentionForm(request.POST or None, initial=initial, seen=evaluation.head.size)
    return _form(request, form, actions.open_record, evaluation, "archive.open.title")


def set_retention(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Change how long the record is kept."""
    evaluation = queries.get_filed(request.user, evaluation_id)
    found = queries.record_of(evaluation)
    initial = {"retention": found.retention} if found else None
    form = RetentionForm(request.POST or None, initial=initial, seen=evaluation.head.size)
    return _form(request, form, actions.set_retention, evaluation, "archive.retention_form.title")


def _form(
    request: Request, form: RetentionForm, action: Any, evaluation: Evaluation, heading: str
) -> HttpResponse:
    return form_page(
        request, form, action, crumbs=crumbs(evaluation), to=address(evaluation), heading=say(heading),
        shown={"note": say("archive.open.note")}, evaluation=evaluation,
    )  # fmt: skip


@require_POST
def pack(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Have the record packed again."""
    evaluation = queries.get_filed(request.user, evaluation_id)
    return action_button(request, actions.pack, to=address(evaluation), evaluation=evaluation)


@require_POST
def archive_evaluation(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Archive the evaluation."""
    evaluation = queries.get_filed(request.user, evaluation_id)
    return action_button(request, actions.archive_evaluation, to=address(evaluation), evaluation=evaluation)


def access(request: Request, evaluation_id: UUID) -> HttpResponse:
    """List who took what of an evaluation."""
    evaluation = queries.get_filed(request.user, evaluation_id, "archive.see_access")
    columns = (
        Column("at", "at", show=moment),
        Column("by", "by__name", order=()),
        Column("action", "action", show=action_text, order=()),
        Column("what", "data", show=_what, order=()),
    )
    source = partial(queries.access, evaluation)
    listing = Listing(request, source, columns, "archive.access", url=lambda _: "", order="-at")
    return listing.response(crumbs=crumbs(evaluation))


def _what(data: dict[str, Any]) -> str:
    """Say what was taken: a file of a package, or what the audit log names."""
    if "package" in data:
        kind = say(f"archive.taken.{data['file']}")
        return say("archive.taken_of", edition=say(f"archive.editions.{data['package']}"), file=kind)
    return say("wording.comma").join(str(value) for value in data.values() if value)


@require_POST
def take_package(request: Request, package_id: UUID) -> FileResponse:
    """Take a package."""
    package = queries.get_package(request.user, package_id, "archive.take_package")
    file = actions.take_package(Act.of(request), package)
    headers = {"Content-Disposition": attachment(f"zhiping-{package.pk}-{package.edition}.zip")}
    return FileResponse(file, content_type="application/zip", headers=headers)


@require_POST
def take_checks(request: Request, package_id: UUID) -> FileResponse:
    """Take the check of the four properties of a package."""
    package = queries.get_package(request.user, package_id, "archive.take_checks")
    file = actions.take_checks(Act.of(request), package)
    name = f"{package.evaluation.platform.name} {say('archive.four.file')}.html"
    headers = {"Content-Disposition": attachment(name), "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, content_type="application/octet-stream", headers=headers)


@require_POST
def take_seal(request: Request, package_id: UUID) -> HttpResponse:
    """Take the seal of a package, to be kept beside it."""
    package = queries.get_package(request.user, package_id, "archive.take_seal")
    seal = actions.take_seal(Act.of(request), package)
    name = f"zhiping-{package.pk}-{package.edition}.zip.seal"
    return download(seal.encode(), "text/plain; charset=utf-8", name)
