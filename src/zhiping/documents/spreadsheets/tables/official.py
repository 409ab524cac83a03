"""The panel's scored table as the annex prints it: every criterion with its points and reasons, to sign."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from operator import itemgetter
from os import PathLike

from zhiping.documents.spreadsheets.tables.page import (
    Column,
    Table,
    cut,
    lines,
    open_note,
    sign_lines,
    subject,
    table,
)
from zhiping.documents.spreadsheets.workbook.writing import Value, writing
from zhiping.domain.panel import Expert
from zhiping.domain.result_document import Result, ScoreOut
from zhiping.domain.rubric import Rubric
from zhiping.texts import wording
from zhiping.texts.catalogue import say, translated

WIDTHS = {
    "id": (6.5, "centre"),
    "indicator": (12, "group"),
    "text": (27, "text"),
    "levels": (32, "text"),
    "max": (6, "number"),
    "score": (6, "number"),
    "subtotal": (7, "sum"),
    "reason": (27, "text"),
    "advice": (22, "text"),
    "note": (13, "text"),
}
NAMES = list(WIDTHS)
INDICATOR, MAX, SUBTOTAL = map(NAMES.index, ("indicator", "max", "subtotal"))


def write_table(
    result: Result, rubric: Rubric, path: str | PathLike[str], *, panel: Sequence[Expert] = ()
) -> None:
    """Write `table.xlsx`: the official scored table (annex A), with sub-totals, grade and lines to sign.

    It holds no single member's mark and no dissent, so it may go to the operator. `panel` names who signs.
    """
    title = translated(rubric.title)
    with writing(path, title=title) as book:
        made = table(book, say("tables.table.sheet"), _columns())
        made.heading(title, ("field", subject(result)), ("field", open_note(result)))
        starts = [*_dimensions(made, result, rubric), made.row]
        for label, most, value, remark in _sums(result, rubric):
            made.sums(label, MAX, [most, value], remark)
        made.signatures(sign_lines(result, panel))
        made.on_paper(result)
        made.break_before(starts)


def _columns() -> list[Column]:
    return [
        Column(say(f"tables.column.{name}"), width, look, itemgetter(name))
        for name, (width, look) in WIDTHS.items()
    ]


def _dimensions(made: Table, result: Result, rubric: Rubric) -> list[int]:
    """Write each dimension under a line of its own, indicators as groups of rows; return where they start."""
    starts = []
    rows = _rows(result, rubric)
    scores = {part["id"]: part for part in (*result["dimensions"], *result["indicators"])}
    for dimension in rubric.dimensions:
        part = scores[dimension.id]
        label = say("tables.of_max", name=translated(dimension.name), max=wording.points(part["max"]))
        starts += [made.row]
        made.sums(label, MAX, [cut(part["max"]), cut(part["shown"])], look="head")
        for at, indicator in enumerate(dimension.indicators):
            starts += [made.row] if at else []  # the first stays with its dimension
            _group(made, [rows[c.id] for c in indicator.criteria], scores[indicator.id])
    return starts


def _rows(result: Result, rubric: Rubric) -> dict[str, dict[str, Value]]:
    """Return each criterion's cells by column name; an open one is labelled as open, without reasons."""
    waiting = {"score": say("tables.overview.status.open"), "reason": None, "advice": None}
    outcome = {c["id"]: c for c in result["criteria"]}
    rows: dict[str, dict[str, Value]] = {}
    for row in wording.criterion_rows(rubric, result):
        found = outcome[row["id"]]
        points = waiting if found["agreed"] is None else {"score": cut(found["shown"])}
        merged = {"indicator": None, "subtotal": None}
        rows[row["id"]] = {**row, "max": cut(found["max"]), **merged, **points}
    return rows


def _group(made: Table, rows: Sequence[dict[str, Value]], part: ScoreOut) -> None:
    """Write an indicator's criteria, its name and sub-total merged beside them."""
    label = say(
        "tables.of_max_below",
        name=translated(part["name"]),
        max=wording.points(part["max"]),
    )
    start, share = made.row, ceil(lines(label, WIDTHS["indicator"][0]) / len(rows))
    made.rows(rows, least=share)
    end, made.row = made.row, start
    made.block(INDICATOR, INDICATOR, label, "group", rows=len(rows))
    made.block(SUBTOTAL, SUBTOTAL, cut(part["shown"]), "sum", rows=len(rows))
    made.row = end


def _sums(result: Result, rubric: Rubric) -> list[tuple[str, Value, Value, str]]:
    """Return base, bonus and total apart, what was graded, and the grade: label, maximum, value, remark."""
    score = result["shown"]
    top, extra = (Fraction(result["rubric"][name]) for name in ("base_max", "bonus_max"))
    grade = wording.grade_name(rubric, result["grade"]) or say("wording.dash")
    rows: list[tuple[str, Value, Value, str]] = [
        ("base", top, cut(score["base"]), ""),
        ("bonus", extra, cut(score["bonus"]), ""),
        ("total", top + extra, cut(score["total"]), ""),
        ("graded", None, cut(score["graded"]), _graded_remark(result)),
        ("grade", None, grade, ""),
    ]
    return [(say(f"tables.sum.{name}"), most, value, remark) for name, most, value, remark in rows]


def _graded_remark(result: Result) -> str:
    """Say whether the bonus counts, and the exact number where two decimals do not show it."""
    graded = result["score"]["graded"]
    counts = say("tables.bonus_counts" if result["policy"]["bonus_counts"] else "tables.bonus_apart")
    return counts + (say("tables.exact", value=graded) if graded and "/" in graded else "")
