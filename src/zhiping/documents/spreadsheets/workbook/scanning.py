"""Scan for what a parser hides or cannot survive: formulas, far cells, entities, endless repetition."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import islice
from pyexpat import ExpatError, ParserCreate, XMLParserType
from typing import NamedTuple

from zhiping.documents.spreadsheets.workbook.package import refuse, too_big

MOST_ROWS, MOST_COLUMNS = 2_000, 64
MOST_TEXT = (
    48 * 1024 * 1024
)  # bytes of text the cells of a file may come to, repeated texts counted each time
MOST_DEPTH = 64

Places = frozenset[tuple[int, int]]
Area = tuple[int, int, int, int]  # top, left, bottom, right, from 0
MOST_MERGED = 2_000  # merged areas of a worksheet that are known; a form has a few
MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?\bref=["']([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})["']"""
)
ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])[^>]*>")
HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")
ROW_NUMBER = re.compile(rb"""\sr=["']([1-9][0-9]{0,6})["']""")

# Sheets as Excel, WPS, LibreOffice and openpyxl write them are scanned by these; any other way of writing
# XML (prefixes, comments, declarations, cells without a place or beyond Z999) needs the full parser below.
CELLS_END = b"</sheetData>"
MARKUP = re.compile(rb"!(?<=<!)")
PREFIXED = re.compile(rb":(?:c|f|row)[\s/>]")
FAR = re.compile(rb'<c(?! r="[A-Z][1-9][0-9]{0,2}"[ />])(?=[\s/>])')
FORMULA = re.compile(rb"<f[\s/>]")
ERROR = re.compile(rb'<c [^>]*\bt="e"')
_USUAL = {
    name.casefold(): name
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/styles.xml")
}
CELL = b'<c r="'
PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)


class Facts(NamedTuple):
    """Facts of a worksheet that the parser omits: formulas and error values, merged areas, hidden rows."""

    formulas: Places
    merged: tuple[Area, ...] = ()
    hidden: frozenset[int] = frozenset()


def too_many(rows: int = MOST_ROWS) -> Exception:
    """Return the refusal of a worksheet with filled cells beyond the caps."""
    return refuse("too_many", rows=str(rows), columns=str(MOST_COLUMNS))


def scan_xlsx(parts: dict[str, bytes], rows: int = MOST_ROWS) -> dict[str, Facts]:
    """Return the facts of each worksheet, from the parts of an xlsx file."""
    sheets = {name: parts[path] for name, path in sheet_paths(parts) if path in parts}
    cells = {name: cut_tail(data) for name, data in sheets.items()}
    _check_shared_text(parts.get("xl/sharedStrings.xml", b""), cells.values())
    return {
        name: Facts(_xlsx_formulas(cells[name], rows), xlsx_merged(data), xlsx_hidden(cells[name]))
        for name, data in sheets.items()
    }


