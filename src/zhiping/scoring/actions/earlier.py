"""Enter results from before this system, by hand or from a result document."""

import datetime as dt
import json
import tempfile
from fractions import Fraction
from pathlib import Path

from zhiping.documents.apart import apart
from zhiping.documents.files import result_file
from zhiping.domain import dates
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.identity import folded
from zhiping.domain.register import GRADES
from zhiping.domain.result_document import Result as Document
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.registry.models import Platform
from zhiping.scoring.models import EarlierResult


def add_earlier(
    act: Act,
    platform: Platform,
    *,
    kind: str,
    period_end: dt.date,
    grade: str,
    graded: Fraction,
    note: str = "",
) -> EarlierResult:
    """Enter grade and score of an earlier evaluation; `graded`: the score the grade followed from.

    Raises Invalid `results.earlier_taken` where the platform has one of this kind and period, and what cannot
    be (domain.dates).
    """
    made = EarlierResult(
        platform=platform,
        kind=kind,
        period_end=period_end,
        grade=grade,
        graded=number_text(graded),
        note=note,
    )
    with act.record("scoring.add_earlier", platform, "result.earlier_added") as entry:
        return _add(act, entry, made)


def import_earlier(act: Act, platform: Platform, *, content: bytes, note: str = "") -> EarlierResult:
    """Enter the result that a result.json holds; raise Invalid with everything that is wrong with the file.

    It must follow the schema, be concluded, name its period, and name this platform.
    """
    act.require("scoring.import_earlier", platform)
    document = _read(content)
    if wrong := list(_faults(document, platform)):
        raise Invalid(wrong)
    period = document["period"] or []
    made = EarlierResult(
        platform=platform, kind=document["kind"], period_end=dt.date.fromisoformat(period[-1]),
        grade=str(document["grade"]), graded=str(document["score"]["graded"]), note=note,
        document=json.dumps(document, ensure_ascii=False),
    )  # fmt: skip
    with act.record("scoring.import_earlier", platform, "result.earlier_imported") as entry:
        return _add(act, entry, made)


def _read(content: bytes) -> Document:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / result_file.NAME
        path.write_bytes(content)
        try:
            document: Document = apart(result_file.load, path, name=path.name)
        except Invalid as refused:
            raise Invalid([_at_field(problem) for problem in refused.problems]) from refused
    return document


def _faults(document: Document, platform: Platform) -> list[Problem]:
    found, name = [], document["platform"]["name"]
    if folded(name) != folded(platform.name):
        found.append(
            Problem("results.other_platform", {"found": name, "expected": platform.name}, ("content",))
        )
    if document["status"] != "concluded" or document["grade"] is None or document["score"]["graded"] is None:
        found.append(Problem("results.not_concluded", {}, ("content",)))
    elif document["grade"] not in GRADES:
        found.append(Problem("registry.no_grade", {"found": document["grade"]}, ("content",)))
    if not document["period"]:
        found.append(Problem("results.no_period", {}, ("content",)))
    return found


def _at_field(problem: Problem) -> Problem:
    """Return a problem of the file at the form's field, its place in the file in front of its words."""
    return Problem(problem.code, problem.data, (*problem.where, "content"))


def _add(act: Act, entry: Entry, made: EarlierResult) -> EarlierResult:
    known = {"service_start": entry.subject.service_start, "period_end": made.period_end}
    dates.check(known, fields={"service_start": "period_end"})
    if made.period_end > act.today:
        raise Invalid.of("dates.future", "period_end", found=str(made.period_end), limit=str(act.today))
    made.id, made.added_by = entry.id, act.by
    taken = Problem("results.earlier_taken", {"year": made.period_end.year}, ("period_end",))
    entry.add(made, taken=taken)
    return made
