"""A spreadsheet from anybody (xlsx, xls, ods, et) read into rows, under caps, its formulas known."""

import io
import os
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from zhiping.documents.plain import opened
from zhiping.documents.spreadsheets.workbook.binary import sift
from zhiping.documents.spreadsheets.workbook.cells import Cell, blank, text
from zhiping.documents.spreadsheets.workbook.package import (
    MOST_BYTES,
    OLE,
    ole_streams,
    refuse,
    stored_zip,
    too_big,
    zip_parts,
)
from zhiping.documents.spreadsheets.workbook.scanning import (
    MOST_ROWS,
    Area,
    Facts,
    cut_tail,
    scan_ods,
    scan_xlsx,
    spelled,
)
from zhiping.domain.errors import Invalid

LOCK_FILES = ("~$", ".~")  # of Excel and WPS, of LibreOffice: they lie beside a workbook that is open

# Where the parser finds the workbook: at the place that was scanned, not where the file claims.
ROOT = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    b'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    b'Target="xl/workbook.xml"/></Relationships>'
)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A worksheet's cells: `rows[0][0]` is A1; `formulas` the places of formulas and error values.

    `merged`: areas whose text is in their first cell (not known of xls); `hidden`: rows not displayed.
    """

    name: str
    rows: list[list[Cell]]
    formulas: frozenset[tuple[int, int]]
    merged: tuple[Area, ...] = ()
    hidden: frozenset[int] = frozenset()

    def shared(self, row: int, column: int) -> Cell:
        """Return what a cell shows: of an area merged downwards the text of its first cell."""
        own = self.rows[row][column]
        if not blank(own):
            return own
        for top, left, bottom, right in self.merged:
            if left == column == right and top <= row <= bottom:
                return self.rows[top][left] if (top, left) not in self.formulas else own
        return own


@dataclass(frozen=True, slots=True)
class Book:
    """A spreadsheet file: its name, its worksheets by name in their order."""

    source: str
    worksheets: dict[str, Worksheet]


def read(path: str | PathLike[str], *, rows: int = MOST_ROWS) -> Book:
    """Read a spreadsheet of any origin; its content decides its kind, not its name.

    Raises Invalid with one problem, at the file's name: `book.missing`, `book.not_spreadsheet`,
    `book.encrypted`, `book.damaged`, `book.too_big` (more than 16 MiB unpacked), `book.too_many` (more than
    `rows` rows or 64 columns).
    """
    name = Path(path).name
    if name.startswith(LOCK_FILES):
        raise Invalid([refuse("lock_file").problems[0].at(name)])
    try:
        with opened(Path(path)) as file:
            data = file.read(min(os.fstat(file.fileno()).st_size, MOST_BYTES) + 1)
    except OSError as e:
        raise Invalid([refuse("missing").problems[0].at(name)]) from e
    try:
        found, source = _open(data, rows)
        worksheets = _worksheets(source, found)
    except Invalid as e:
        raise Invalid([problem.at(name) for problem in e.problems]) from e
    return Book(name, worksheets)


def read_text(path: str | PathLike[str], *, rows: int = MOST_ROWS) -> Book:
    """Read a spreadsheet as `read` does; its cells are text."""
    book = read(path, rows=rows)
    worksheets = {
        name: replace(sheet, rows=[[text(cell) for cell in row] for row in sheet.rows])
        for name, sheet in book.worksheets.items()
    }
    return Book(book.source, worksheets)


def _open(data: bytes, rows: int) -> tuple[dict[str, Facts], io.BytesIO]:
    """Return the facts of a file's worksheets, and what may be handed to the parser."""
    if len(data) > MOST_BYTES:
        raise too_big()
    if data.startswith(OLE):
        return sift(ole_streams(data), rows)
    if not data.startswith(b"PK\x03\x04"):
        raise refuse("not_spreadsheet")
    parts = spelled(zip_parts(data, _needed))
    if "xl/workbook.xml" in parts:
        found = scan_xlsx(parts, rows)
        for name in parts:
            if name.casefold().startswith("xl/worksheets/"):
                parts[name] = cut_tail(parts[name])
        return found, stored_zip({"_rels/.rels": ROOT, **parts})
    if b"opendocument.spreadsheet" in parts.get("mimetype", b""):
        return scan_ods(parts, rows), stored_zip(parts)
    raise refuse("not_spreadsheet")


def _needed(part: str) -> bool:
    name = part.casefold()
    return part in {"mimetype", "content.xml", "META-INF/manifest.xml"} or (
        name.startswith(("xl/workbook", "xl/_rels/", "xl/worksheets/", "xl/sharedstrings", "xl/styles"))
        and name.endswith((".xml", ".rels"))
        and not name.startswith("xl/worksheets/_rels")
    )


def _worksheets(source: io.BytesIO, found: dict[str, Facts]) -> dict[str, Worksheet]:
    try:
        book = CalamineWorkbook.from_filelike(source)
        if len(set(book.sheet_names)) != len(book.sheet_names):
            raise refuse("damaged")  # values would come from one namesake, formulas from the other
        return {
            name: Worksheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False), *found[name])
            for name in book.sheet_names
            if name in found
        }
    except PasswordError as e:
        raise refuse("encrypted") from e
    except (CalamineError, OSError, ValueError) as e:
        raise refuse("damaged") from e
    except BaseException as e:
        if type(e).__name__ != "PanicException":  # the parser's own crash, under a name it does not export
            raise
        raise refuse("damaged") from e
