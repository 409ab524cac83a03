"""A standard as text, Word or spreadsheet into a rubric draft: table rows with their places."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from zhiping.documents.files import rubric_file
from zhiping.documents.plain import opened, why
from zhiping.documents.spreadsheets.workbook.reading import read_text
from zhiping.documents.standard.bands import said_grades
from zhiping.documents.standard.draft import Draft
from zhiping.documents.standard.draft import read as read_rows
from zhiping.documents.standard.headers import Header, compact, header
from zhiping.documents.standard.items import label, points
from zhiping.documents.standard.table import Row, Sentence
from zhiping.documents.standard.tree import SECTION, TOTAL
from zhiping.documents.standard.word_tables import NotWord, TooLarge, blocks
from zhiping.domain.doubt import Doubt
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Rubric
from zhiping.texts import catalogue
from zhiping.texts.catalogue import say

FILE_LIMIT = 32 * 1024 * 1024
TEXT_LIMIT = 4 * 1024 * 1024
LINES_LIMIT = 50_000  # of a text
ROWS_LIMIT = 5000
CELLS_LIMIT = 50_000
COLUMNS_LIMIT = 64
_OTHER_KINDS = {
    b"\xd0\xcf\x11\xe0": "legacy",  # Word 97–2003, and any encrypted Word file
    b"%PDF": "kind",
    b"{\\rtf": "kind",
    b"\x89PNG": "kind",
    b"\xff\xd8\xff": "kind",
}
_SHEETS = {".xlsx", ".xlsm", ".xls", ".et", ".ods"}
_WORD = {".docx", ".docm", ".dotx"}
_ENCODINGS = ("utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be")
_CAPTION = re.compile(r"表\s*[A-Z]?[.．]?\d+\s*(?P<title>\S.{2,60}?)\s*(?:[（(]续[）)])?")
_ISSUED = re.compile(r"(\d{4})\s*[-–—年]\s*(\d{1,2})\s*[-–—月]\s*(\d{1,2})\s*日?\s*发布")
_NUMBER = re.compile(r"(?:GB|DB\d*|T|[A-Z]{2})(?:/[A-Z]+)?[ 　]?[\d.]+[-—–]\d{4}")
COVER = 40  # lines, in which a line of its own may have the standard's number
_NO_NAME = re.compile(
    r"[，。；：,;:]|^\d|^第.{1,3}[章条节]|^[目前]\s*[次录言]|^附?表\s*[A-Z]?\d|^.{31}"
)  # a sentence, a chapter
_NOTE = re.compile(r"[，。；：,;:]")
_ITEM = re.compile(r"[（(]?\d{1,2}[）).．、]")
_GOES_ON = re.compile(rf"{_ITEM.pattern}|.*\d分")


class Content(NamedTuple):
    """What a document holds: its tables and its other lines, in order."""

    tables: list[list[Row]]
    lines: list[Sentence]


def read(path: Path) -> Draft:
    """Read a standard's scored table into a draft; its doubts say their places in the language in use.

    Text files have tab-separated rows (UTF-8, UTF-16 or GB 18030), Word files and spreadsheets real tables.
    A table with the bundled rubric's scale gets its channel ceilings, as a doubt. Raises Invalid with one
    problem where the file cannot be read, or holds no table of this kind.
    """
    try:
        return _read(path)
    except Invalid as fault:
        raise Invalid([problem.at(path.name) for problem in fault.problems[:1]]) from None


def _read(path: Path) -> Draft:
    suffix = path.suffix.lower()
    content = _sheets(path) if suffix in _SHEETS else _content(_bytes(path), suffix)
    lines = [line.words for line in content.lines]
    issued = next((found for line in lines if (found := _ISSUED.search(line))), None)
    version = "-".join(part.zfill(2) for part in issued.groups()) if issued else "1"
    name = path.stem.encode("utf-8", "ignore").decode().strip() or "rubric"
    source = " ".join(_heading(content.lines)) or name
    titles = [found["title"] for line in lines if (found := _CAPTION.fullmatch(line.strip()))]
    title = next(
        (t for t in titles if re.search(r"(?:评|打|计)分|评价|考核", t) and t.endswith("表")), source
    )
    draft = read_rows(
        content.tables, name=name, version=version, title=title, source=source, sentences=content.lines
    )
    number = next((n for line in lines[:COVER] if (n := line.strip()) and _NUMBER.fullmatch(n)), "")
    return _filled(_with_caps(replace(draft, rubric=replace(draft.rubric, number=number))))


def _heading(lines: Sequence[Sentence]) -> list[str]:
    """Return the document's first line, and the second where it goes on with the name."""
    blocks = groupby(lines, lambda line: (line.after, bool(line.words.strip())))
    found = next((list(group) for (_, filled), group in blocks if filled), [])
    first, second, *_ = [line.words.strip()[:60] for line in found[:2]] + ["", ""]
    return [line for line in (first, "" if _NO_NAME.search(second) else second) if line]


