"""The evaluation report (8.3) as PDF/A-3a and PDF/UA-1, its result.json embedded."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, cast

from zhiping.documents.papers import fonts
from zhiping.documents.papers.pdf.contents import contents
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric

__all__ = ["printable", "write_pdf"]

_CHINA = dt.timezone(dt.timedelta(hours=8))
_UNDATED = dt.date(1980, 1, 1)  # only in the file's properties, where a report has no date


def printable(result: Result, evaluation: Evaluation) -> tuple[Result, Evaluation]:
    """Return both with every character replaced that the report's fonts lack, so that all papers agree.

    Such a character becomes 〓, an invisible control goes. `replaced_characters` then lists them as code
    points ("U+1F600"), sorted. What needs no replacing is returned as it is.
    """
    texts: list[str] = []
    collect = _noting(texts)
    _mapped(result, collect)
    _mapped(evaluation, collect)
    lacking = fonts.missing("".join(texts))
    if not lacking:
        return result, evaluation
    listed = sorted({*result["replaced_characters"], *(f"U+{ord(c):04X}" for c in lacking)})
    fit = cast("Result", {**_mapped(result, fonts.replaced), "replaced_characters": listed})
    return fit, _mapped(evaluation, fonts.replaced)


def _noting(texts: list[str]) -> Callable[[str], str]:
    def note(text: str) -> str:
        texts.append(text)
        return text

    return note


def _mapped(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - any tree of plain data
    """Return plain data or dataclasses with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {k: _mapped(v, change) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(item, change) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _mapped(getattr(value, f.name), change) for f in fields(value)})
    return value


def write_pdf(result: Result, rubric: Rubric, evaluation: Evaluation, path: Path) -> Path:
    """Write the report as PDF/A-3a + UA-1; the same evaluation gives the same bytes.

    What the operator may see of the result is embedded as result.json (8.4.1: the report goes to the
    operator). A result that is still open comes out as a draft without a grade. Raises Invalid where the
    panel failed its checks: there is no report.
    """
    if result["status"] == "refused":
        raise Invalid([Problem("report.refused")])
    found = contents(result, rubric, evaluation)
    given = {"result": found.pop("embedded"), "data": json.dumps(found, ensure_ascii=False)}
    path.write_bytes(_typeset(given, _date(evaluation)))
    return path


def _date(evaluation: Evaluation) -> dt.datetime:
    """Return noon in China of the report's day or the visit's last, for the file's properties."""
    day = evaluation.report.date or evaluation.visit.end or evaluation.visit.start or _UNDATED
    return dt.datetime.combine(day, dt.time(12), _CHINA)


def _typeset(data: dict[str, str], date: dt.datetime) -> bytes:
    """Compile the template; texts arrive as data and are never read as markup."""
    import typst

    folder = Path(__file__).parent
    compiler = typst.Compiler(folder / "report.typ", root=folder, font_paths=fonts.faces(), sys_inputs=data)
    pdf, warnings = compiler.compile_with_warnings(
        format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=date
    )
    if warnings:  # an unknown font is only a warning to typst
        raise RuntimeError(str(warnings[0]))
    return cast("bytes", pdf)
