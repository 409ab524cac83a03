"""Pages of papers: one evaluation's, a programme's in one go, an authority's own templates."""

import datetime as dt
from functools import partial
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.documents.papers.word import papers as documents
from zhiping.domain.errors import Invalid
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.queries.programme import get_programme
from zhiping.evaluations.views import programme as programmes
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for
from zhiping.permissions import may
from zhiping.visits import queries
from zhiping.visits.actions import papers as actions
from zhiping.visits.forms import BundleForm, TemplateForm
from zhiping.visits.views.visit import crumbs
from zhiping.web.downloads import download
from zhiping.web.links import link_to, page
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.pages import action_button, form_page
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import language, say

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}


def papers(request: Request, evaluation_id: UUID) -> HttpResponse:
    """The papers of an evaluation, with what would still be blank."""
    evaluation = get_for(request.user, evaluation_id, "visits.make_papers")
    found = queries.papers_of(queries.known_facts(evaluation))
    stages = [(stage, [row_of(p) for p in found if p.stage == stage]) for stage in queries.STAGES]
    replaces = may(request.user, "visits.replace_template", evaluation.authority)
    changes = queries.can_change_letters(request.user, evaluation)
    context = {"evaluation": evaluation, "stages": stages, "replaces": replaces, "change_letters": changes}
    context |= {
        "heading": say("words.papers"),
        "crumbs": crumbs(evaluation)[:1],
        "maker": "visits:make-papers",
    }
    context["after"] = page("papers-after", evaluation) if evaluation.grade else ""
    return render(request, "visits/papers.html", context)


def row_of(paper: queries.Paper) -> dict[str, object]:
    """Return a paper as visits/papers.html shows it."""
    lacking = [say(f"papers_web.facts.{code}") for code in paper.lacking]
    title = documents.title(paper.name)
    return {"name": paper.name, "title": title, "lacking": say("wording.comma").join(lacking)}


@require_POST
def make(request: Request, evaluation_id: UUID, stage: str) -> HttpResponse:
    """Take a stage's papers as a zip, one of them as Word, or the members' scoring sheets."""
    evaluation = get_evaluation(request.user, evaluation_id)
    given: dict[str, Any] = {"evaluation": evaluation, "language": language()}
    if stage == "sheets":
        name, content = actions.make_sheets(Act.of(request), **given)
    elif stage in queries.STAGES:
        given |= {"stage": stage, "name": request.POST.get("name", "")}
        name, content = actions.make_papers(Act.of(request), **given)
    else:
        raise Http404
    return download(content, TYPES[name.rpartition(".")[2]], name)


@require_POST
def ask(request: Request, programme_id: UUID) -> HttpResponse:
    """Have a stage's papers made for a whole programme or trip."""
    programme = get_programme(request.user, programme_id)
    form = BundleForm(request.POST, programme=programme)
    if form.run(actions.ask_bundle, Act.of(request), programme=programme, language=language()):
        return redirect("visits:bundle", form.made)
    raise Invalid.of("papers_web.nothing")


def bundles(request: Request, programme_id: UUID) -> HttpResponse:
    """What was made for a programme, so that it is found again."""
    programme = get_programme(request.user, programme_id)
    source = partial(queries.bundles_of, request.user, programme)
    listing = Listing(
        request, source, BUNDLES, "papers_web.bundles", link_to("visits:bundle"), order="-asked"
    )
    return listing.response(crumbs=programmes.crumbs(programme))


def _state(finished: dt.datetime | None, problems: list[Any], done: int, total: int) -> Cell:
    if finished:
        return Cell(say("papers_web.finished"), badge="warning" if problems else "success")
    return Cell(say("papers_web.progress", done=done, total=total), badge="info")


BUNDLES = (
    Column("stage", "stage", show=lambda stage: say(f"papers_web.stages.{stage}")),
    Column("trip", "trip__name"),
    Column("by", "by__name"),
    Column("asked", "asked", show=moment),
    Column("state", reads=("finished", "problems", "done", "total"), show=_state),
)


def bundle(request: Request, bundle_id: UUID) -> HttpResponse:
    """How far a bundle is; htmx asks for the same page's part until it is finished."""
    found = queries.get_bundle(request.user, bundle_id)
    template = "visits/_bundle.html" if "HX-Request" in request.headers else "visits/bundle.html"
    stage = say(f"papers_web.stages.{found.stage}")
    above = [
        (found.programme.name, page("programme", found.programme_id)),
        (say("papers_web.bundles.title"), reverse("visits:bundles", args=[found.programme_id])),
    ]
    heading = f"{stage} · {found.trip}" if found.trip else stage
    return render(request, template, {"bundle": found, "heading": heading, "crumbs": above})


@require_POST
def take(request: Request, bundle_id: UUID) -> FileResponse:
    """Take a finished bundle away."""
    found = queries.get_bundle(request.user, bundle_id)
    file = actions.take_bundle(Act.of(request), found)
    name = f"{found.trip or found.programme} {say(f'papers_web.stages.{found.stage}')}.zip"
    return FileResponse(file, content_type=TYPES["zip"], as_attachment=True, filename=name)


def templates(request: Request, authority_id: UUID) -> HttpResponse:
    """Show an authority's own templates, and replace one."""
    authority = queries.get_authority(request.user, authority_id)
    form = TemplateForm(request.POST or None, request.FILES or None)
    rows = [
        (template, documents.title(template.paper))
        for template in queries.templates(request.user, authority, language())
    ]
    return form_page(
        request, form, actions.replace_template, crumbs=(), to=request.path,
        template="visits/paper_templates.html", shown={"rows": rows}, authority=authority,
        language=language(),
    )  # fmt: skip


@require_POST
def drop(request: Request, authority_id: UUID) -> HttpResponse:
    """Use the bundled template of a paper again."""
    authority = queries.get_authority(request.user, authority_id)
    to = reverse("visits:paper-templates", args=[authority.pk])
    paper = request.POST.get("paper", "")
    return action_button(
        request, actions.drop_template, to=to, authority=authority, paper=paper, language=language()
    )
