"""Which row of a filled sheet is which criterion, also where a spreadsheet turned "12.10" into a number."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from zhiping.documents.spreadsheets.workbook.cells import (
    HALF_WIDTH,
    Cell,
    blank,
    cell_name,
    columns,
    plain,
    spellings,
    text,
)
from zhiping.documents.spreadsheets.workbook.reading import Worksheet
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.identity import visible
from zhiping.domain.rubric import Rubric

ID_SHAPE = re.compile(r"\w{1,8}(?:\.\w{1,8})+")
NUMBER_SHAPE = re.compile(r"\d{1,6}(?:\.\d{1,6})?", re.ASCII)
HEADERS = {plain(word) for word in spellings("form.columns.id")}

Worksheets = Mapping[str, Worksheet]
Fault = tuple[int, Problem]  # its row, from 0


def second_tables(
    worksheets: Worksheets, table: str, wanted: Mapping[str, Sequence[str]], optional: Collection[str]
) -> Iterator[Problem]:
    """Yield a problem for each worksheet besides `table` that holds the same columns with marks in them."""
    for name, page in worksheets.items():
        if name == table:
            continue
        try:
            header, column = columns(page.rows, wanted, optional=optional)
        except Invalid:
            continue
        if any(not blank(row[column["mark"]]) for row in page.rows[header + 1 :]):
            yield Problem("form.second_table", {"found": name, "expected": table}, (name,))


def criterion_rows(
    rows: Sequence[Sequence[Cell]], place: Mapping[str, int], first: int, rubric: Rubric
) -> tuple[dict[str, int], list[Fault]]:
    """Return the row of each criterion id from row `first` on, and what is wrong with the ids.

    A row without an id is skipped, and so is one without a mark whose first words are no id.
    """
    column = place["id"]
    cells = [(row, cell) for row in range(first, len(rows)) if (cell := rows[row][column]) != ""]
    read = [(row, _candidates(cell, rubric)) for row, cell in cells]
    read = [(row, ids) for row, ids in read if ids or _stray(rows[row], place)]
    found: dict[str, int] = {}
    faults: list[Fault] = []
    before: list[str] = []
    for (row, ids), (_, after) in zip(read, [*read[1:], (0, [])], strict=True):
        likely = ids if len(ids) < 2 else _neighbours(ids, before, after, rubric)
        before = likely
        if len(likely) == 1 and found.setdefault(likely[0], row) == row:
            continue
        faults.append((row, _id_problem(rows[row][column], ids, likely).at(cell_name(row, column))))
        if len(likely) != 1:
            found.update((name, -1) for name in ids if name not in found)
    missing = [name for name in rubric.criteria if name not in found]
    return found, [*faults, *((len(rows), Problem("form.missing_row", {"id": name})) for name in missing)]


def _id_problem(cell: Cell, ids: Sequence[str], likely: Sequence[str]) -> Problem:
    if not ids:
        return Problem("mark.unknown", {"id": text(cell)})
    if len(likely) != 1:
        return Problem("form.ambiguous_id", {"found": text(cell), "choices": ids})
    return Problem("form.double_row", {"id": likely[0]})


def _candidates(cell: Cell, rubric: Rubric) -> list[str]:
    """Return the ids a cell may mean: a text means itself, a number every id of its value."""
    if isinstance(cell, str):
        if cell in rubric.criteria:
            return [cell]
        name = visible(cell).translate(HALF_WIDTH).strip()
        return [name] if name in rubric.criteria else []
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return []
    return [name for name in rubric.criteria if NUMBER_SHAPE.fullmatch(name) and float(name) == cell]


def _stray(row: Sequence[Cell], place: Mapping[str, int]) -> bool:
    cell = row[place["id"]]
    if blank(cell) or plain(cell) in HEADERS:
        return False
    return (
        not isinstance(cell, str) or bool(ID_SHAPE.fullmatch(cell.strip())) or not blank(row[place["mark"]])
    )


def _neighbours(ids: Sequence[str], before: Sequence[str], after: Sequence[str], rubric: Rubric) -> list[str]:
    """Return those of several ids that stand in the table next to the row above or below."""
    order = list(rubric.criteria)

    def beside(name: str) -> Iterator[bool]:
        at = order.index(name)
        yield len(before) == 1 and order.index(before[0]) == at - 1
        yield len(after) == 1 and order.index(after[0]) == at + 1

    return [name for name in ids if any(beside(name))]
