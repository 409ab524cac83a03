"""The older binary format (xls, et): its records sifted before a parser sees them ([MS-XLS], [MS-CFB])."""

import io
import struct
from collections.abc import Iterator

from zhiping.documents.spreadsheets.workbook.package import ole_file, refuse, too_big
from zhiping.documents.spreadsheets.workbook.scanning import (
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_TEXT,
    Facts,
    Places,
    too_many,
)

MOST_RECORDS = 400_000
MOST_SHEETS = 64
BEGIN, END, FILE_PASS, CODE_PAGE, BOUND_SHEET = 0x809, 0x0A, 0x2F, 0x42, 0x85
SHARED_TEXT, CONTINUED = 0xFC, 0x3C
GENERAL = {BEGIN, CODE_PAGE, 0x22, 0x41E, 0xE0}  # 1904 dates, number formats, cell formats
FORMULA, FORMULA_TEXT, SHARED_TEXT_CELL, MANY_NUMBERS, TRUTH_OR_ERROR = 0x06, 0x207, 0xFD, 0xBD, 0x205
# Cells with something in them; each begins with its row and column.
CELLS = {FORMULA, SHARED_TEXT_CELL, MANY_NUMBERS, TRUTH_OR_ERROR, 0x203, 0x204, 0x27E}

Record = tuple[int, bytes]


def sift(streams: dict[str, bytes], rows: int = MOST_ROWS) -> tuple[dict[str, Facts], io.BytesIO]:
    """Return where each worksheet's formulas are, and a new xls file that holds only values and formats.

    Sizes, chains and positions, which a parser trusts, are computed and written again.
    """
    if "encryptedpackage" in streams:
        raise refuse("encrypted")
    data = streams.get("workbook", streams.get("book"))
    if data is None:
        raise refuse("not_spreadsheet")
    try:
        return _sift(data, rows)
    except (struct.error, ValueError, LookupError) as e:
        raise refuse("damaged") from e


def _sift(data: bytes, rows: int) -> tuple[dict[str, Facts], io.BytesIO]:
    general, shared, sheets = _general(data)
    found: dict[str, Facts] = {}
    bodies: list[bytes] = []
    pointers = 0
    for name, (_, start) in sheets.items():
        cells, formulas = _cells(data, start, rows)
        pointers += sum(kind == SHARED_TEXT_CELL for kind, _ in cells)
        found[name] = Facts(formulas)
        bodies.append(_packed([*cells, (END, b"")]))
    if pointers * shared > 2 * MOST_TEXT:
        raise too_big()
    start = len(_packed([*general, *((BOUND_SHEET, body) for body, _ in sheets.values()), (END, b"")]))
    bound: list[Record] = []
    for (body, _), written in zip(sheets.values(), bodies, strict=True):
        bound.append((BOUND_SHEET, struct.pack("<I", start) + body[4:]))
        start += len(written)
    return found, ole_file("Workbook", _packed([*general, *bound, (END, b"")]) + b"".join(bodies))


def _packed(records: list[Record]) -> bytes:
    return b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in records)


def _general(data: bytes) -> tuple[list[Record], int, dict[str, tuple[bytes, int]]]:
    """Return the records all sheets share, the size of shared texts, and each sheet's record and place."""
    kept: list[Record] = []
    sheets: dict[str, tuple[bytes, int]] = {}
    page, shared, inside = "cp1252", 0, False
    for kind, body in _records(data, 0):
        inside = kind == SHARED_TEXT or (inside and kind == CONTINUED)
        if kind == FILE_PASS:
            raise refuse("encrypted")
        if kind == CODE_PAGE:
            number = struct.unpack_from("<H", body)[0]
            page = "utf-16-le" if number == 1200 else f"cp{number}"
        if kind == BOUND_SHEET:
            sheets.setdefault(_sheet_name(body, page), (body, struct.unpack_from("<I", body)[0]))
        elif inside:
            shared += len(body)
            kept.append((kind, body))
        elif kind in GENERAL:
            kept.append((kind, body))
    if len(sheets) > MOST_SHEETS:
        raise too_big()
    return kept, shared, sheets


def _cells(data: bytes, start: int, rows: int) -> tuple[list[Record], Places]:
    kept: list[Record] = []
    formulas: set[tuple[int, int]] = set()
    for kind, body in _records(data, start):
        if kind in (BEGIN, FORMULA_TEXT):
            kept.append((kind, body))
        elif kind in CELLS:
            row, column = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind == MANY_NUMBERS else column
            if row >= rows or max(column, last) >= MOST_COLUMNS:
                raise too_many(rows)
            if kind == FORMULA or (kind == TRUTH_OR_ERROR and body[7]):
                formulas.add((row, column))
            # Of a formula the value stays and the tokens go.
            kept.append((kind, body[:20] + bytes(2) if kind == FORMULA else body))
    return kept, frozenset(formulas)


def _records(data: bytes, at: int) -> Iterator[Record]:
    """Yield the records of one substream, those of charts inside it left out."""
    depth = 0
    for _ in range(MOST_RECORDS):
        kind, length = struct.unpack_from("<HH", data, at)
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length
    raise too_big()


def _sheet_name(body: bytes, page: str) -> str:
    """Return a sheet's name: two bytes a character where marked so, else one, or the file's own code page."""
    length, wide = body[6], body[7]
    if page != "utf-16-le":
        return body[7 : 7 + length].decode(page)
    return (
        body[8 : 8 + length * 2].decode("utf-16-le") if wide & 1 else body[8 : 8 + length].decode("latin-1")
    )
