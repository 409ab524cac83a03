"""Pages of sheets: who has handed in, the own sheet, a filled spreadsheet."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.documents.spreadsheets.form.writing import write_form
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for
from zhiping.scoring.actions import filled as actions_filled
from zhiping.scoring.actions import sheet as actions
from zhiping.scoring.forms import FilledForm, MarksForm
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries import filled, sheets
from zhiping.scoring.queries import sheet as queries
from zhiping.web.downloads import exported_spreadsheet
from zhiping.web.forms import ReasonForm
from zhiping.web.links import page
from zhiping.web.pages import action_button, form_page, render_form
from zhiping.web.texts import say


def sheets_of(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Which sheets are in; the user's own one, by whatever way it is filled in."""
    evaluation = get_for(request.user, evaluation_id, "scoring.see_sheets")
    own = queries.own_sheet(request.user, evaluation)
    context = {
        "evaluation": evaluation,
        "rows": sheets.rows(request.user, evaluation),
        "own": own,
        "paper": queries.waiting_paper(own) if own and own.seat else None,
        "fills": queries.opens_own(request.user, evaluation),
        "unconfirmed": sheets.unconfirmed(evaluation),
    }
    context |= {"heading": say("sheets.title"), "crumbs": crumbs(evaluation)[:1]}
    return render(request, "scoring/sheets.html", context)


def sheet(request: Request, sheet_id: UUID) -> HttpResponse:
    """Show the marks of the own sheet, or of the common one."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_sheet")
    context = {"sheet": found, "lines": list(filled.lines(found)), **sheets.moves(request.user, found)}
    context |= {"heading": say("sheets.sheet.title"), "crumbs": crumbs(found.evaluation)}
    return render(request, "scoring/sheet.html", context)


@require_POST
def take(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Download the own sheet as a spreadsheet, with the marks it has."""
    evaluation = get_for(request.user, evaluation_id, "scoring.open_sheet")
    own = actions.open_sheet(Act.of(request), evaluation)
    known = queries.as_sheet(own.seat, queries.marks_of(own), evaluation, timezone.now())
    name = f"{say('papers_web.sheet')} {known.name}"
    write = partial(write_form, queries.table_of(evaluation), kind=evaluation.kind, sheet=known)
    return exported_spreadsheet(request, name, partial(write, step=policy_of(evaluation).step))


def upload(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Read a filled spreadsheet of the own sheet and show what it would change."""
    evaluation = get_for(request.user, evaluation_id, "scoring.open_sheet")
    own = actions.open_sheet(Act.of(request), evaluation) if request.method == "POST" else None
    form = FilledForm(request.POST or None, request.FILES or None, sheet=own)
    if own and form.is_valid():
        return _preview(request, own, MarksForm(initial={"marks": filled.carried(form.marks)}), form.marks)
    above = crumbs(evaluation)
    context = {"form": form, "heading": say("sheets.upload.title"), "crumbs": above, "cancel": above[-1][1]}
    return render_form(request, "web/form_page.html", {**context, "submit": say("sheets.upload.read")})


@require_POST
def import_marks(request: Request, sheet_id: UUID) -> HttpResponse:
    """Take over the previewed marks."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_sheet")
    form = MarksForm(request.POST)
    if form.run(actions_filled.import_marks, Act.of(request), sheet=found):
        messages.success(request, say("sheets.upload.done", n=form.result))
        return redirect("scoring:sheet", found.pk)
    return _preview(request, found, form, form.cleaned_data.get("marks", {}))


def _preview(
    request: Request, sheet: Sheet, form: MarksForm, marks: dict[str, filled.Filled]
) -> HttpResponse:
    context = {"sheet": sheet, "form": form, "lines": list(filled.lines(sheet, marks))}
    context |= {"heading": say("sheets.upload.preview"), "crumbs": crumbs(sheet.evaluation)}
    context["action"] = reverse("scoring:import-marks", args=[sheet.pk])
    return render_form(request, "scoring/sheet_preview.html", context)


@require_POST
def hand_in(request: Request, sheet_id: UUID) -> HttpResponse:
    """Hand in the own sheet as it was shown."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_sheet")
    to = reverse("scoring:sheet", args=[found.pk])
    return action_button(request, actions.hand_in, to=to, done="sheets.sheet.handed_in", sheet=found)


@require_POST
def confirm_sheet(request: Request, sheet_id: UUID) -> HttpResponse:
    """Confirm the common sheet as it was shown."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_sheet")
    seen = request.POST.get("content", "")
    to = reverse("scoring:sheet", args=[found.pk])
    return action_button(request, actions.confirm_sheet, to=to, sheet=found, content_sha256=seen)


def ask_return(request: Request, sheet_id: UUID) -> HttpResponse:
    """Ask for the own sheet back, with the reason."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_sheet")
    form = ReasonForm(request.POST or None, texts="sheets.ask_return")
    return form_page(
        request, form, actions.ask_return, crumbs=crumbs(found.evaluation), sheet=found,
        to=reverse("scoring:sheet", args=[found.pk]),
    )  # fmt: skip


@require_POST
def return_sheet(request: Request, sheet_id: UUID) -> HttpResponse:
    """Return a member's sheet, as the member asked."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.return_sheet")
    to = reverse("scoring:sheets", args=[found.evaluation_id])
    return action_button(request, actions.return_sheet, to=to, done="sheets.returned", sheet=found)


def crumbs(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return the pages above a page of sheets."""
    above = page("evaluation", evaluation)
    return [
        (evaluation.platform.name, above),
        (say("sheets.title"), reverse("scoring:sheets", args=[evaluation.pk])),
    ]
