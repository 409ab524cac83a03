"""Facts of the papers for filing: the documents an evaluation leaves, as a list of filed documents has them.

The columns are those of DA/T 22-2015, 5.5: number, author, title, date.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from zhiping.documents.papers.facts.evaluation import Facts, letter
from zhiping.documents.papers.word.stages import STAGES, of_stage
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.letters import LETTERS, Letter
from zhiping.domain.result_document import Result
from zhiping.domain.schedule import retention_end
from zhiping.texts import wording
from zhiping.texts.catalogue import say

_OPERATORS = frozenset({"self_report", "improvement_plan", "improvement_report", "extension"})


@dataclass(frozen=True, slots=True)
class FiledRecord:
    """The record of an evaluation as a yearly list names it.

    `number`: its 档号; `report`: the number of its report; `retention`: "permanent" or years.
    """

    number: str
    report: str
    author: str
    title: str
    date: dt.date | None
    retention: str
    year: int


def year_facts(organiser: str, year: int, records: Sequence[FiledRecord], today: dt.date) -> Facts:
    """Return the facts of the lists of a year's records; those kept long enough on `today` are expired."""
    rows = [_record(one, today) for one in records]
    expired = [row for one, row in zip(records, rows, strict=True) if _expired(one, today)]
    kept = {one.retention for one in records}
    return {
        "evaluation": {"organiser": organiser, "reason": say("papers.year_records")},
        "platform": {"name": ""},
        "archive": {
            "year": str(year),
            "retention": _years(kept.pop()) if len(kept) == 1 else "",
            "files": _numbered(rows),
            "expired": _numbered(expired),
        },
    }


def _numbered(rows: Sequence[Facts]) -> list[Facts]:
    return [{**row, "no": str(no)} for no, row in enumerate(rows, 1)]


def _record(one: FiledRecord, today: dt.date) -> Facts:
    return {
        "record": one.number,
        "number": one.report,
        "by": one.author,
        "title": one.title,
        "date": one.date.strftime("%Y%m%d") if one.date else "",
        "retention": _years(one.retention),
        "kept": _years(str(max(today.year - one.year, 0))),
    }


def _years(retention: str) -> str:
    if retention == "permanent":
        return say("wording.policy.retention.permanent")
    return say("papers.years", count=retention)


def _expired(one: FiledRecord, today: dt.date) -> bool:
    end = retention_end(one.retention, one.year)
    return end is not None and end < today


def archive_facts(about: Evaluation, result: Result | None, organiser: str) -> Facts:
    """Return the year of filing, how long the record is kept, and its documents in the order they arise."""
    day = about.report.date or about.visit.end or about.visit.start
    return {
        "year": str(day.year) if day else "",
        "retention": wording.retention_text(about.policy.retention),
        "files": [
            {"no": str(no), **_file(name, about), "by": _author(stage, name, about, organiser)}
            for no, (stage, name) in enumerate(_filed(about, result), 1)
        ],
        "expired": [],
    }


def _filed(about: Evaluation, result: Result | None) -> list[tuple[str, str]]:
    stages = [stage for stage in STAGES if stage != "archive"]
    return [(stage, name) for stage in stages for name in of_stage(stage, about, result)]


def _file(name: str, about: Evaluation) -> Facts:
    own = Letter(about.report.number, about.report.date) if name == "report" else Letter()
    own = letter(name, about) if name in LETTERS else own
    title = say("papers.filed_title", platform=about.platform.name, title=say(f"papers.titles.{name}"))
    return {
        "record": "",
        "title": title,
        "number": own.number,
        "date": own.date.strftime("%Y%m%d") if own.date else "",
        "retention": wording.retention_text(about.policy.retention),
    }


def _author(stage: str, name: str, about: Evaluation, organiser: str) -> str:
    if name in _OPERATORS:
        return about.platform.operator
    return say("papers.panel") if stage == "visit" else organiser
