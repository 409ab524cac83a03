"""Pages of papers: one evaluation's, a programme's in one go, an authority's own templates."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts import rules
from zhiping.accounts.models import Organisation
from zhiping.accounts.requests import Request
from zhiping.documents import papers as documents
from zhiping.domain.errors import Invalid
from zhiping.ids import uuid7
from zhiping.preparation.actions import papers as actions
from zhiping.preparation.forms.papers import TemplateForm
from zhiping.preparation.models import Trip
from zhiping.preparation.queries import papers as queries
from zhiping.preparation.queries.evaluation import get_evaluation
from zhiping.preparation.queries.programme import get_programme
from zhiping.web.listing import attachment
from zhiping.web.texts import language, problem

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}


def papers(request: Request, evaluation_id: UUID) -> HttpResponse:
    """The papers of an evaluation, with what would still be blank."""
    evaluation = get_evaluation(request.user, evaluation_id)
    found = queries.papers_of(queries.facts(evaluation))
    stages = [(stage, [_row(p) for p in found if p.stage == stage]) for stage in queries.STAGES]
    may = rules.may(request.user, "preparation.make_papers", evaluation)
    return render(
        request, "preparation/papers.html", {"evaluation": evaluation, "stages": stages, "may": may}
    )


def _row(paper: queries.Paper) -> dict[str, object]:
    return {"name": paper.name, "title": documents.title(paper.name, language()), "lacking": paper.lacking}


@require_POST
def make(request: Request, evaluation_id: UUID, stage: str) -> HttpResponse:
    """Take a stage's papers as a zip, one of them as Word, or the members' scoring sheets."""
    evaluation = get_evaluation(request.user, evaluation_id)
    given: dict[str, Any] = {
        "by": request.user,
        "now": timezone.now(),
        "evaluation": evaluation,
        "language": language(),
    }
    if stage == "sheets":
        name, content = actions.make_sheets(**given)
    elif stage in queries.STAGES:
        name, content = actions.make_papers(**given, stage=stage, name=request.POST.get("name", ""))
    else:
        raise Http404
    kind = TYPES[name.rpartition(".")[2]]
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": attachment(name)})


@require_POST
def ask(request: Request, programme_id: UUID) -> HttpResponse:
    """Have a stage's papers made for a whole programme or trip."""
    programme = get_programme(request.user, programme_id)
    trip_id = request.POST.get("trip")
    trip = get_object_or_404(Trip, pk=trip_id, programme=programme) if trip_id else None
    key = request.POST.get("key")
    bundle = actions.ask_bundle(
        by=request.user, now=timezone.now(), programme=programme, trip=trip, language=language(),
        stage=request.POST.get("stage", ""), id=UUID(key) if key else uuid7(),
    )  # fmt: skip
    return redirect("preparation:bundle", bundle.pk)


def bundle(request: Request, bundle_id: UUID) -> HttpResponse:
    """How far a bundle is; htmx asks for the same page's part until it is finished."""
    found = queries.get_bundle(request.user, bundle_id)
    template = "preparation/_bundle.html" if getattr(request, "htmx", False) else "preparation/bundle.html"
    return render(request, template, {"bundle": found})


@require_POST
def take(request: Request, bundle_id: UUID) -> FileResponse:
    """Take a finished bundle away."""
    found = queries.get_bundle(request.user, bundle_id)
    file = actions.take_bundle(by=request.user, now=timezone.now(), bundle=found)
    return FileResponse(
        file, content_type="application/zip", as_attachment=True, filename=f"{found.programme.name}.zip"
    )


def templates(request: Request, authority_id: UUID) -> HttpResponse:
    """An authority's own templates: see, replace, go back to ours."""
    authority = get_object_or_404(_own(request), pk=authority_id)
    form = TemplateForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        given: dict[str, Any] = {
            "by": request.user,
            "now": timezone.now(),
            "authority": authority,
            "language": language(),
        }
        if "drop" in request.POST:
            actions.drop_template(**given, paper=request.POST["drop"])
            return redirect("preparation:paper-templates", authority.pk)
        if form.is_valid() and _replaced(form, given):
            return redirect("preparation:paper-templates", authority.pk)
    rows = [(t, documents.title(t.paper, t.language)) for t in queries.templates(request.user, authority)]
    return render(
        request, "preparation/paper_templates.html", {"form": form, "authority": authority, "rows": rows}
    )


def _replaced(form: TemplateForm, given: dict[str, Any]) -> bool:
    try:
        actions.replace_template(
            **given, paper=form.cleaned_data["paper"], content=form.cleaned_data["content"].read()
        )
    except Invalid as refused:
        for found in refused.problems:
            form.add_error("content", problem(found))
        return False
    return True


def _own(request: Request) -> QuerySet[Organisation]:
    return Organisation.objects.filter(memberships__user=request.user, memberships__role="authority")