def _bytes(path: Path) -> bytes:
    try:
        with opened(path) as stream:
            data = stream.read(FILE_LIMIT + 1)
    except OSError as fault:
        raise _invalid("unreadable", reason=why(fault)) from None
    if len(data) > FILE_LIMIT:
        raise _invalid("too_large")
    return data


def _invalid(code: str, **data: str) -> Invalid:
    return Invalid([Problem(f"reader.{code}", data)])


def _content(data: bytes, suffix: str) -> Content:
    """Read a document by its content; where that is unknown, by its name."""
    kind = next((code for start, code in _OTHER_KINDS.items() if data.startswith(start)), None)
    if kind:
        raise _invalid(kind)
    if data.startswith(b"PK"):
        return _word(data)
    if len(data) > TEXT_LIMIT:
        raise _invalid("too_large")
    if suffix in _WORD and _decoded(data, "utf-8-sig") is None:
        raise _invalid("damaged")
    decoded = [text for encoding in _ENCODINGS if (text := _decoded(data, encoding)) is not None]
    if not decoded:
        raise _invalid("encoding")
    return _text(next((text for text in decoded if "分" in text and "\t" in text), decoded[0]))


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


# ── text with tab-separated rows ───────────────────────────────────────────────────────────────────────


def _text(text: str) -> Content:
    """Take lines with tabs as rows; a cell that runs on in lines of its own goes on with its items."""
    content = Content([], [])
    inside, rows, cells = False, 0, 0
    lines = re.sub(r"\r\n?", "\n", text).split("\n")
    if len(lines) > LINES_LIMIT:
        raise _invalid("too_large")
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            row = Row(tuple(line.split("\t", COLUMNS_LIMIT)[:COLUMNS_LIMIT]), say("reader.line", line=number))
            if not inside:
                content.tables.append([])
            content.tables[-1].append(row)
            inside = True
            rows, cells = rows + 1, cells + len(row.cells)
            if rows > ROWS_LIMIT or cells > CELLS_LIMIT:
                raise _invalid("too_large")
        elif inside and SECTION.match(line.strip()) and label(line).max is not None:
            content.tables[-1].append(Row((line,), say("reader.line", line=number)))
        elif inside and _runs_on(content.tables[-1][-1], line.strip()):
            content.tables[-1][-1] = _longer(content.tables[-1][-1], line)
        else:
            place = say("reader.line", line=number)
            content.lines.append(Sentence(line, place, len(content.tables)))
            inside = False
    return content


def _runs_on(row: Row, line: str) -> bool:
    """Whether a line goes on with the row's last cell: a number of points or a caption does not."""
    last = next((cell for cell in reversed(row.cells) if cell.strip()), "")
    if points(last) is not None or _CAPTION.match(line) or said_grades(compact(line)):
        return False
    return bool(_GOES_ON.match(line))


def _longer(row: Row, line: str) -> Row:
    """Return a row whose last filled cell goes on with a line."""
    filled = max((n for n, cell in enumerate(row.cells) if cell.strip()), default=0)
    cells = (cell if n != filled else f"{cell}\n{line}" for n, cell in enumerate(row.cells))
    return replace(row, cells=tuple(cells))


# ── Word ───────────────────────────────────────────────────────────────────────────────────────────────


def _word(data: bytes) -> Content:
    content, cells = Content([], []), 0
    try:
        for block in blocks(data):
            if isinstance(block, str):
                place = say("reader.paragraph", number=len(content.lines) + 1)
                content.lines.append(Sentence(block, place, len(content.tables)))
            else:
                content.tables.append(list(_rows(block, len(content.tables) + 1)))
                cells += sum(map(len, block))
                if cells > CELLS_LIMIT or len(block) > ROWS_LIMIT:
                    raise TooLarge
    except TooLarge:
        raise _invalid("too_large") from None
    except NotWord:
        raise _invalid("kind") from None
    except (zipfile.BadZipFile, ValueError):
        raise _invalid("damaged") from None
    return content


