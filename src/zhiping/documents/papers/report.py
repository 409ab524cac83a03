"""The evaluation report (8.3) before it is typeset: the contents its PDF and its Word edition share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from zhiping.documents.files import result_file
from zhiping.documents.papers import charts, code, fonts
from zhiping.documents.papers.charts import Chart
from zhiping.documents.papers.facts.evaluation import Facts
from zhiping.documents.papers.facts.report import report_facts
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Report:
    """A report in one language.

    `data`: result.json as written; `charts`: by name, with the code of an issued report, empty while a
    criterion is open. `stamp`: "open" or "comments" on a draft, which has no signatures.
    """

    result: Result
    rubric: Rubric
    evaluation: Evaluation
    data: bytes
    facts: Facts
    charts: Mapping[str, Chart]
    stamp: str = ""


def report_of(result: Result, rubric: Rubric, evaluation: Evaluation, *, comments: bool = False) -> Report:
    """Compute the contents of a report; raises Invalid where the panel failed its checks.

    `comments`: the edition on which the operator comments before the report is issued. It has neither
    number nor date, so no deadline runs from it.
    """
    if result["status"] == "refused":
        raise Invalid([Problem("report.refused")])
    data = result_file.dumps(result)
    concluded = result["status"] == "concluded"  # half a chart would mislead
    drawn = charts.drawn(result, rubric, evaluation) if concluded else {}
    stamp = "comments" if comments else "" if concluded else "open"
    if comments:
        evaluation = replace(evaluation, report=replace(evaluation.report, number="", date=None))
    known = report_facts(result, rubric, evaluation, data, stamp)
    if evaluation.verify_at and concluded and not comments:
        values = {"fingerprint": known["fingerprint"], "checkpoint": evaluation.checkpoint}
        drawn |= {"code": code.chart(evaluation.verify_at, number=evaluation.report.number, **values)}
    known |= {"captions": {name: chart.title for name, chart in drawn.items()}}
    return Report(result, rubric, evaluation, data, known, drawn, stamp)


def unprintable(result: Result, evaluation: Evaluation) -> list[str]:
    """Return the characters that the report's fonts lack, as code points ("U+1F600"), sorted."""
    return code_points(fonts.missing("".join(texts([result, evaluation]))))


def code_points(characters: set[str]) -> list[str]:
    """Return characters as code points, sorted."""
    return sorted(f"U+{ord(c):04X}" for c in characters)


def texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any tree of plain data
    """Yield every text in plain data and dataclasses, names of dictionary entries left out."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part
        elif is_dataclass(part):
            waiting += [getattr(part, field.name) for field in fields(part)]
