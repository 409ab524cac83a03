"""The panel's scored table as the annex prints it: every criterion with its points and reasons, to sign."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
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
LONG = 4  # criteria of an indicator that may go on to a next page
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
        groups = _dimensions(made, result, rubric)
        for label, most, value, remark in _sums(result, rubric):
            made.sums(label, MAX, [most, value], remark)
        made.signatures(sign_lines(result, panel))
        _name_groups(made, groups, made.on_paper(result))


def _columns() -> list[Column]:
    return [
        Column(say(f"tables.column.{name}"), width, look, itemgetter(name))
        for name, (width, look) in WIDTHS.items()
    ]


def _dimensions(made: Table, result: Result, rubric: Rubric) -> list[tuple[range, ScoreOut]]:
    """Write each dimension under a line of its own; return the rows of each indicator."""
    groups = []
    rows = _rows(result, rubric)
    scores = {part["id"]: part for part in (*result["dimensions"], *result["indicators"])}
    for dimension in rubric.dimensions:
        part = scores[dimension.id]
        label = say("tables.of_max", name=translated(dimension.name), max=wording.points(part["max"]))
        made.sums(label, MAX, [cut(part["max"]), cut(part["shown"])], look="head")
        for indicator in dimension.indicators:
            part = scores[indicator.id]
            groups.append((_group(made, [rows[c.id] for c in indicator.criteria], part), part))
    return groups


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


def _group(made: Table, rows: Sequence[dict[str, Value]], part: ScoreOut) -> range:
    """Write an indicator's criteria, high enough for its name beside them; return their rows.

    Only a long one goes on to a next page, with two criteria or more on both.
    """
    needed = lines(_name(part, again=True), WIDTHS["indicator"][0])
    made.rows(rows, least=ceil(needed / (len(rows) if len(rows) < LONG else LONG // 2)))
    group = range(made.row - len(rows), made.row)
    made.joined.update(group[1:] if len(group) < LONG else (*group[1:2], group[-1]))
    return group


def _name_groups(made: Table, groups: Sequence[tuple[range, ScoreOut]], pages: Sequence[int]) -> None:
    """Write each indicator's name and sub-total beside its criteria; the name once more on a next page."""
    for group, part in groups:
        places = [group.start, *(row for row in pages if row in group[1:]), group.stop]
        for start, end in pairwise(places):
            made.row, again = start, start > group.start
            made.block(INDICATOR, INDICATOR, _name(part, again=again), "group", rows=end - start)
            made.block(SUBTOTAL, SUBTOTAL, None if again else cut(part["shown"]), "sum", rows=end - start)


def _name(part: ScoreOut, *, again: bool) -> str:
    name, most = translated(part["name"]), wording.points(part["max"])
    return say("tables.continued", name=name) if again else say("tables.of_max_below", name=name, max=most)


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
