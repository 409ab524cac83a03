"""A paper of ours returned filled in: the page that identifies it, and its rows by criterion."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

from zhiping.documents.spreadsheets.returned.info import (
    LONGEST_ECHO,
    Info,
    belongs,
    labels,
    read_info,
    worksheet,
)
from zhiping.documents.spreadsheets.returned.rows import criterion_rows, second_tables
from zhiping.documents.spreadsheets.workbook.cells import (
    Cell,
    blank,
    cell_name,
    columns,
    plain,
    spellings,
    text,
)
from zhiping.documents.spreadsheets.workbook.reading import Worksheet, read
from zhiping.documents.spreadsheets.workbook.writing import looks, paper, put_row
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import say

if TYPE_CHECKING:
    from xlsxwriter import Workbook

WORDS = {"reason", "dissent", "advice", "note"}
FACTS = ("kind", "platform", "rubric", "scale")
LABELS = labels("tables.info", FACTS)
MEMBER_COLUMNS = labels("tables.info", ("sheet_id", "sheet_hash", "sheet_name"))


class Member(NamedTuple):
    """Whose sheet a paper was made from: the name, the sheet's hash, and the cell of that hash."""

    name: str
    sha256: str
    cell: str


@dataclass(frozen=True)
class Filled:
    """A paper as it came back: its rows, the column of each name, the row of each criterion id.

    `members`: the expert ids of the sheets the paper was made from.
    """

    source: str
    sheet: str
    page: Worksheet
    header: int
    column: Mapping[str, int]
    at: Mapping[str, int]
    members: Mapping[str, Member]
    info_sheet: str

    def cell(self, name: str, column: str) -> Cell:
        """Return what is written for a criterion in a column; "" where the paper has no such column.

        Words in an area of merged cells hold for each of its rows.
        """
        if column not in self.column:
            return ""
        row, place = self.at[name], self.column[column]
        return self.page.shared(row, place) if column in WORDS else self.page.rows[row][place]

    def calculated(self, name: str, column: str) -> bool:
        """Whether a cell holds a formula."""
        return (self.at[name], self.column.get(column, -1)) in self.page.formulas

    def empty(self, name: str, column: str) -> bool:
        """Whether nothing is written in a cell; a formula without a value counts as written."""
        return blank(self.cell(name, column)) and not self.calculated(name, column)

    def at_cell(self, problem: Problem, column: str) -> Problem:
        """Return a problem of a criterion at the cell of a column."""
        place = cell_name(self.at[problem.data["id"]], self.column[column])
        return Problem(problem.code, problem.data, (self.source, self.sheet, place))


def write_info(book: "Workbook", kind: str, result: Result) -> None:
    """Add the page 信息: what the paper is (`deliberation`, `improvements`) and which evaluation it is of."""
    look, page = looks(book), book.add_worksheet(say("tables.info.sheet"))
    facts = {
        "kind": say(f"tables.{kind}.kind"),
        "platform": result["platform"]["name"],
        "rubric": f"{result['rubric']['id']} {result['rubric']['version']}",
        "scale": result["rubric"]["scale_sha256"],
    }
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 68)
    page.set_column(2, 2, 20)
    both = [look["head"], look["text"]]
    for row, name in enumerate(FACTS):
        put_row(page, row, [say(f"tables.info.{name}"), facts[name]], both)
    names = [say(f"tables.info.{name}") for name in ("sheet_id", "sheet_hash", "sheet_name")]
    row = len(FACTS) + 1
    put_row(page, row, names, look["head"])
    for at, sheet in enumerate(result["sheets"], row + 1):
        put_row(page, at, [sheet["expert_id"], sheet["sha256"], sheet["name"]], look["text"])
    put_row(page, row + len(result["sheets"]) + 2, [say("tables.info.keep")], look["plain"])
    paper(page)
    page.protect()
    page.hide()  # for reading back: neither in the way nor printed as a page of its own


def read_filled(
    path: str | PathLike[str],
    kind: str,
    rubric: Rubric,
    platform: str,
    wanted: Mapping[str, Sequence[str]],
    *,
    optional: Collection[str] = (),
) -> tuple[Filled, list[Problem]]:
    """Read a filled paper back; return it with what is wrong with its ids and where it belongs.

    `wanted`: the spellings of each column's header, `id` and `mark` among them. `platform`: its name, "" if
    unknown. Raises Invalid where there is no table to read.
    """
    book = read(path)
    sheet = worksheet(book, spellings(f"tables.{kind}.sheet"))
    info = read_info(book, spellings("tables.info.sheet"), LABELS)
    page = book.worksheets[sheet]
    try:
        header, column = columns(page.rows, wanted, optional=optional)
    except Invalid as e:
        raise Invalid([problem.at(book.source, sheet) for problem in e.problems]) from e
    found, faults = criterion_rows(page.rows, column, header + 1, rubric)
    at = {name: row for name, row in found.items() if row >= 0}
    members = dict(_members(book.worksheets[info.worksheet].rows))
    filled = Filled(book.source, sheet, page, header, column, at, members, info.worksheet)
    found_faults = [*_other_kind(info, kind), *belongs(info, ("kind", "scale"), rubric, platform)]
    problems = [problem.at(book.source) for problem in found_faults]
    place = cell_name(0, column["id"]).rstrip("1")
    problems += [
        problem.at(book.source) for problem in second_tables(book.worksheets, sheet, wanted, optional)
    ]
    problems += [
        Problem(fault.code, fault.data, (book.source, sheet, f"{place}{row + 1}"))
        for row, fault in faults
        if fault.code != "form.missing_row"
    ]
    return filled, problems


def _other_kind(info: Info, kind: str) -> Iterator[Problem]:
    """Say that this is another of our papers."""
    found, kinds = info.texts.get("kind"), spellings(f"tables.{kind}.kind")
    if found and plain(found) not in map(plain, kinds):
        yield info.fault("paper.kind", "kind", found=found[:LONGEST_ECHO], expected=kinds[0])


def _members(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[str, Member]]:
    """Yield each member's id with the sheet the paper was made from."""
    try:
        header, column = columns(rows, MEMBER_COLUMNS, optional=("sheet_name",))
    except Invalid:
        return  # a paper without the list is one of other sheets
    for at in range(header + 1, len(rows)):
        said = {name: text(rows[at][place]) for name, place in column.items()}
        if said["sheet_hash"]:
            cell = cell_name(at, column["sheet_hash"])
            yield said["sheet_id"], Member(said.get("sheet_name", ""), said["sheet_hash"].lower(), cell)
