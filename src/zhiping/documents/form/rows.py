"""Which row of a filled sheet is which criterion, also where a spreadsheet turned "12.10" into a number."""

import re
from collections.abc import Iterator, Mapping, Sequence

from zhiping.documents.workbook import Cell, blank, cell_name, plain, spellings, text
from zhiping.documents.workbook.cells import HALF_WIDTH
from zhiping.domain.errors import Problem
from zhiping.domain.rubric import Rubric

ID_SHAPE = re.compile(r"\w{1,8}(?:\.\w{1,8})+")
NUMBER_SHAPE = re.compile(r"\d{1,6}(?:\.\d{1,6})?", re.ASCII)
HEADERS = {plain(word) for word in spellings("form.columns.id")}

Fault = tuple[int, Problem]  # the row it stands in, from 0


def criterion_rows(
    rows: Sequence[Sequence[Cell]], columns: Mapping[str, int], first: int, rubric: Rubric
) -> tuple[dict[str, int], list[Fault]]:
    """Return the row of each criterion id from row `first` on, and what is wrong with the ids.

    A row without an id is passed over, as is one whose first words are no id and that bears no mark.
    """
    read = [(row, _candidates(rows[row][columns["id"]], rubric)) for row in range(first, len(rows))]
    read = [(row, ids) for row, ids in read if ids or _stray(rows[row], columns)]
    found: dict[str, int] = {}
    faults: list[Fault] = []
    before: list[str] = []
    for (row, ids), (_, after) in zip(read, [*read[1:], (0, [])], strict=True):
        shown, place = text(rows[row][columns["id"]]), cell_name(row, columns["id"])
        likely = ids if len(ids) < 2 else _neighbours(ids, before, after, rubric)
        before = likely
        if not ids:
            faults.append((row, Problem("mark.unknown", {"id": shown}, (place,))))
        elif len(likely) != 1:
            faults.append((row, Problem("form.ambiguous_id", {"found": shown, "choices": ids}, (place,))))
            found.update((name, -1) for name in ids if name not in found)
        elif found.setdefault(likely[0], row) != row:
            faults.append((row, Problem("form.double_row", {"id": likely[0]}, (place,))))
    missing = [name for name in rubric.criteria if name not in found]
    return found, [*faults, *((len(rows), Problem("form.missing_row", {"id": name})) for name in missing)]


def _candidates(cell: Cell, rubric: Rubric) -> list[str]:
    """Return the ids a cell may mean: a text means itself, a number every id of its value."""
    if isinstance(cell, str):
        if cell in rubric.criteria:
            return [cell]
        name = cell.translate(HALF_WIDTH).strip()
        return [name] if name in rubric.criteria else []
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return []
    return [name for name in rubric.criteria if NUMBER_SHAPE.fullmatch(name) and float(name) == cell]


def _stray(row: Sequence[Cell], columns: Mapping[str, int]) -> bool:
    cell = row[columns["id"]]
    if blank(cell) or plain(cell) in HEADERS:
        return False
    return (
        not isinstance(cell, str) or bool(ID_SHAPE.fullmatch(cell.strip())) or not blank(row[columns["mark"]])
    )


def _neighbours(ids: Sequence[str], before: Sequence[str], after: Sequence[str], rubric: Rubric) -> list[str]:
    """Return those of several ids that stand in the table next to the row above or below."""
    order = list(rubric.criteria)

    def beside(name: str) -> Iterator[bool]:
        at = order.index(name)
        yield len(before) == 1 and order.index(before[0]) == at - 1
        yield len(after) == 1 and order.index(after[0]) == at + 1

    return [name for name in ids if any(beside(name))]
