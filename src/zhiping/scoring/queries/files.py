"""The files of a result: those that the command line writes, for one reader."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from zhiping.documents.files import result_file
from zhiping.documents.papers.pdf.report import write_pdf
from zhiping.documents.papers.report import report_of
from zhiping.documents.papers.word.papers import write_report
from zhiping.documents.spreadsheets import deliberation, improvements
from zhiping.documents.spreadsheets.tables import official, summary
from zhiping.domain.evaluation import Evaluation as Facts
from zhiping.domain.result_document import Result as Document
from zhiping.domain.rubric import Rubric
from zhiping.evaluations.models import Evaluation
from zhiping.scoring.queries import result
from zhiping.scoring.queries.result import Shown
from zhiping.visits.queries import facts, templates_of

JSON = "application/json"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Write = Callable[[Shown, Rubric, Facts, Path], object]


def _json(found: Shown, _rubric: Rubric, _about: Facts, path: Path) -> None:
    path.write_bytes(result_file.dumps(found.edition))


def _pdf(found: Shown, rubric: Rubric, about: Facts, path: Path) -> None:
    """Write the report, which names no single mark, so it is one for all readers."""
    write_pdf(report_of(found.full, rubric, about), path)


def _word(found: Shown, rubric: Rubric, about: Facts, path: Path) -> None:
    with templates_of(found.evaluation.authority) as own:
        write_report(report_of(found.full, rubric, about), path, templates=own)


def _table(found: Shown, rubric: Rubric, about: Facts, path: Path) -> None:
    official.write_table(found.edition, rubric, path, panel=about.panel or ())


def _summary(found: Shown, rubric: Rubric, about: Facts, path: Path) -> None:
    summary.write_summary(found.edition, rubric, path, panel=about.panel or ())


def _deliberation(found: Shown, rubric: Rubric, about: Facts, path: Path) -> None:
    panel = about.panel or ()
    deliberation.write_deliberation(found.edition, rubric, path, guidance=about.guidance, panel=panel)


def _improvements(found: Shown, rubric: Rubric, about: Facts, path: Path) -> None:
    improvements.write_improvements(found.edition, rubric, path, about)


FILES: dict[str, tuple[str, Write]] = {
    "report.pdf": (PDF, _pdf),
    "report.docx": (DOCX, _word),
    "result.json": (JSON, _json),
    "table.xlsx": (XLSX, _table),
    "improvements.xlsx": (XLSX, _improvements),
    "summary.xlsx": (XLSX, _summary),
    "deliberation.xlsx": (XLSX, _deliberation),
}
MEMBERS = ("summary.xlsx", "deliberation.xlsx")  # what single members marked
REPORT = ("report.pdf", "report.docx")  # others get it as a draft for comment, then as it is issued


def offered(found: Shown) -> list[str]:
    """Return the names of the files of a concluded result that a person can have."""
    if found.row is None:
        return []
    single = found.whole and bool(found.edition["sheets"])
    disputed = any(criterion["disputed"] for criterion in found.edition["criteria"])
    left_out = {*(() if single else MEMBERS), *(() if found.whole else REPORT)}
    if found.edition["policy"]["method"] != "consensus" or not disputed:
        left_out.add("deliberation.xlsx")
    return [name for name in FILES if name not in left_out]


def about_of(found: Shown) -> Facts:
    """Return everything papers say of the evaluation of a result."""
    known, report = found.about, import_string(settings.REPORT_TEXT)(found.evaluation)  # a later stage's
    improved = import_string(settings.IMPROVED)(found.evaluation)  # another one's
    about = replace(facts(found.evaluation), report=report, improved=improved)
    return replace(about, findings=known.findings, previous=known.previous)


def concluded(evaluation: Evaluation) -> tuple[Facts, Document]:
    """Return the facts and the result of a concluded evaluation, without single marks, for its papers."""
    found = result.official(evaluation)
    return about_of(found), found.full


def made(found: Shown, name: str) -> tuple[bytes, str, str]:
    """Return a file's content, its type and its name; KeyError for an unknown one."""
    kind, write = FILES[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(found, found.evaluation.rubric.as_domain(), about_of(found), path)
        return path.read_bytes(), kind, name
