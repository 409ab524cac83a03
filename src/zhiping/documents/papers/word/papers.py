"""The Word papers of an evaluation, stage by stage, from templates an owner can replace.

A default template is light text in `sources/`; `export_templates` writes them as .docx for editing, and an
owner's file of the same name is used instead where there is one.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import jinja2
from jinja2 import Template

from zhiping.compiled import compiled
from zhiping.documents.apart import apart
from zhiping.documents.papers.facts.archive import archive_facts
from zhiping.documents.papers.facts.evaluation import Facts, facts, members_facts, of_paper
from zhiping.documents.papers.facts.programme import programme_facts
from zhiping.documents.papers.report import Report, report_of
from zhiping.documents.papers.word import fill, owner
from zhiping.documents.papers.word.package import Parts, pack, properties
from zhiping.documents.papers.word.stages import MEMBERS, PAPERS, PROGRAMME, REPORTS, of_stage
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import LANGUAGES, area, language, lookup, rooms
from zhiping.texts.findings import put

MAKERS = ("source", "template", "layout", "package", "fill")  # the modules a compiled template depends on


def title(name: str) -> str:
    """Return a paper's name, which is also its template's file name without ".docx"."""
    return _title(name, language())


def _title(name: str, language: str) -> str:
    return str(lookup(language, f"papers.titles.{name}"))


class _Own(NamedTuple):
    """Our own template: its parts, those that hold tags compiled, and whether loops make columns."""

    parts: Parts
    code: Mapping[str, CodeType]
    columns: bool


@cache
def _own(name: str, language: str) -> tuple[_Own, Mapping[str, Template]]:
    path = _path(name, language)
    sandbox = fill.strict()
    makers = [Path(fill.__file__).with_name(f"{maker}.py") for maker in MAKERS]
    files = (path, *_attached(name, language), *makers)
    source = b"".join(file.read_bytes() for file in files) + jinja2.__version__.encode()
    own = _Own(*compiled(path, source, lambda: _compile(name, language, sandbox)))
    return own, fill.ready(sandbox, own.code)


def _compile(name: str, language: str, sandbox: fill.Sandbox) -> tuple[Parts, Mapping[str, CodeType], bool]:
    """Compile our template of a paper, which costs ten times as much as filling it."""
    parts = _template(name, language)
    clean = fill.cleaned(parts)
    return clean, fill.compiled(sandbox, clean), b"{%tc " in parts["word/document.xml"]


def _template(name: str, language: str) -> Parts:
    from zhiping.documents.papers.word.source import read
    from zhiping.documents.papers.word.template import template

    files = (_path(name, language), *_attached(name, language))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return template(read(text), _title(name, language), language)


def compile_all() -> None:
    """Compile every paper and every text, so that no process has to after installing."""
    sys.dont_write_bytecode = False  # as compileall does, which the same command runs for modules
    for room in rooms():
        area("zh", room)
    for name in (*PAPERS, *PROGRAMME):
        for each in LANGUAGES:
            _own(name, each)


def _attached(name: str, language: str) -> list[Path]:
    """Return the source every letter of the office ends with: copies, and the office that sends it."""
    marked = b"@imprint" in _path(name, language).read_bytes()
    return [_path("imprint", language)] if marked else []


def _path(name: str, language: str) -> Path:
    source = "report" if name in REPORTS else name  # both editions of the report have one source
    return Path(__file__).parent / "sources" / language / f"{source}.txt"


def export_templates(directory: Path) -> list[Path]:
    """Write every default template as a .docx with its tags, to be edited and handed in as `templates`."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name in (*PAPERS, *PROGRAMME):
        path = directory / f"{title(name)}.docx"
        path.write_bytes(pack(_template(name, language())))
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

    `pictures`: drawings by the name that is a picture's alternative text in the template. Raises Invalid
    where an owner's template cannot be used, every missing field named.
    """
    known = {**context, "pictures": sorted(pictures or ())}
    theirs = None if templates is None else templates / f"{title(name)}.docx"
    if theirs is not None and theirs.exists():
        return pack(apart(owner.fill_template, theirs, known, pictures or {}, name=theirs.name))
    own, templates_ = _own(name, language())
    core = properties(title(name), fill.clean(context["evaluation"]["organiser"]), language())
    parts = fill.filled({**own.parts, "docProps/core.xml": core}, templates_, known, pictures or {})
    if own.columns:
        parts["word/document.xml"] = fill.fit_columns(parts["word/document.xml"])
    return pack(parts)


def write_papers(
    stage: str,
    evaluation: Evaluation,
    rubric: Rubric,
    result: Result | None,
    directory: Path,
    *,
    templates: Path | None = None,
    alone: bool = True,
) -> list[Path]:
    """Write the papers of a stage (a key of `stages.STAGES`) into a directory, prefilled; return them.

    What evaluation.toml does not say is left blank to fill in. With `alone` false, letters that name all
    platforms of a programme are left out. Raises Invalid with what is wrong with all of
    the owner's `templates`; then nothing is written.
    """
    _check_folder(templates)
    known = facts(evaluation, rubric, result)
    if stage == "archive":
        known["archive"] = archive_facts(evaluation, result, known["evaluation"]["organiser"])
    marks = members_facts(evaluation, rubric, result)
    ready: dict[str, bytes] = {}
    problems: list[Problem] = []
    names = of_stage(stage, evaluation, result)
    for no, name in enumerate((n for n in names if alone or f"{n}_all" not in PROGRAMME), 1):
        own = of_paper(name, known, evaluation)
        try:
            if name in REPORTS and result is not None:
                report = report_of(result, rubric, evaluation, comments=name == "draft")
                data = _rendered(report, templates)
            else:
                data = render(name, {**own, **marks} if name in MEMBERS else own, templates=templates)
        except Invalid as error:
            problems += error.problems
        else:
            ready[f"{no:02d} {title(name)}.docx"] = data
    if problems:
        raise Invalid(problems)
    directory.mkdir(parents=True, exist_ok=True)
    return [_written(directory / name, data) for name, data in ready.items()]


def fact_check(evaluation: Evaluation, rubric: Rubric, *, templates: Path | None = None) -> bytes:
    """Return the fact check as a .docx with the facts of `evaluation.findings`, whatever the result is."""
    known = facts(evaluation, rubric, None)
    known["result"] = {**known["result"], "facts": put(rubric, evaluation)}
    return render("fact_check", of_paper("fact_check", known, evaluation), templates=templates)


def write_programme_papers(
    evaluation: Evaluation,
    rubric: Rubric,
    results: Sequence[Result],
    directory: Path,
    *,
    templates: Path | None = None,
) -> list[Path]:
    """Write the letters that name all platforms of a programme; `evaluation`: what all have in common."""
    _check_folder(templates)
    written = []
    for name in PROGRAMME:
        known = programme_facts(name.removesuffix("_all"), evaluation, rubric, results)
        data = render(name, known, templates=templates)
        written.append(_written(directory / f"{title(name)}.docx", data))
    return written


def _check_folder(templates: Path | None) -> None:
    """Refuse a folder that is not there, or a template no paper would ever take."""
    if templates is None:
        return
    if not templates.is_dir():
        raise Invalid([Problem("papers.no_folder", where=(templates.name,))])
    known = {_title(name, each) for name in (*PAPERS, *PROGRAMME) for each in LANGUAGES}
    names = [title(name) for name in (*PAPERS, *PROGRAMME)]
    found = (path for path in sorted(templates.glob("*.docx")) if not path.name.startswith("~$"))
    strange = [
        Problem("papers.unknown", {"names": names}, (path.name,)) for path in found if path.stem not in known
    ]
    if strange:
        raise Invalid(strange)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def write_report(report: Report, path: Path, *, templates: Path | None = None) -> Path:
    """Write the editable evaluation report (8.3): the same contents as the PDF report.

    Raises Invalid where an owner's template fails.
    """
    _check_folder(templates)
    return _written(path, _rendered(report, templates))


def _rendered(report: Report, templates: Path | None) -> bytes:
    from zhiping.documents.papers import charts

    drawn = report.charts
    pictures = charts.pngs([chart.svg for chart in drawn.values()]) if drawn else []
    drawings = {
        name: fill.Drawing(picture, chart.words)
        for (name, chart), picture in zip(drawn.items(), pictures, strict=True)
    }
    name = "draft" if report.stamp == "comments" else "report"
    return render(name, report.facts, templates=templates, pictures=drawings)
