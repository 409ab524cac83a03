"""改进清单: a row per lost point for the operator to plan with; plan and efforts are read back."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from operator import itemgetter
from os import PathLike
from typing import Any

from zhiping.documents.spreadsheets.returned.info import LONGEST_ECHO
from zhiping.documents.spreadsheets.returned.paper import Filled, read_filled, write_info
from zhiping.documents.spreadsheets.tables.page import Column, Table, cut, open_note, subject, table
from zhiping.documents.spreadsheets.workbook.cells import (
    Cell,
    blank,
    cell_name,
    iso_date,
    number,
    plain,
    spellings,
    text,
)
from zhiping.documents.spreadsheets.workbook.writing import writing
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.exact import number_text
from zhiping.domain.path import effort_problems
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Criterion, Rubric
from zhiping.domain.schedule import add_working_days
from zhiping.holidays import china
from zhiping.texts import findings, wording
from zhiping.texts.catalogue import say, translated

SHAPES = {
    "id": (6.5, "centre"),
    "indicator": (13, "text"),
    "text": (26, "text"),
    "max": (6, "number"),
    "score": (6, "number"),
    "lost": (6, "number"),
    "reason": (28, "text"),
    "advice": (24, "text"),
    "measure": (28, "fill_text"),
    "owner": (10, "fill_text"),
    "deadline": (12, "fill_text"),
    "effort": (9, "fill_number"),
}
MORE = 6  # columns to the right, free for efforts to single marks
ROOM = 2  # lines: space to write by hand
COLUMNS = {
    name: spellings(f"tables.column.{key}")
    for name, key in {"id": "id", "mark": "effort", "score": "score"}.items()
}
PLANNED = {
    name: spellings(f"tables.column.{key}")
    for name, key in {"id": "id", "mark": "measure", "owner": "owner", "deadline": "deadline"}.items()
}
LONGEST = {"mark": 2000, "owner": 60}  # characters of what is planned
DAYS = re.compile(r"(\d{1,3})\s*(?:个?工作日|日|天|(?:working )?days?)?", re.ASCII | re.IGNORECASE)
NEVER = {plain(word) for word in (*spellings("tables.improvements.never"), "不能改进", "-", "—", "–", "/")}
TO_MARK = [
    re.compile(re.escape(plain(spelled)).replace(r"\(mark\)", r"(\d{1,3}(?:\.\d{1,3})?)"))
    for spelled in spellings("tables.improvements.effort_to")
]


Plan = Mapping[str, Mapping[str, str]]  # criterion id → measure, owner, deadline as text


def write_improvements(
    result: Result, rubric: Rubric, path: str | PathLike[str], about: Evaluation, plan: Plan | None = None
) -> None:
    """Write `improvements.xlsx`: a row per lost point, for the operator to plan with; the bonus at the end.

    `plan`: what is planned already; without one the cells are empty.
    It shows the panel's points and the fact of each finding, never a single member's marks.
    """
    title = say(f"tables.improvements.title{'_unqualified' if result['grade'] == 'unqualified' else ''}")
    how = "".join(say(f"tables.improvements.{name}") for name in ("how", "how_effort", "how_bonus"))
    notes = [subject(result), open_note(result), how]
    with writing(path, title=title) as book:
        made = table(book, say("tables.improvements.sheet"), _columns())
        made.heading(title, *(("field", note) for note in notes))
        losses = [{**row, **(plan or {}).get(row["id"], {})} for row in _losses(result, rubric, about)]
        _write_rows(made, losses)
        if not losses:
            made.line(say("tables.improvements.none"), "text")
        bonus = list(_bonus(result, rubric))
        if bonus:
            made.line(say("tables.improvements.bonus"), "group")
            _write_rows(made, bonus)
        made.signatures([say(f"tables.improvements.{name}") for name in ("sign_head", "sign_clerk")])
        made.on_paper(result)
        made.page.set_column(len(SHAPES), len(SHAPES) + MORE, 9, book.add_format({"locked": False}))
        made.page.protect("", {"format_rows": True, "format_columns": True})
        write_info(book, "improvements", result)


def _columns() -> list[Column]:
    return [
        Column(say(f"tables.column.{name}"), width, look, itemgetter(name))
        for name, (width, look) in SHAPES.items()
    ]


def _losses(result: Result, rubric: Rubric, about: Evaluation) -> Iterator[dict[str, Any]]:
    """Yield the cells of each criterion that lost points, by column name."""
    outcome = {c["id"]: c for c in result["criteria"]}
    for row in findings.rows(result, rubric, about):
        found = outcome[row["id"]]
        points = {"max": cut(found["max"]), "score": cut(found["shown"]), "lost": cut(row["lost"])}
        yield {**dict.fromkeys(SHAPES), **row, **points, "reason": row["fact"]}


def _bonus(result: Result, rubric: Rubric) -> Iterator[dict[str, Any]]:
    """Yield the cells of each bonus that could still be earned; nothing is lost by it."""
    home = wording.indicator_names(rubric)
    for c in result["criteria"]:
        if c["bonus"] and c["agreed"] not in (None, c["max"]):
            name, words = c["id"], translated(rubric.criteria[c["id"]].text)
            points = {"max": cut(c["max"]), "score": cut(c["shown"])}
            yield {**dict.fromkeys(SHAPES), "id": name, "indicator": home[name], "text": words, **points}


def _write_rows(made: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, and let only an effort into the effort's cell."""
    first = made.row
    made.rows(rows, least=ROOM)
    if not rows:
        return
    column = list(SHAPES).index("effort")
    cell = cell_name(first, column)
    words = ",".join(f'{cell}="{word}"' for word in (say("tables.improvements.never"), "-"))
    made.page.data_validation(
        first,
        column,
        made.row - 1,
        column,
        {
            "validate": "custom",
            "value": f"=OR(AND(ISNUMBER({cell}),{cell}>=0),{words})",
            "error_title": say("tables.column.effort"),
            "error_message": say("tables.improvements.stop"),
        },
    )


