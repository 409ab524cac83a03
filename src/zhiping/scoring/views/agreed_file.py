"""The spreadsheet of the deliberation, out and back."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for
from zhiping.scoring.actions import deliberation as actions
from zhiping.scoring.forms import AgreedFileForm, AgreedForm
from zhiping.scoring.queries import agreed_file
from zhiping.visits.views.visit import crumbs
from zhiping.web.downloads import exported_spreadsheet
from zhiping.web.pages import render_form
from zhiping.web.texts import say


@require_POST
def take(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Download the disputed criteria with all marks, to be filled in by the panel."""
    evaluation = get_for(request.user, evaluation_id, "scoring.see_marks")
    name = f"{evaluation.platform.name} {say('tables.deliberation.title')}"
    return exported_spreadsheet(request, name, partial(agreed_file.write, evaluation))


def upload(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Read a filled spreadsheet and show what it would settle."""
    evaluation = get_for(request.user, evaluation_id, "scoring.settle_criteria")
    form = AgreedFileForm(request.POST or None, request.FILES or None, evaluation=evaluation)
    if request.method == "POST" and form.is_valid():
        ready = AgreedForm(initial={"lines_text": agreed_file.carried(form.lines)}, seen=evaluation.head.size)
        return _preview(request, evaluation, ready, form.lines)
    context = {"form": form, "heading": say("deliberation.file.title"), "crumbs": _crumbs(evaluation)}
    context |= {"cancel": _address(evaluation), "submit": say("deliberation.file.read")}
    return render_form(request, "web/form_page.html", context)


@require_POST
def settle(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Settle the criteria that were previewed, as one event."""
    evaluation = get_for(request.user, evaluation_id, "scoring.settle_criteria")
    form = AgreedForm(request.POST)
    if form.run(actions.settle_criteria, Act.of(request), evaluation=evaluation):
        return redirect(_address(evaluation))
    return _preview(request, evaluation, form, form.lines)


def _preview(
    request: Request, evaluation: Evaluation, form: AgreedForm, lines: agreed_file.Lines
) -> HttpResponse:
    context = {"evaluation": evaluation, "form": form, "lines": lines, "crumbs": _crumbs(evaluation)}
    context |= {"heading": say("deliberation.file.preview"), "cancel": _address(evaluation)}
    context["action"] = reverse("scoring:settle-file", args=[evaluation.pk])
    return render_form(request, "scoring/agreed_preview.html", context)


def _address(evaluation: Evaluation) -> str:
    return reverse("scoring:deliberation", args=[evaluation.pk])


def _crumbs(evaluation: Evaluation) -> list[tuple[str, str]]:
    return [crumbs(evaluation)[0], (say("deliberation.title"), _address(evaluation))]
