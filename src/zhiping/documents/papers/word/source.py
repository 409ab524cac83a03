r"""The light text a default paper is written in, read into blocks; `sources/<language>/<paper>.txt` hold it.

A line is a paragraph; its first characters say of which kind. Fields and conditions are jinja2 tags.

    @landscape        the page in landscape format    @small            tables in smaller type
    @imprint          the lines of `imprint.txt` follow
    @report           text in smaller type; a draft's `stamp` on each page
    = Title           == Heading      === Sub-heading      (plain) body      < flush      > signature
    >> signature under a seal
    ^ centred         ~ small note    --- new page         % for x in y      ![radar 120x100] picture in mm
    --- 1             new page, numbered from 1: the papers of several people are in one file
    _ imprint between rules (版记) at the foot of the page; "\t" goes to its right end
    |= 10c 40 50      a table begins: column widths in percent, c for centred
    |=! 10c 40 50     a table that stays on one page
    |* head | head    header row, repeated on each page      |# group row      |(30) row at least 30 mm high
    |% for x in y     rows follow for each x; |% endfor      | cell | <        "<" joins the cell to its left

A cell `{%tc for x in y %}{{ x }}{%tc endfor %}` becomes one cell for each x. "\n" is a line break.
"""

import re
from dataclasses import dataclass, field

KINDS = {
    "===": "h2",
    "==": "h1",
    "=": "title",
    "<": "flush",
    ">": "sign",
    ">>": "seal",
    "^": "centre",
    "~": "note",
    "_": "imprint",
}
_PICTURE = re.compile(r"!\[(\w+) (\d+)x(\d+)\]")
_ROW = re.compile(r"\|([*#]|\((\d+)\))? ?(.*)")
_CELL = re.compile(r"\s\|(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a kind (a style), a jinja tag standing alone (`tag`), or a break.

    A break is a new `page`, or a new `section` whose pages are numbered from 1.
    """

    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture known by name, its size in millimetres."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Row:
    """A table row: `kind` is "", "head", "group" or "tag" (its cell is the tag); height in mm, 0: any."""

    kind: str
    cells: tuple[str, ...]
    height: int = 0


@dataclass(slots=True)
class Table:
    """A table: column widths in percent, which columns are centred, its rows; on one page if `whole`."""

    widths: tuple[int, ...]
    centred: tuple[bool, ...]
    whole: bool = False
    rows: list[Row] = field(default_factory=list)


Block = Paragraph | Picture | Table


@dataclass(frozen=True, slots=True)
class Source:
    """A paper's template: its settings ("landscape", "small") and its blocks in order."""

    settings: frozenset[str]
    blocks: tuple[Block, ...]


def read(text: str) -> Source:
    """Read the light text of a paper."""
    settings: set[str] = set()
    blocks: list[Block] = []
    for line in filter(str.strip, text.splitlines()):
        if line.startswith("@"):
            settings.add(line[1:].strip())
        elif line.startswith("|="):
            whole = line.startswith("|=!")
            blocks.append(_table(line[2 + whole :].split(), whole=whole))
        elif line.startswith("|"):
            table = blocks[-1]
            assert isinstance(table, Table), line
            table.rows.append(_row(line))
        else:
            blocks.append(_block(line))
    return Source(frozenset(settings), tuple(blocks))


def _table(columns: list[str], *, whole: bool) -> Table:
    widths = tuple(int(column.rstrip("c")) for column in columns)
    return Table(widths, tuple(column.endswith("c") for column in columns), whole)


def _row(line: str) -> Row:
    if line.startswith("|%"):
        return Row("tag", (line[2:].strip(),))
    found = _ROW.match(line)
    assert found, line
    mark, height, cells = found.groups()
    kind = {"*": "head", "#": "group"}.get(mark or "", "")
    return Row(kind, tuple(cell.strip() for cell in _CELL.split(cells)), int(height or 0))


def _block(line: str) -> Paragraph | Picture:
    if picture := _PICTURE.fullmatch(line.strip()):
        return Picture(picture[1], int(picture[2]), int(picture[3]))
    if line.startswith("---"):
        return Paragraph("section" if line.endswith("1") else "page")
    if line.startswith("% "):
        return Paragraph("tag", line[2:].strip())
    mark, _, text = line.partition(" ")
    return Paragraph(KINDS[mark], text) if mark in KINDS else Paragraph("body", line)
