"""The page of a result, and its files."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.documents.papers import charts
from zhiping.documents.papers.facts.report import flip_texts
from zhiping.documents.papers.word import stages
from zhiping.domain.panel import distinct_names
from zhiping.domain.result_document import CriterionOut, Result
from zhiping.domain.rubric import Rubric
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.evaluations.views.evaluation import address
from zhiping.ledger.act import Act
from zhiping.permissions import may, require
from zhiping.scoring.actions import papers as actions
from zhiping.scoring.queries import files, past
from zhiping.scoring.queries import result as queries
from zhiping.scoring.queries.result import Shown
from zhiping.texts import findings, wording
from zhiping.texts.catalogue import translated
from zhiping.visits.queries import Paper
from zhiping.visits.views.papers import TYPES, row_of
from zhiping.web.downloads import download
from zhiping.web.downloads import export as exported
from zhiping.web.links import page
from zhiping.web.listing import rows_html
from zhiping.web.tables import headings
from zhiping.web.texts import language, say

AFTER = "after"  # a stage of papers
OTHER = {"authority": "self", "self": "authority"}  # the kind of evaluation that is shown beside
TABLE = "criterion max:numeric score:numeric {marks}reason evidence advice note"


def crumbs(found: Shown, *, page_itself: bool = False) -> list[tuple[str, str]]:
    """Return the pages above the result's; with `page_itself`, above a page below it."""
    above = [(str(found.evaluation), address(found.evaluation))]
    own = (say("results.title"), page("result", found.evaluation))
    return [*above, own] if page_itself else above


