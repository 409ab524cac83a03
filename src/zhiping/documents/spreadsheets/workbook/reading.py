"""A spreadsheet from anybody (xlsx, xls, ods, et) read into rows, under caps, its formulas known."""

import io
import os
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from zhiping.documents.spreadsheets.workbook.binary import sift
from zhiping.documents.spreadsheets.workbook.cells import Cell
from zhiping.documents.spreadsheets.workbook.package import (
    MOST_BYTES,
    OLE,
    ole_streams,
    refuse,
    stored_zip,
    too_big,
    zip_parts,
)
from zhiping.documents.spreadsheets.workbook.scanning import MOST_ROWS, Places, cut_tail, scan_ods, scan_xlsx
from zhiping.domain.errors import Invalid

# Where the parser finds the workbook: at the place that was scanned, not where the file claims.
ROOT = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    b'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    b'Target="xl/workbook.xml"/></Relationships>'
)


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A worksheet's cells: `rows[0][0]` is A1; `formulas` the places of formulas and error values."""

    name: str
    rows: list[list[Cell]]
    formulas: frozenset[tuple[int, int]]


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
    try:
        with io.FileIO(path) as file:
            data = file.read(min(os.fstat(file.fileno()).st_size, MOST_BYTES) + 1)
    except OSError as e:
        raise Invalid([refuse("missing").problems[0].at(name)]) from e
    try:
        found, source = _open(data, rows)
        worksheets = _worksheets(source, found)
    except Invalid as e:
        raise Invalid([problem.at(name) for problem in e.problems]) from e
    return Book(name, worksheets)


def _open(data: bytes, rows: int) -> tuple[dict[str, Places], io.BytesIO]:
    """Say where a file's formulas are, and return what may be handed to the parser."""
    if len(data) > MOST_BYTES:
        raise too_big()
    if data.startswith(OLE):
        return sift(ole_streams(data), rows)
    if not data.startswith(b"PK\x03\x04"):
        raise refuse("not_spreadsheet")
    parts = zip_parts(data, _needed)
    if "xl/workbook.xml" in parts:
        for name in parts:
            if name.startswith("xl/worksheets/"):
                parts[name] = cut_tail(parts[name])
        return scan_xlsx(parts, rows), stored_zip({"_rels/.rels": ROOT, **parts})
    if b"opendocument.spreadsheet" in parts.get("mimetype", b""):
        return scan_ods(parts, rows), stored_zip(parts)
    raise refuse("not_spreadsheet")


def _needed(name: str) -> bool:
    return name in {"mimetype", "content.xml", "META-INF/manifest.xml"} or (
        name.startswith(("xl/workbook", "xl/_rels/", "xl/worksheets/", "xl/sharedStrings", "xl/styles"))
        and name.endswith((".xml", ".rels"))
        and not name.startswith("xl/worksheets/_rels")
    )


def _worksheets(source: io.BytesIO, found: dict[str, Places]) -> dict[str, Worksheet]:
    try:
        book = CalamineWorkbook.from_filelike(source)
        if len(set(book.sheet_names)) != len(book.sheet_names):
            raise refuse("damaged")  # values would come from one namesake, formulas from the other
        return {
            name: Worksheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False), found[name])
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
