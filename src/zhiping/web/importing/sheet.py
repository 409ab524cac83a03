"""Import sheets as data: columns, and rows read into values with every problem at its cell."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhiping.documents.spreadsheets.workbook.cells import columns, plain, spellings
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.identity import folded, masked
from zhiping.web.importing.uploads import Table
from zhiping.web.importing.values import NOTHING, clean, shown
from zhiping.web.texts import say

EXAMPLE = "importing.example"  # what the example row of the template begins with; such a row is not read
PROBLEMS = "importing.problems"  # the header of the column we add


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how its text becomes a value, what a registered thing has there, how that is written."""

    key: str
    parse: Callable[[str], Any]
    of: Callable[[Any], Any]
    show: Callable[[Any], str] = shown
    required: bool = False
    options: Sequence[str] = ()  # the words of a drop-down list
    width: int = 18
    example: str = ""  # where it is the same in every language; else it is in the catalogue
    private: bool = False  # what is registered is shown masked in the preview of an import

    def registered(self, value: Any) -> str:
        """Write a registered value as a preview shows it."""
        return masked(self.text(value)) if self.private else self.text(value)

    def text(self, value: Any) -> str:
        """Write a value as a cell shows it; nothing is blank."""
        return "" if value in (None, "") else self.show(value)


@dataclass(slots=True)
class Row:
    """One filled row: the values read, what is wrong with it, what a person should notice."""

    number: int  # as the spreadsheet counts
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)  # worksheet and cell of each column
    faulty: set[str] = field(default_factory=set)  # the columns something is wrong with

    def refuse_cell(self, key: str, code: str, **data: object) -> None:
        """Add a problem of the cell of a column."""
        self.faulty.add(key)
        self.problems.append(Problem(code, data, self.places.get(key, ())))

    def note(self, code: str, **data: object) -> None:
        """Add a note: what importing this row also does."""
        self.notes.append(Problem(code, data))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A spreadsheet of a register: the key of its texts, its columns, how rows match what is registered.

    `match` gets every row; a value that could not be read is not there. It may complete `values`, refuses
    cells that do not fit, and returns by row number the registered things; a row it leaves out is new.
    """

    texts: str
    columns: Sequence[Column]
    match: Callable[[Sequence[Row]], Mapping[int, Any]]

    def header(self, column: Column) -> str:
        """Return what the header of a column reads."""
        return say(f"{self.texts}.columns.{column.key}")

    def spelled(self) -> dict[str, tuple[str, ...]]:
        """Return how each header may be spelled, the reader's language first."""
        return {
            c.key: tuple(dict.fromkeys((self.header(c), *spellings(f"{self.texts}.columns.{c.key}"))))
            for c in self.columns
        }


def rows(sheet: Sheet, table: Table) -> list[Row]:
    """Read every filled row; raises Invalid where the header is not what it must be."""
    top, places = header(sheet, table)
    examples = tuple(map(plain, spellings(EXAMPLE)))
    result = []
    for at in range(top + 1, len(table.rows)):
        cells = {key: clean(table.text(at, place)) for key, place in places.items()}
        blocked = {key for key, place in places.items() if (at, place) in table.blocked}
        first = next(filter(None, cells.values()), "")
        if (first or blocked) and not plain(first).startswith(examples):
            result.append(_row(sheet, Row(at + 1, places=table.named(at, places)), cells, blocked))
    return result


def ignored(sheet: Sheet, table: Table) -> list[str]:
    """Return the headers of the columns that are not read."""
    top, places = header(sheet, table)
    known = {*places.values()}
    own = {plain(spelling) for spelling in spellings(PROBLEMS)}
    return [c for at, c in enumerate(table.rows[top]) if c and at not in known and plain(c) not in own]


def header(sheet: Sheet, table: Table) -> tuple[int, dict[str, int]]:
    """Return the header's row and each column's place; raises Invalid where one is missing or doubled."""
    optional = [c.key for c in sheet.columns if not c.required]
    try:
        return columns(table.rows, sheet.spelled(), optional=optional)
    except Invalid as refused:
        raise Invalid([p.at(table.name) for p in refused.problems]) from refused


def _row(sheet: Sheet, row: Row, cells: Mapping[str, str], blocked: Collection[str]) -> Row:
    for column in sheet.columns:
        text = cells.get(column.key, "")
        if column.key in blocked:
            row.refuse_cell(column.key, "importing.formula")
        elif not text or folded(text) in NOTHING:
            if column.required:
                row.refuse_cell(column.key, "importing.required")
            elif text:
                row.values[column.key] = None
        else:
            _parse(row, column, text)
    return row


def _parse(row: Row, column: Column, text: str) -> None:
    try:
        row.values[column.key] = column.parse(text)
    except Invalid as refused:
        for problem in refused.problems:
            row.refuse_cell(column.key, problem.code, **problem.data)
