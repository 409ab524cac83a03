"""The Word papers of an evaluation, stage by stage, from templates an owner can replace.

A default template is light text in `sources/`; `export_templates` writes them as .docx for editing, and an
owner's file of the same name is used instead where there is one.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Template

from zhiping.documents.papers.facts.evaluation import Facts, facts, members_facts
from zhiping.documents.papers.facts.report import report_facts
from zhiping.documents.papers.word import fill, owner
from zhiping.documents.papers.word.layout import core
from zhiping.documents.papers.word.source import Source, read
from zhiping.documents.papers.word.stages import MEMBERS, PAPERS, STAGES, of_stage
from zhiping.documents.papers.word.template import Parts, template
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import LANGUAGES, language, lookup

__all__ = ["STAGES", "export_templates", "of_stage", "render", "title", "write_papers", "write_report"]


_NO_CHARTS: Mapping[str, fill.Drawing] = {}


def title(name: str) -> str:
    """Return a paper's name, which is also its template's file name without ".docx"."""
    return _title(name, language())


def _title(name: str, language: str) -> str:
    return str(lookup(language, f"papers.titles.{name}"))


@cache
def _own(name: str, language: str) -> tuple[Parts, Mapping[str, Template]]:
    parts = template(_source(name, language), _title(name, language), language, editable=False)
    return parts, fill.compiled(fill.strict(), parts)


def _source(name: str, language: str) -> Source:
    return read((Path(__file__).parent / "sources" / language / f"{name}.txt").read_text(encoding="utf-8"))


def export_templates(directory: Path) -> list[Path]:
    """Write every default template as a .docx with its tags, to be edited and handed in as `templates`."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name in PAPERS:
        parts = template(_source(name, language()), title(name), language(), editable=True)
        path = directory / f"{title(name)}.docx"
        path.write_bytes(fill.pack(parts))
        written.append(path)
    return written


def render(
    name: str,
    context: Facts,
    *,
    templates: Path | None = None,
    pictures: Mapping[str, fill.Drawing] | None = None,
) -> bytes:
    """Return one paper as a .docx, from the owner's template of its name in `templates` or from ours.

    `pictures`: drawings by the name a template gives a picture as alternative text. Raises Invalid where an
    owner's template cannot be used, every missing field named.
    """
    known = {**context, "pictures": sorted(pictures or ())}
    theirs = None if templates is None else templates / f"{title(name)}.docx"
    if theirs is not None and theirs.exists():
        return fill.pack(owner.fill_template(theirs, known, pictures or {}))
    parts, ready = _own(name, language())
    properties = core(title(name), fill.clean(context["evaluation"]["organiser"]), language())
    return fill.pack(fill.filled({**parts, "docProps/core.xml": properties}, ready, known, pictures or {}))


def write_papers(
    stage: str,
    evaluation: Evaluation,
    rubric: Rubric,
    result: Result | None,
    directory: Path,
    *,
    templates: Path | None = None,
) -> list[Path]:
    """Write the papers of a stage ("prepare", "visit", "after") into a directory, prefilled; return them.

    What evaluation.toml does not say is left blank to fill in. Raises Invalid with what is wrong with all of
    the owner's `templates`; then nothing is written.
    """
    _check_folder(templates)
    known = facts(evaluation, rubric, result)
    marks = members_facts(evaluation, rubric, result)
    ready: dict[str, bytes] = {}
    problems: list[Problem] = []
    for no, name in enumerate(of_stage(stage, evaluation, result), 1):
        context, pictures = known, _NO_CHARTS
        if name in MEMBERS:
            context = {**known, **marks}
        elif name == "report" and result is not None:
            context, pictures = _report(result, rubric, evaluation)
        try:
            ready[f"{no:02d} {title(name)}.docx"] = render(
                name, context, templates=templates, pictures=pictures
            )
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    directory.mkdir(parents=True, exist_ok=True)
    return [_written(directory / name, data) for name, data in ready.items()]


def _check_folder(templates: Path | None) -> None:
    """Refuse a folder that is not there, or a template no paper would ever take."""
    if templates is None:
        return
    if not templates.is_dir():
        raise Invalid([Problem("papers.no_folder", where=(templates.name,))])
    known = {_title(name, each) for name in PAPERS for each in LANGUAGES}
    names = [title(name) for name in PAPERS]
    found = (path for path in sorted(templates.glob("*.docx")) if not path.name.startswith("~$"))
    strange = [
        Problem("papers.unknown", {"names": names}, (path.name,)) for path in found if path.stem not in known
    ]
    if strange:
        raise Invalid(strange)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def write_report(
    result: Result, rubric: Rubric, evaluation: Evaluation, path: Path, *, templates: Path | None = None
) -> Path:
    """Write the editable evaluation report (8.3): the same contents as the PDF report.

    Raises Invalid where the panel failed its checks: there is no report; or where an owner's template fails.
    """
    if result["status"] == "refused":
        raise Invalid([Problem("report.refused")])
    _check_folder(templates)
    context, pictures = _report(result, rubric, evaluation)
    return _written(path, render("report", context, templates=templates, pictures=pictures))


def _report(
    result: Result, rubric: Rubric, evaluation: Evaluation
) -> tuple[Facts, Mapping[str, fill.Drawing]]:
    """Return what the report says, and its charts; none while open: half a chart would mislead."""
    known = report_facts(result, rubric, evaluation)
    if result["status"] != "concluded":
        return known, _NO_CHARTS
    from zhiping.documents.papers import charts

    drawn = {"radar": charts.radar(result), "losses": charts.losses(result)}
    pictures = charts.pngs([chart.svg for chart in drawn.values()])
    return known, {
        name: fill.Drawing(picture, chart.words)
        for (name, chart), picture in zip(drawn.items(), pictures, strict=True)
    }
