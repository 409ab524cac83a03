"""Pages of rubrics: list, table, comparison, drafts and publishing."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.documents.spreadsheets import rubric_table as files
from zhiping.domain.comparison import changes
from zhiping.domain.rubric import Rubric as Table
from zhiping.ledger import queries as ledger
from zhiping.ledger.act import Act
from zhiping.permissions import may, require
from zhiping.rubrics import actions, drafts, queries, rubric_html
from zhiping.rubrics.forms import DraftForm, FileForm, WithdrawForm
from zhiping.rubrics.models import Rubric
from zhiping.web.downloads import export, exported_spreadsheet
from zhiping.web.links import link_to
from zhiping.web.listing import Column, Listing, state_cell
from zhiping.web.pages import action_button, form_page, render_form
from zhiping.web.texts import language, problem, say

link = link_to("rubrics:rubric")


def rubrics(request: Request) -> HttpResponse:
    """List all published versions."""
    columns = (
        Column("title", reads=("title", "title_en"), show=_title, order=("title",)),
        Column("version", "version"),
        Column("published", "published"),
        Column("by", "published_by__name", show=lambda name: name or say("rubrics.system"), order=()),
        Column("standing", "head__phase", show=partial(state_cell, "rubrics.standings")),
    )
    source = partial(queries.visible_to, request.user)
    listing = Listing(request, source, columns, "rubrics.list", url=link, order="-published")
    return listing.response("rubrics/rubrics.html", may=may(request.user, "rubrics.publish"))


def _title(zh: str, en: str) -> str:
    return (language() == "en" and en) or zh


def _crumbs(rubric: Rubric | None = None) -> list[tuple[str, str]]:
    crumbs = [(say("rubrics.list.title"), reverse("rubrics:rubrics"))]
    return [*crumbs, (rubric.version, link(rubric))] if rubric else crumbs


def rubric(request: Request, rubric_id: UUID) -> HttpResponse:
    """Show the table of one version."""
    rubric = queries.get_rubric(request.user, rubric_id)
    table = rubric.as_domain()
    spoken = rubric_html.languages(table, request.GET.get("words", ""))
    context = {
        "rubric": rubric,
        "heading": rubric.title_in(language()),
        "crumbs": _crumbs(),
        "others": _choices(request, rubric),
        "timeline": ledger.timeline(rubric.pk),
        "may": may(request.user, "rubrics.publish"),
        "criteria": len(table.criteria),
        "table": rubric_html.published(rubric.wording_sha256, spoken, language()),
        "spoken": "both" if spoken[1:] else spoken[0],
        "choices": ("zh", "en", "both") if table.title.en else (),
    }
    return render(request, "rubrics/rubric.html", context)


@require_POST
def rubric_file(request: Request, rubric_id: UUID, kind: str) -> HttpResponse:
    """Download one version, as published (TOML) or as a spreadsheet for printing."""
    rubric = queries.get_rubric(request.user, rubric_id)
    return _file(request, rubric.as_domain(), rubric.source, kind)


def _file(request: Request, table: Table | None, source: str, kind: str) -> HttpResponse:
    if table is None or kind not in ("toml", "xlsx"):
        raise Http404
    name = f"{table.title[language()]} {table.version}"
    if kind == "toml":
        return export(request, source.encode(), "application/toml; charset=utf-8", f"{name}.toml")
    return exported_spreadsheet(request, name, lambda path: files.export_xlsx(table, path))


def _choices(request: Request, rubric: Rubric) -> list[tuple[UUID, str]]:
    """Return ids and titles of the versions for a comparison."""
    others = queries.others(request.user, rubric)
    return [(other.pk, f"{other.title_in(language())} {other.version}") for other in others]


def compare(request: Request, rubric_id: UUID) -> HttpResponse:
    """Show the changes from another version to this one."""
    rubric = queries.get_rubric(request.user, rubric_id)
    old = queries.get_other(request.user, rubric, request.GET.get("with", ""))
    listed = [rubric_html.change(change) for change in changes(old.as_domain(), rubric.as_domain())]
    context: dict[str, object] = {"rubric": rubric, "old": old, "changes": listed}
    context |= {"heading": say("rubrics.compare.title"), "crumbs": _crumbs(rubric)}
    context["others"] = _choices(request, rubric)
    context["names"] = [f"{version.title_in(language())} {version.version}" for version in (old, rubric)]
    context["same_scale"] = old.scale_sha256 == rubric.scale_sha256
    return render(request, "rubrics/compare.html", context)


def new(request: Request) -> HttpResponse:
    """Read a rubric or a standard from an uploaded file and show the draft."""
    require(request.user, "rubrics.publish")
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return _show(request, form.draft)
    context = {"form": form, "heading": say("rubrics.publish"), "note": say("rubrics.file.steps")}
    context |= {"submit": say("rubrics.file.read"), "crumbs": _crumbs(), "cancel": reverse("rubrics:rubrics")}
    return render_form(request, "web/form_page.html", context)


def _show(request: Request, draft: drafts.Draft, form: DraftForm | None = None) -> HttpResponse:
    """Render a draft with its problems and open doubts."""
    table = draft.contents.rubric
    context: dict[str, object] = {
        "draft": draft,
        "rubric": table,
        "problems": [problem(rubric) for rubric in draft.contents.problems],
        "form": form or DraftForm(initial={"source": draft.source}),
        "heading": say("rubrics.draft.title"),
        "crumbs": [*_crumbs(), (say("rubrics.publish"), reverse("rubrics:new"))],
    }
    if table:
        context["table"] = rubric_html.page(table, rubric_html.languages(table, ""))
        context["criteria"] = len(table.criteria)
    return render_form(request, "rubrics/draft.html", context)


@require_POST
def draft(request: Request) -> HttpResponse:
    """Settle the ticked doubts as proposed."""
    require(request.user, "rubrics.publish")
    known = _sent(request)
    words = say("rubrics.draft.accepted", name=request.user.name, day=timezone.localdate().isoformat())
    return _show(request, drafts.settle(known, request.POST.getlist("accept"), words))


@require_POST
def draft_file(request: Request, kind: str) -> HttpResponse:
    """Download the draft, so that its doubts can be settled in the file."""
    require(request.user, "rubrics.publish")
    known = _sent(request)
    return _file(request, known.contents.rubric, known.source, kind)


def _sent(request: Request) -> drafts.Draft:
    """Return the draft submitted with the page; raises Invalid if it was tampered with."""
    form = DraftForm(request.POST)
    return drafts.of_text(form.cleaned_data["source"] if form.is_valid() else "")


@require_POST
def publish(request: Request) -> HttpResponse:
    """Publish a draft whose doubts are all settled."""
    require(request.user, "rubrics.publish")
    form = DraftForm(request.POST)
    if form.run(actions.publish, Act.of(request)):
        messages.success(request, say("rubrics.draft.published"))
        return redirect("rubrics:rubrics")
    return _show(request, _sent(request), form)


def withdraw(request: Request, rubric_id: UUID) -> HttpResponse:
    """Ask for a reason and withdraw a rubric."""
    rubric = queries.get_rubric(request.user, rubric_id)
    form = WithdrawForm(request.POST or None, seen=rubric.head.size)
    note = say("rubrics.withdraw.what", name=f"{rubric.title_in(language())} {rubric.version}")
    return form_page(
        request, form, actions.withdraw, rubric=rubric, crumbs=_crumbs(rubric), to=link(rubric),
        shown={"note": note, "submit": say("rubrics.withdraw.button")},
    )  # fmt: skip


@require_POST
def restore(request: Request, rubric_id: UUID) -> HttpResponse:
    """Make a withdrawn rubric available again."""
    rubric = queries.get_rubric(request.user, rubric_id)
    return action_button(request, actions.restore, rubric=rubric, to=link(rubric))
