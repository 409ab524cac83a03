"""The two pages of an import: upload a file; preview what it would do, and confirm."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid
from zhiping.ledger.act import Act
from zhiping.web.forms import TextForm
from zhiping.web.importing import files, plan, uploads
from zhiping.web.importing.sheet import Sheet, ignored
from zhiping.web.listing import page_links
from zhiping.web.pages import render_form
from zhiping.web.texts import problem, say

ROWS = 50  # a page


class UploadForm(TextForm):
    """The file to import."""

    texts = "importing.upload"
    file = forms.FileField(widget=forms.FileInput({"accept": ".xlsx,.xls,.et,.ods"}))


def start(request: HttpRequest, sheet: Sheet, *, preview: str) -> HttpResponse:
    """Show the page where a file is uploaded; `preview` is the URL name of the next page."""
    if request.GET.get("template") == "xlsx":
        return files.template(sheet)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(preview, _receive(request, sheet, form).id)
        except Invalid as refused:
            for found in refused.problems:
                form.add_error("file", problem(found))
    context = {"form": form, **_frame(sheet, "./")}
    return render_form(request, "web/import.html", context)


def _frame(sheet: Sheet, register: str) -> dict[str, object]:
    """Return heading and way back; `register`: the path of the list, from this page."""
    title = say(f"{sheet.texts}.title")
    return {
        "title": title,
        "heading": say("importing.heading", title=title),
        "crumbs": [(title, register)],
    }


def _receive(request: HttpRequest, sheet: Sheet, form: UploadForm) -> uploads.Upload:
    upload = uploads.receive(form.cleaned_data["file"], request.user.pk, sheet.texts)
    upload = replace(upload, outcomes=plan.outcomes(plan.steps(sheet, upload.table)))
    uploads.keep(upload)
    return upload


def review(
    request: HttpRequest, sheet: Sheet, upload_id: UUID, action: Callable[..., object], *, done: str
) -> HttpResponse:
    """Show what an import would do; a POST confirms it by `action(act, sheet, upload=…, seen=…)`."""
    upload = uploads.kept(upload_id, request.user.pk, sheet.texts)
    refused: Sequence[str] = ()
    if request.method == "POST":
        try:
            seen = request.POST.get("seen", "")
            act = Act.of(request).submitted(upload.id, {"sha256": upload.sha256})
            action(act, sheet, upload=upload, seen=seen)
        except (Invalid, Conflict) as error:
            refused = [problem(p) for p in error.problems]
        except AlreadyDone:
            return redirect(done)
        else:
            messages.success(request, say("importing.done", file=upload.file))
            return redirect(done)
    steps = plan.steps(sheet, upload.table)
    if request.GET.get("problems") == "xlsx":
        return files.faulty(sheet, upload.table, steps)
    context = _context(request, sheet, upload, steps) | {"refused": refused}
    return render(request, "web/import_preview.html", context, status=409 if refused else 200)


def _context(
    request: HttpRequest, sheet: Sheet, upload: uploads.Upload, steps: Sequence[plan.Step]
) -> dict[str, object]:
    counts = Counter(step.kind for step in steps)
    asked = request.GET.get("kind")
    kind = asked if asked in plan.KINDS else next(kind for kind in plan.KINDS if counts[kind])
    page = Paginator([step for step in steps if step.kind == kind], ROWS).get_page(request.GET.get("page"))
    headers = {c.key: sheet.header(c) for c in sheet.columns}
    return {
        "upload": upload,
        **_frame(sheet, "../"),
        "counts": [(kind, counts[kind]) for kind in plan.KINDS],
        "kind": kind,
        "page": page,
        "pages": page_links(page, lambda n: f"?kind={kind}&page={n}"),
        "rows": [_shown(step, headers) for step in page],
        "wrong": counts["wrong"],
        "add": counts["add"],
        "change": counts["change"],
        "writes": counts["add"] + counts["change"],
        "seen": plan.digest(steps),
        "moved": plan.moved(upload, steps)[: plan.MOST_NAMED],
        "ignored": ignored(sheet, upload.table),
        "hidden": (hidden := [s.row.number for s in steps if s.row.number - 1 in upload.table.hidden]),
        "hidden_named": hidden[: plan.MOST_NAMED],
        "others": upload.table.others,
    }


def _shown(step: plan.Step, headers: dict[str, str]) -> dict[str, object]:
    return {
        "number": step.row.number,
        "label": step.label,
        "problems": [problem(p) for p in step.row.problems],
        "notes": [problem(p) for p in step.row.notes],
        "changes": [(headers[key], before, after) for key, before, after in step.changes],
    }