def spelled(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return the parts under the names the parser looks for: they are compared without case (ECMA-376-2)."""
    parts = {_USUAL.get(name.casefold(), name): data for name, data in parts.items()}
    if "xl/workbook.xml" not in parts:
        return parts
    sheets = {path.casefold(): path for _, path in sheet_paths(parts)}
    return {sheets.get(name.casefold(), name): data for name, data in parts.items()}


def xlsx_merged(data: bytes) -> tuple[Area, ...]:
    """Return the merged areas of a worksheet's XML."""
    found = (match.groups() for match in MERGED.finditer(data, max(data.find(CELLS_END), 0)))
    corners = ((_place(first), _place(last)) for first, last in islice(found, MOST_MERGED))
    return tuple((*first, *last) for first, last in corners if first and last)


def xlsx_hidden(data: bytes) -> frozenset[int]:
    """Return the rows of a worksheet's XML that are not displayed, such as filtered ones; from 0."""
    if b"hidden=" not in data:
        return frozenset()
    hidden, row = set(), -1
    for tag in ROW.findall(data):
        number = ROW_NUMBER.search(tag)
        row = int(number[1]) - 1 if number else row + 1
        if HIDDEN.search(tag):
            hidden.add(row)
    return frozenset(hidden)


def cut_tail(data: bytes) -> bytes:
    """Return a worksheet's XML up to the end of its cells: the rest need not be scanned or parsed."""
    end = data.find(CELLS_END)
    return data if end < 0 else data[:end] + CELLS_END + b"</worksheet>"


def _has_markup(data: bytes) -> bool:
    """Whether there are comments, declarations or verbatim sections (the rarer byte is searched first)."""
    return MARKUP.search(data) is not None


def sheet_paths(parts: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Yield each worksheet's name and the name of its part."""
    targets = {
        at.get("Id", ""): at.get("Target", "")
        for name, at in _elements(parts.get("xl/_rels/workbook.xml.rels", b""))
        if name == "Relationship"
    }
    for name, at in _elements(parts["xl/workbook.xml"]):
        if name == "sheet":
            link = next((value for key, value in at.items() if key.endswith(":id")), "")
            target = targets.get(link, "").removeprefix("/")
            yield at.get("name", ""), target if target.startswith("xl/") else f"xl/{target}"


def _elements(data: bytes) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    parser = ParserCreate()
    parser.StartElementHandler = lambda name, at: found.append((name.rpartition(":")[2], at))
    _parse(parser, data)
    return found


def _parse(parser: XMLParserType, data: bytes) -> None:
    def declared(*_: object) -> None:
        raise refuse("damaged")

    parser.StartDoctypeDeclHandler = declared
    try:
        parser.Parse(data, True)  # noqa: FBT003 - the library has no keyword
    except (ExpatError, ValueError, LookupError) as e:
        raise refuse("damaged") from e


def _check_shared_text(shared: bytes, sheets: Collection[bytes]) -> None:
    """Refuse a long text that many cells point to: each of them would hold a copy."""
    if len(shared) * sum(map(len, sheets)) // len(b"<c t='s'><v>0</v></c>") <= MOST_TEXT:
        return
    longest = len(shared) if _has_markup(shared) else max(map(len, shared.split(b"</si>")))
    cells = sum(data.count(b"<") for data in sheets) // 4
    if longest * cells > MOST_TEXT:
        raise too_big()


def _xlsx_formulas(data: bytes, rows: int) -> Places:
    if _has_markup(data) or PREFIXED.search(data) or FAR.search(data):
        return _XlsxCells(rows).scan(data)
    found = set()
    cells = [data[data.rfind(b"<", 0, f.start()) : f.start()] for f in FORMULA.finditer(data)]
    for cell in (*cells, *ERROR.findall(data)):
        place = _place(cell[len(CELL) :].partition(b'"')[0]) if cell.startswith(CELL) else None
        if place is None:
            return _XlsxCells(rows).scan(data)
        found.add(place)
    return frozenset(found)


@lru_cache(maxsize=4096)
def _place(name: bytes) -> tuple[int, int] | None:
    """Return the row and column of a cell's name, from 0."""
    found = PLACE.fullmatch(name.decode("ascii", "replace"))
    return (int(found[2]) - 1, _column(found[1])) if found else None


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _XlsxCells:
    """Walks a worksheet's XML: where each cell is, stated or counted; whether filled; whether a formula."""

    def __init__(self, rows: int) -> None:
        self.most = rows
        self.row, self.column, self.depth = -1, -1, 0
        self.in_cell = False
        self.formulas: set[tuple[int, int]] = set()

    def scan(self, data: bytes) -> Places:
        """Return the places of formulas; raise Invalid for a filled cell beyond the caps."""
        parser = ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        _parse(parser, data)
        return frozenset(self.formulas)

    def start(self, name: str, at: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise refuse("damaged")
        name = name.rpartition(":")[2]
        if name == "row":
            self.row = int(at["r"]) - 1 if at.get("r", "").isdecimal() else self.row + 1
            self.column = -1
        elif name == "c":
            self.column += 1
            if "r" in at:
                if (place := _place(at["r"].encode())) is None:
                    raise refuse("damaged")
                self.row, self.column = place
            self.in_cell = True
            if at.get("t") == "e":
                self.formulas.add((self.row, self.column))
        elif self.in_cell:
            if self.row >= self.most or self.column >= MOST_COLUMNS:
                raise too_many(self.most)
            if name == "f":
                self.formulas.add((self.row, self.column))

    def end(self, name: str) -> None:
        self.depth -= 1
        if name.rpartition(":")[2] == "c":
            self.in_cell = False


def scan_ods(parts: dict[str, bytes], rows: int = MOST_ROWS) -> dict[str, Facts]:
    """Return the facts of each table, from the parts of an ods file."""
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise refuse("encrypted")
    return _OdsCells(rows).scan(parts.get("content.xml", b""))


class _OdsCells:
    """Walks an OpenDocument content: places counted with all repetitions, text as often as it is repeated."""

    def __init__(self, rows: int) -> None:
        self.most = rows
        self.tables: dict[str, set[tuple[int, int]]] = {}
        self.merged: dict[str, list[Area]] = {}
        self.hidden: dict[str, set[int]] = {}
        self.name = ""
        self.row = self.column = self.depth = self.text = 0
        self.rows = self.columns = 1  # repetitions of the current row and cell
        self.in_cell = False
        self.formulas: set[tuple[int, int]] = set()

    def scan(self, data: bytes) -> dict[str, Facts]:
        """Return the facts of each table; raise Invalid for filled cells beyond the caps."""
        parser = ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.CharacterDataHandler = self.characters
        _parse(parser, data)
        return {
            name: Facts(
                frozenset(places), tuple(self.merged.get(name, ())), frozenset(self.hidden.get(name, ()))
            )
            for name, places in self.tables.items()
        }

    def start(self, name: str, at: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise refuse("damaged")
        kind = name.rpartition(":")[2]
        if kind == "table":
            self.name = at.get("table:name", "")
            self.formulas = self.tables.setdefault(self.name, set())
            self.row = 0
        elif kind == "table-row":
            self.column, self.rows = 0, _times(at.get("table:number-rows-repeated", "1"))
            if at.get("table:visibility", "visible") != "visible":
                rows = range(self.row, min(self.row + self.rows, self.most))
                self.hidden.setdefault(self.name, set()).update(rows)
        elif kind in ("table-cell", "covered-table-cell"):
            self.columns = _times(at.get("table:number-columns-repeated", "1"))
            self.in_cell = True
            self.merge(at)
            if "table:formula" in at:
                self.formulas.add((self.row, self.column))
            if any(key.startswith("office:") or key == "table:formula" for key in at):
                self.fill(sum(map(len, at.values())))
        elif self.in_cell:
            self.fill(0)

    def end(self, name: str) -> None:
        self.depth -= 1
        kind = name.rpartition(":")[2]
        if kind == "table-row":
            self.row += self.rows
        elif kind in ("table-cell", "covered-table-cell"):
            self.column += self.columns
            self.in_cell = False

    def characters(self, data: str) -> None:
        if self.in_cell:
            self.fill(len(data))

    def merge(self, at: dict[str, str]) -> None:
        """Note the area of a cell that covers others."""
        rows = _times(at.get("table:number-rows-spanned", "1"))
        columns = _times(at.get("table:number-columns-spanned", "1"))
        known = self.merged.setdefault(self.name, [])
        if rows * columns > 1 and len(known) < MOST_MERGED:
            known.append((self.row, self.column, self.row + rows - 1, self.column + columns - 1))

    def fill(self, length: int) -> None:
        if self.row + self.rows > self.most or self.column + self.columns > MOST_COLUMNS:
            raise too_many(self.most)
        self.text += length * 3 * self.rows * self.columns
        if self.text > MOST_TEXT:
            raise too_big()


def _times(repeated: str) -> int:
    if not repeated.isdecimal() or not 1 <= len(repeated) <= 7:
        raise refuse("damaged")
    return int(repeated)
