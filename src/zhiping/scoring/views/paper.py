"""Pages of paper sheets: the secretary enters one, its member compares and confirms it."""

from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.domain.errors import Conflict, Invalid
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.panels.models import Seat
from zhiping.panels.queries.panel import get_for
from zhiping.permissions import require
from zhiping.scoring.actions import paper as actions
from zhiping.scoring.actions.sheet import open_for
from zhiping.scoring.forms import PaperForm, TypedForm
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries import filled
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.queries.sheets import seat_of_member
from zhiping.scoring.views.sheet import crumbs
from zhiping.web.downloads import stored_file
from zhiping.web.forms import ReasonForm
from zhiping.web.pages import action_button, form_page, render_form
from zhiping.web.texts import say


def type_paper(request: Request, evaluation_id: UUID, seat_id: UUID) -> HttpResponse:
    """Type a member's signed paper sheet, criterion by criterion, and add its scan."""
    evaluation, seat = _of_member(request, evaluation_id, seat_id)
    form = TypedForm(
        request.POST or None, request.FILES or None,
        evaluation=evaluation, before=filled.typed(seat),
    )  # fmt: skip
    if request.method == "POST":
        sheet = open_for(Act.of(request), evaluation, seat=seat)
        if form.run(actions.enter_paper, Act.of(request), sheet=sheet):
            return redirect("scoring:sheets", evaluation.pk)
    context = {"form": form, "evaluation": evaluation, "seat": seat, **_shown(evaluation, seat)}
    return render_form(request, "scoring/type_paper.html", context)


def enter_paper(request: Request, evaluation_id: UUID, seat_id: UUID) -> HttpResponse:
    """Enter a member's signed paper sheet: a spreadsheet typed from it, and its scan."""
    evaluation, seat = _of_member(request, evaluation_id, seat_id)
    sheet = open_for(Act.of(request), evaluation, seat=seat) if request.method == "POST" else None
    form = PaperForm(request.POST or None, request.FILES or None, sheet=sheet)
    if sheet and form.is_valid() and _enter(request, form):
        return redirect("scoring:sheets", evaluation.pk)
    return render_form(request, "web/form_page.html", {"form": form, **_shown(evaluation, seat)})


def _of_member(request: Request, evaluation_id: UUID, seat_id: UUID) -> tuple[Evaluation, Seat]:
    """Return the evaluation and the seat whose paper sheet the secretary enters."""
    evaluation = get_for(request.user, evaluation_id, "scoring.open_sheet")
    seat = seat_of_member(evaluation, seat_id)
    require(request.user, "scoring.enter_paper", Sheet(evaluation=evaluation, seat=seat))
    return evaluation, seat


def _shown(evaluation: Evaluation, seat: Seat) -> dict[str, object]:
    above, intro = crumbs(evaluation), "intro" if seat.expert.user_id else "intro_by_scan"
    return {
        "heading": say("sheets.paper.title"),
        "crumbs": above,
        "cancel": above[-1][1],
        "submit": say("sheets.paper.enter"),
        "note": say(f"sheets.paper.{intro}", name=seat.expert.name),
    }


def _enter(request: Request, form: PaperForm) -> bool:
    """Enter the sheet; return whether it is done."""
    scan = form.cleaned_data["scan"]
    try:
        if form.sheet:
            actions.enter_paper(Act.of(request), form.sheet, marks=form.marks, scan=scan)
    except (Invalid, Conflict) as refused:
        form.refuse(refused)
    return not form.errors


def paper(request: Request, sheet_id: UUID) -> HttpResponse:
    """Show a paper sheet as entered beside its scan, to confirm or to send it back."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_sheet")
    waiting = queries.waiting_paper(found)
    if waiting is None:
        return redirect("scoring:sheets", found.evaluation_id)
    lines = list(filled.lines(found, filled.of_data(waiting.marks)))
    context: dict[str, object] = {"sheet": found, "paper": waiting, "lines": lines}
    context |= {"heading": say("sheets.paper.check"), "crumbs": crumbs(found.evaluation)}
    return render(request, "scoring/paper.html", context)


@require_POST
def confirm_paper(request: Request, sheet_id: UUID, paper_id: UUID) -> HttpResponse:
    """Confirm the paper sheet, which hands it in."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_sheet")
    to = reverse("scoring:sheets", args=[found.evaluation_id])
    done = "sheets.sheet.handed_in"
    return action_button(request, actions.confirm_paper, to=to, done=done, sheet=found, paper=paper_id)


def refuse_paper(request: Request, sheet_id: UUID, paper_id: UUID) -> HttpResponse:
    """Send the paper sheet back to who entered it, with the reason."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_sheet")
    form = ReasonForm(request.POST or None, texts="sheets.refuse_paper")
    return form_page(
        request, form, actions.refuse_paper, crumbs=crumbs(found.evaluation), sheet=found, paper=paper_id,
        to=reverse("scoring:sheets", args=[found.evaluation_id]),
    )  # fmt: skip


@require_POST
def scan(request: Request, sheet_id: UUID, paper_id: UUID) -> FileResponse:
    """Take the scan of a paper sheet that waits."""
    found = queries.get_sheet(request.user, sheet_id, "scoring.see_paper")
    return stored_file(*actions.take_scan(Act.of(request), found, paper=paper_id))
