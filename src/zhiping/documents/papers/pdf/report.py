"""The evaluation report (8.3) as PDF/A-3a and PDF/UA-1, its result.json embedded."""

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

from zhiping.documents.papers import fonts
from zhiping.documents.papers.pdf.contents import contents
from zhiping.documents.papers.report import Report
from zhiping.domain.evaluation import Evaluation

if TYPE_CHECKING:
    import typst

_SCREEN = 80  # dots per inch of a page on a screen
_CHINA = dt.timezone(dt.timedelta(hours=8))
_UNDATED = dt.date(1980, 1, 1)  # only in the file's properties, where a report has no date


def write_pdf(report: Report, path: Path) -> Path:
    """Write the report as PDF/A-3a + PDF/UA-1; the same evaluation makes the same bytes.

    The operator's edition of the result is embedded as result.json (8.4.1: the report goes to the operator).
    The report of a result that is still open is a draft without a grade.
    """
    path.write_bytes(typeset(*prepared(report)))
    return path


def prepared(report: Report) -> tuple[dict[str, str], dt.datetime]:
    """Return what the template is given: its data as JSON, and the date of the file."""
    data = contents(report)
    inputs = {"result": data.pop("embedded"), "data": json.dumps(data, ensure_ascii=False)}
    return inputs, _date(report.evaluation)


def _date(evaluation: Evaluation) -> dt.datetime:
    """Return noon in China of the report's day or the visit's last, for the file's properties."""
    day = evaluation.report.date or evaluation.visit.end or evaluation.visit.start or _UNDATED
    return dt.datetime.combine(day, dt.time(12), _CHINA)


def pictures(report: Report) -> list[bytes]:
    """Return the pages of the report as PNG, to be read on a screen."""
    data, _ = prepared(report)
    drawn = _compiler(data).compile(format="png", ppi=_SCREEN)
    return cast("list[bytes]", drawn if isinstance(drawn, list) else [drawn])


def _compiler(data: dict[str, str]) -> "typst.Compiler":
    import typst

    folder = Path(__file__).parent
    return typst.Compiler(folder / "report.typ", root=folder, font_paths=fonts.faces(), sys_inputs=data)


def typeset(data: dict[str, str], date: dt.datetime) -> bytes:
    """Compile the template; texts arrive as data and are never read as markup."""
    compiler = _compiler(data)
    pdf, warnings = compiler.compile_with_warnings(
        format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=date
    )
    if warnings:  # an unknown font is only a warning to typst
        raise RuntimeError(str(warnings[0]))
    return cast("bytes", pdf)