def _rows(table: Sequence[tuple[str, ...]], number: int) -> Iterator[Row]:
    for n, cells in enumerate(table, 1):
        yield Row(cells, say("reader.row", table=number, row=n))


# ── spreadsheets ───────────────────────────────────────────────────────────────────────────────────────


def _sheets(path: Path) -> Content:
    """Take a spreadsheet's rows.

    The column with the source of a criterion is ignored.
    """
    places = {catalogue.lookup(language, "rubric.show.place") for language in catalogue.LANGUAGES}
    content = Content([], [])
    try:
        book = read_text(path)
    except Invalid as fault:
        raise Invalid([Problem(found.code, found.data) for found in fault.problems]) from None
    for sheet in book.worksheets.values():
        left_out = {n for row in sheet.rows for n, cell in enumerate(row) if cell in places}
        rows = [tuple(str(cell) for n, cell in enumerate(row) if n not in left_out) for row in sheet.rows]
        numbered = [(number, cells) for number, cells in enumerate(rows, 1) if any(cells)]
        _worksheet(sheet.name, numbered, content)
    return content


def _worksheet(name: str, rows: Sequence[tuple[int, tuple[str, ...]]], content: Content) -> None:
    """Add a worksheet's rows that are not blank; rows between its tables are text."""
    head: Header | None = None
    inside = False
    for (number, cells), (_, after) in zip(rows, [*rows[1:], (0, ())], strict=True):
        place = say("reader.sheet_row", sheet=name, row=number)
        head = header(cells) or head
        if _is_text(head, cells, after):
            content.lines.append(Sentence("".join(cells), place, len(content.tables)))
            inside = False
            continue
        if not inside:
            content.tables.append([])
        content.tables[-1].append(Row(cells, place))
        inside = True


def _is_text(head: Header | None, cells: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a row's only cell is text around a table: no item, no sum, no title over the row after it."""
    filled = [n for n, cell in enumerate(cells) if cell]
    if len(filled) != 1 or head is None:
        return len(filled) == 1
    words = compact(cells[filled[0]])
    if filled[0] == head.columns.get("scoring"):
        return False
    if _NOTE.search(words):
        return not _ITEM.match(words)
    titled = label(words).max is not None or SECTION.match(words) or TOTAL.match(words)
    return not titled and (len(list(filter(None, after))) < 2 or header(after) is not None)


# ── ceilings ───────────────────────────────────────────────────────────────────────────────────────────


def _with_caps(draft: Draft) -> Draft:
    """Give a draft of the bundled rubric's scale its ceilings, which no standard prints: to be confirmed."""
    bundled = rubric_file.bundled()
    known = [dimension.id for dimension in bundled.dimensions]
    if len(known) != len(draft.rubric.dimensions):
        return draft
    pairs = zip(draft.rubric.dimensions, known, strict=True)
    rubric = replace(draft.rubric, dimensions=tuple(replace(d, id=name) for d, name in pairs))
    if rubric.scale_sha256 != bundled.scale_sha256:
        return draft
    doubt = Doubt(f"D{len(draft.doubts) + 1}", "caps", "", bundled.title.zh, _caps(bundled))
    return Draft(replace(rubric, caps=bundled.caps, urgent=bundled.urgent), (*draft.doubts, doubt))


def _filled(draft: Draft) -> Draft:
    """Say what the draft does where a doubt proposes no words of the table, and where no row is to blame."""
    doubts = (
        replace(
            doubt,
            where=doubt.where or say("reader.whole"),
            found=doubt.found or say("reader.nothing"),
            proposed=doubt.proposed or say(f"reader.proposed.{doubt.code}"),
        )
        for doubt in draft.doubts
    )
    return Draft(draft.rubric, tuple(doubts))


def _caps(rubric: Rubric) -> str:
    """Write ceilings as "仅线下：3.3 ≤ 0、…"."""
    kinds = groupby(rubric.caps, lambda cap: f"reader.{cap.channel}_{cap.reading}")
    return "; ".join(
        say(kind, caps=", ".join(f"{cap.criterion} ≤ {number_text(cap.max)}" for cap in caps))
        for kind, caps in kinds
    )
