"""A batch at a glance: a line per evaluation, self-evaluations and authority-led ones on their own pages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from os import PathLike
from typing import TYPE_CHECKING, Any

from zhiping.documents.spreadsheets.tables.page import Column, cut, table
from zhiping.documents.spreadsheets.workbook.writing import paper, writing
from zhiping.domain.errors import Problem
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts import wording
from zhiping.texts.catalogue import problem_text, say

if TYPE_CHECKING:
    from xlsxwriter import Workbook


SHAPES = {
    "folder": (22, "text"),
    "platform": (30, "text"),
    "operator": (24, "text"),
    "region": (18, "text"),
    "visit": (22, "text"),
    "status": (14, "centre"),
    "base": (9, "number"),
    "bonus": (8, "number"),
    "total": (9, "number"),
    "grade": (12, "centre"),
    "to_next": (10, "number"),
    "above_own": (10, "number"),
    "findings": (10, "number"),
    "disputed": (10, "number"),
    "open": (10, "number"),
    "alpha": (12, "number"),
    "remarks": (30, "text"),
}


@dataclass(frozen=True)
class Outcome:
    """What came of one folder of a batch: its result, or None and what is wrong."""

    folder: str
    result: Result | None
    problems: Sequence[Problem] = ()


def write_overview(outcomes: Sequence[Outcome], rubric: Rubric, path: str | PathLike[str]) -> None:
    """Write the overview of a batch, in the order given: one line per evaluation.

    Self-evaluations and authority-led ones never stand in one list; folders without a result
    have a page of their own with the problems.
    """
    rows = [_row(outcome, rubric) for outcome in outcomes]
    pages = {kind: [row for row in rows if row["kind"] == kind] for kind in ("authority", "self", "")}
    with writing(path, title=say("tables.overview.title")) as book:
        for kind, found in pages.items():
            if found or (not rows and kind == "authority"):
                _write_page(book, kind, found)


def _row(outcome: Outcome, rubric: Rubric) -> dict[str, Any]:
    """Return a line's cells by column name, and the kind of the evaluation, "" where there is no result."""
    result = outcome.result
    if result is None:
        problems = "\n".join(problem_text(problem) for problem in outcome.problems)
        status = say("tables.overview.status.failed")
        return {"folder": outcome.folder, "kind": "", "status": status, "grade": "", "remarks": problems}
    score, visit = result["shown"], result["visit"]
    to_next, above_own = wording.distances(result, rubric)
    return {
        "folder": outcome.folder,
        "platform": result["platform"]["name"],
        "operator": result["platform"]["operator"],
        "kind": result["kind"],
        "region": result["platform"]["region"],
        "visit": wording.span_text(visit["start"], visit["end"]),
        "status": say(f"tables.overview.status.{result['status']}"),
        "base": cut(score["base"]),
        "bonus": cut(score["bonus"]),
        "total": cut(score["total"]),
        "grade": wording.grade_name(rubric, result["grade"]),
        "to_next": to_next,
        "above_own": above_own,
        "findings": len(result["findings"]) if result["grade"] else None,
        "disputed": sum(criterion["disputed"] for criterion in result["criteria"]),
        "open": len(result["open"]),
        "alpha": cut(result["agreement"]["alpha"]),
        "remarks": _remarks(result),
    }


def _remarks(result: Result) -> str:
    """Say what keeps a result from being concluded: failed checks, or criteria still open."""
    failed = [check for check in result["checks"] if check["state"] == "fail"]
    if failed:
        rows = wording.check_rows(failed)
        return "\n".join(say("tables.overview.failed", **row) for row in rows)
    names = say("wording.comma").join(entry["id"] for entry in result["open"])
    return say("tables.overview.waiting", names=names) if names else ""


def _write_page(book: "Workbook", kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    name = say(f"tables.overview.{kind or 'unread'}")
    title = say("tables.overview.page_title", title=say("tables.overview.title"), name=name)
    apart = say("tables.overview.apart" if kind else "tables.overview.apart_unread")
    made = table(book, name, _columns(unread=not kind))
    made.heading(title, ("field", _count_text(rows)), ("note", apart))
    made.rows(rows)
    made.page.autofilter(made.top, 0, made.row - 1, len(made.columns) - 1)
    paper(made.page, repeat=made.top, footer=say("tables.overview.footer"))


def _count_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say how many there are, by grade or else by status."""
    counts = Counter(row["grade"] or row["status"] for row in rows)
    parts = [say("tables.overview.part", name=name, count=count) for name, count in counts.items()]
    return say("tables.overview.total", count=len(rows), parts=say("wording.comma").join(parts))


def _columns(*, unread: bool) -> list[Column]:
    shapes = {"folder": (22, "text"), "remarks": (110, "text")} if unread else SHAPES
    return [
        Column(say(f"tables.overview.column.{name}"), width, look, itemgetter(name))
        for name, (width, look) in shapes.items()
    ]