def read_efforts(
    path: str | PathLike[str], rubric: Rubric, result: Result
) -> dict[str, dict[Fraction, Fraction]]:
    """Read a filled improvements sheet: criterion id → mark to reach → effort, for `path.cheapest`.

    工作量 is the effort to reach the maximum, a column 工作量（到 2 分） the effort to that mark. A criterion
    left blank is not in the answer (it costs the default 1); one marked 不改 or "-" has no options. Raises
    Invalid with every fault at its cell: no number, a negative or decreasing effort, a formula, a mark that
    is no option, points other than the result's, an unknown or double row, another platform or scale.
    """
    platform = result["platform"]["name"]
    filled, problems = read_filled(path, "improvements", rubric, platform, COLUMNS, optional=("score",))
    filled = replace(filled, column={**filled.column, **_marks_stated(filled)})
    official = {c["id"]: c["agreed"] for c in result["criteria"]}
    shown = {c["id"]: c["shown"] for c in result["criteria"]}
    step = Fraction(result["policy"]["step"])
    efforts: dict[str, dict[Fraction, Fraction]] = {}
    for name in filled.at:
        criterion, now = rubric.criteria[name], Fraction(official[name] or 0)
        stated, faults = _stated(filled, criterion, now, step)
        faults += _other_points(filled, name, shown[name])
        problems += [filled.at_cell(fault, column) for column, fault in faults]
        if stated is not None and now < criterion.max:
            efforts[name] = stated
    if problems:
        raise Invalid(problems)
    return efforts


def read_plan(
    path: str | PathLike[str], rubric: Rubric, platform: str, issued: dt.date, last: Mapping[str, dt.date]
) -> dict[str, dict[str, str]]:
    """Read a filled improvements sheet: criterion id → measure, owner, deadline (ISO date or "").

    `last`: the last day of each finding; `issued`: the day from which working days count. A row left blank is
    not in the answer. Raises Invalid with every fault at its cell: a formula, a text that is too long, a
    deadline that is no day or too late, a row of no finding, another platform or scale.
    """
    filled, problems = read_filled(path, "improvements", rubric, platform, PLANNED)
    plan: dict[str, dict[str, str]] = {}
    for name in filled.at:
        if all(filled.empty(name, column) for column in ("mark", "owner", "deadline")):
            continue
        if name not in last:
            problems.append(filled.at_cell(Problem("improvement.unknown", {"id": name}), "mark"))
            continue
        day, faults = _deadline(filled, name, issued, last[name])
        faults += [fault for column in LONGEST if (fault := _too_long(filled, name, column))]
        problems += [filled.at_cell(fault, column) for column, fault in faults]
        measure, owner = (text(filled.cell(name, column)) for column in ("mark", "owner"))
        plan[name] = {"measure": measure, "owner": owner, "deadline": day}
    if problems:
        raise Invalid(problems)
    return plan