def result(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show the result of an evaluation in the reader's edition, or to the panel what would be concluded."""
    found = queries.get_shown(request.user, evaluation_id)
    evaluation, rubric = found.evaluation, found.evaluation.rubric.as_domain()
    context = {"found": found, "evaluation": evaluation, "document": found.edition, "crumbs": crumbs(found)}
    context["heading"] = say("results.of", platform=found.edition["platform"]["name"])
    context["signed"] = queries.signed(evaluation, found.sha256)
    ready = found.row is None and found.edition["grade"] is not None
    context["signs"] = ready and may(request.user, "scoring.sign_result", evaluation)
    context["records"] = ready and may(request.user, "scoring.record_signature", evaluation)
    context["makes_papers"] = found.row and may(request.user, "scoring.make_after_papers", evaluation)
    context["files"] = [(name, _title(name)) for name in files.offered(found)]
    for part in (_figures, _parts, _table, _readings):
        context |= part(found, rubric)
    return render(request, "scoring/result.html", context | _beside(found))


def _title(name: str) -> str:
    """Return what a file is called on the page: `report.pdf` is the text `report_pdf`."""
    return say(f"results.files.{name.replace('.', '_')}")


def _figures(found: Shown, rubric: Rubric) -> dict[str, Any]:
    """Return score and grade against the bounds."""
    document = found.edition
    meanings = {band.grade: translated(band.meaning) for band in rubric.bands}
    return {
        "grade": wording.grade_name(rubric, document["grade"]),
        "meaning": meanings.get(document["grade"] or "", ""),
        "margin": wording.margin_text(document, rubric),
        "overview": wording.overview(document, rubric, found.about),
        "open": [(point["id"], say(f"report.open.{point['why']}")) for point in document["open"]],
    }


def _parts(found: Shown, rubric: Rubric) -> dict[str, Any]:
    """Return the charts of a result without open points, and the tables behind them."""
    document = found.edition
    drawn = charts.drawn(document, rubric, found.about, charts.SCREEN) if document["grade"] else {}
    return {
        "charts": [(name, chart.title, mark_safe(chart.svg)) for name, chart in drawn.items()],  # noqa: S308 - made by us, texts escaped
        "dimensions": wording.score_rows(document, "dimensions"),
        "indicators": wording.score_rows(document, "indicators"),
    }


def _table(found: Shown, rubric: Rubric) -> dict[str, Any]:
    """Return the full table: each criterion with its points, reasons and evidence."""
    document, marks = found.edition, bool(found.edition["sheets"]) and found.whole
    columns = headings("results.columns", TABLE.format(marks="marks " if marks else ""))
    names = distinct_names((sheet["name"], sheet["expert_id"]) for sheet in document["sheets"])
    rows = zip(wording.criterion_rows(rubric, document), document["criteria"], strict=True)
    html = rows_html(
        [(column.label, "numeric" in column.css) for column in columns],
        [("", _cells(row, criterion, found, names, marks=marks)) for row, criterion in rows],
    )
    return {"columns": columns, "rows": html, "members": names}


def _cells(
    row: Mapping[str, str], criterion: CriterionOut, found: Shown, names: Sequence[str], *, marks: bool
) -> tuple[str, ...]:
    title = say("papers.indicator", id=row["id"], name=row["title"])
    given = [
        say("papers.member_mark", name=n, points=wording.points(m["points"]))
        for n, m in zip(names, criterion["marks"], strict=False)
    ]
    own = (say("wording.comma").join(given) if criterion["disputed"] else "",) if marks else ()
    stated = found.about.findings.get(row["id"])
    reason = stated.fact if stated and stated.fact and row["lost"] not in ("", "0") else row["reason"]
    evidence = findings.evidence(found.about, row["id"])
    return (title, row["max"], row["score"], *own, reason, evidence, row["advice"], row["note"])


def _readings(found: Shown, rubric: Rubric) -> dict[str, Any]:
    """Return how firm the grade is: readings, flip set, agreement, ceilings, path, notes."""
    document = found.edition
    return {
        "readings": wording.reading_rows(document, rubric),
        "readings_text": wording.readings_text(document, rubric),
        "flip": flip_texts(document, rubric),
        "agreement": wording.agreement_text(found.full),
        "ceiling": wording.ceiling_text(document, rubric),
        "path": _path(document, rubric),
        "checks": wording.check_rows(document["checks"]),
        "notes": wording.note_texts(document),
        "dissents": [(c["id"], c["dissent"]) for c in document["criteria"] if c["dissent"]],
    }


def _path(document: Result, rubric: Rubric) -> dict[str, Any] | None:
    path = document["path"]
    if path is None:
        return None
    grade = wording.grade_name(rubric, path["to"])
    if path["steps"] is None:
        return {"text": say("results.path_short", grade=grade, points=wording.points(path["short"]))}
    text = say(
        "results.path_text", grade=grade, count=len(path["steps"]), score=wording.points(path["reaches"])
    )
    titles = {c.id: translated(c.title) for c in rubric.criteria.values()}
    steps = [
        (say("papers.indicator", id=s["id"], name=titles[s["id"]]), s["points"], s["to"])
        for s in path["steps"]
    ]
    return {
        "text": text,
        "steps": [(name, wording.points(now), wording.points(to)) for name, now, to in steps],
    }


def _beside(found: Shown) -> dict[str, Any]:
    """Return the last result of the same kind, and the nearest one of the other, each apart."""
    evaluation = found.evaluation
    other = OTHER[evaluation.kind]
    return {
        "last": past.before(evaluation, found.past, evaluation.kind),
        "other": past.before(evaluation, found.past, other),
        "other_kind": other,
    }


@require_POST
def export(request: Request, evaluation_id: UUID, name: str) -> HttpResponse:
    """Return a file of the result in the reader's edition."""
    found = queries.get_shown(request.user, evaluation_id)
    if name not in files.offered(found):
        raise Http404
    return exported(request, *files.made(found, name))


def papers(request: Request, evaluation_id: UUID) -> HttpResponse:
    """The papers that follow the result, prefilled with it."""
    found, _ = queries.get_concluded(request.user, evaluation_id)
    require(request.user, "scoring.make_after_papers", found.evaluation)
    names = stages.of_stage(AFTER, files.about_of(found), found.full)
    rows = [row_of(Paper(name, AFTER, ())) for name in names]
    context = {
        "evaluation": found.evaluation,
        "stages": [(AFTER, rows)],
        "maker": "scoring:make-after-papers",
    }
    context |= {"heading": say("papers_web.stages.after"), "crumbs": crumbs(found, page_itself=True)}
    return render(request, "visits/papers.html", context)


@require_POST
def make_papers(request: Request, evaluation_id: UUID, stage: str) -> HttpResponse:
    """Take the papers that follow the result as a zip, or one of them as Word."""
    if stage != AFTER:
        raise Http404
    evaluation = get_evaluation(request.user, evaluation_id)
    name, content = actions.make_after_papers(
        Act.of(request), evaluation, language=language(), name=request.POST.get("name", "")
    )
    return download(content, TYPES[name.rpartition(".")[2]], name)