def deadline(cell: Cell, issued: dt.date) -> dt.date | None:
    """Return a deadline: a day, or a number of working days after the issue; None for anything else."""
    shown = text(cell)
    if day := iso_date(shown):
        return dt.date.fromisoformat(day)
    found = DAYS.fullmatch(plain(shown))
    return add_working_days(issued, int(found[1]), china).date if found and int(found[1]) else None


def _deadline(
    filled: Filled, name: str, issued: dt.date, last: dt.date
) -> tuple[str, list[tuple[str, Problem]]]:
    """Return the deadline of a row as text, "" where there is none, and what is wrong with it."""
    cell, data = filled.cell(name, "deadline"), {"id": name}
    if filled.calculated(name, "deadline"):
        return "", [("deadline", Problem("form.formula", data))]
    if blank(cell):
        return "", []
    day = deadline(cell, issued)
    if day is None:
        found = text(cell)[:LONGEST_ECHO]
        return "", [("deadline", Problem("improvement.no_day", {**data, "found": found}))]
    if day > last:
        late = {**data, "found": str(day), "limit": str(last)}
        return "", [("deadline", Problem("improvement.late", late))]
    return day.isoformat(), []


def _too_long(filled: Filled, name: str, column: str) -> tuple[str, Problem] | None:
    if filled.calculated(name, column):
        return column, Problem("form.formula", {"id": name})
    length, most = len(text(filled.cell(name, column))), LONGEST[column]
    if length <= most:
        return None
    return column, Problem("improvement.too_long", {"id": name, "found": length, "most": most})


def _marks_stated(filled: Filled) -> dict[str, int]:
    """Return the columns for single marks, by the mark as text: 工作量（到 2 分） is "2"."""
    header = filled.page.rows[filled.header]
    found = ((at, pattern.fullmatch(plain(cell))) for at, cell in enumerate(header) for pattern in TO_MARK)
    return {match[1]: at for at, match in found if match}


def _stated(
    filled: Filled, criterion: Criterion, now: Fraction, step: Fraction
) -> tuple[dict[Fraction, Fraction] | None, list[tuple[str, Problem]]]:
    """Read a row's efforts, None where nothing is stated; faults come with the column they stand in."""
    name, faults = criterion.id, list[tuple[str, Problem]]()
    efforts: dict[Fraction, Fraction] = {}
    columns: dict[Fraction | None, str] = {None: "mark"}
    stated = [c for c in filled.column if c not in ("id", "score") and not filled.empty(name, c)]
    for column in stated:
        mark = criterion.max if column == "mark" else Fraction(column)
        effort, problem = _effort(filled, name, column)
        if problem:
            faults.append((column, problem))
        elif effort is not None:
            efforts[mark], columns[mark] = effort, column
    if now < criterion.max:  # at the maximum nothing is left to reach, whatever is written
        faults += [(columns[at], problem) for at, problem in effort_problems(criterion, now, efforts, step)]
    return (efforts if stated else None), faults


def _effort(filled: Filled, name: str, column: str) -> tuple[Fraction | None, Problem | None]:
    """Read one effort; None where no improvement is possible."""
    cell = filled.cell(name, column)
    if filled.calculated(name, column):
        return None, Problem("form.formula", {"id": name})
    if isinstance(cell, str) and plain(cell) in NEVER:
        return None, None
    found = number(cell)
    if found is None:
        return None, Problem("effort.not_number", {"id": name, "found": text(cell)[:LONGEST_ECHO]})
    return found, None


def _other_points(filled: Filled, name: str, shown: str | None) -> list[tuple[str, Problem]]:
    """Say that a row's points are not the result's: the sheet is of another result."""
    found, expected = filled.cell(name, "score"), cut(shown)
    if blank(found) or expected is None or number(found) == expected:
        return []
    data = {"id": name, "found": text(found)[:LONGEST_ECHO], "expected": number_text(expected)}
    return [("score", Problem("effort.score", data))]
