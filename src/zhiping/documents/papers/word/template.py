"""From a paper's source to its .docx template, part by part, as WordprocessingML.

Written as text and not through a library, because a paper must cost milliseconds. Loops are in the form
people edit in Word: rows `{%tr … %}`, paragraphs `{%p … %}`, cells `{%tc … %}`.
"""

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape

from zhiping.documents.papers.word.layout import (
    DRAWING,
    LANDSCAPE,
    PORTRAIT,
    REPORT,
    Page,
    R,
    W,
    document_relations,
    fixed_parts,
    twips,
)
from zhiping.documents.papers.word.package import BREAK, HEAD, TAB, Parts, properties
from zhiping.documents.papers.word.source import Block, Paragraph, Picture, Row, Source, Table

_TAG = re.compile(r"({[{%].*?[%}]})")
_CONTACT = re.compile(r"[^{，。；,.;]{2,30}[：:] ?{{ papers\.")
_COLUMNS = re.compile(r"{%tc (.*?) %}(.*){%tc endfor %}")
_EDGES = ("top", "left", "bottom", "right", "insideH", "insideV")
_BORDERS = "".join(f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for edge in _EDGES)
_NIL = "".join(f'<w:{edge} w:val="nil"/>' for edge in _EDGES[1:4])
_BARE = f"<w:tcBorders>{_NIL}</w:tcBorders>"
_PAGE_BREAK = '<w:r><w:br w:type="page"/></w:r>'
_ROW_HEIGHT = 7  # mm, so that a row can be written in by hand
_CENTRE = '<w:jc w:val="center"/>'
_BOX = 30  # mm, from which on a row is a box that is written in from its top
# A document ends with a paragraph: so thin, it fits below any table.
_THIN = '<w:spacing w:line="20" w:lineRule="exact"/>'
_PAGES = {"landscape": LANDSCAPE, "report": REPORT}
_KEEP = "<w:keepNext/>"  # no signature is alone on a page, nor a table's title or a picture without its own


@dataclass(frozen=True, slots=True)
class _Hand:
    """How a paper is written: its page, the end of a section, styles of its tables."""

    page: Page
    section: str
    cell: str
    head: str

    @property
    def width(self) -> int:
        """Width of its text in twips."""
        return self.page.text_width

    def text(self, text: str) -> str:
        """Write text with tags; a line break inside a tag is the template's own."""
        pieces = [escape(piece, quote=False) for piece in _TAG.split(text)]
        return "".join(
            piece.replace("\\n", BREAK).replace("\\t", TAB) if at % 2 == 0 else piece
            for at, piece in enumerate(pieces)
        )

    def paragraph(self, style: str, text: str, extra: str = "") -> str:
        """Write one paragraph in a style."""
        run = f'<w:r><w:t xml:space="preserve">{self.text(text)}</w:t></w:r>' if text else ""
        return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{extra}</w:pPr>{run}</w:p>'


def template(source: Source, title: str, language: str) -> Parts:
    """Return every part of the .docx template by its name in the package."""
    page = next((page for name, page in _PAGES.items() if name in source.settings), PORTRAIT)
    sections = Paragraph("section") in source.blocks
    report = "report" in source.settings
    section = page.section(restarts=sections, report=report)
    small = "small" if "small" in source.settings else ""
    hand = _Hand(page, section, small or "cell", f"{small}head")
    blocks = _absorbed(source.blocks)
    body = "".join(_block(at, blocks, hand) for at in range(len(blocks)))
    if "imprint" in source.settings:  # a frame is on the page of the paragraph below it
        body += hand.paragraph("gap", "", _THIN)
    pictures = [block for block in blocks if isinstance(block, Picture)]
    document = (
        f'{HEAD}<w:document xmlns:w="{W}" xmlns:r="{R}" xmlns:wp="{DRAWING}/wordprocessingDrawing" '
        f'xmlns:a="{DRAWING}/main" xmlns:pic="{DRAWING}/picture"><w:body>{body}{section}</w:body>'
        "</w:document>"
    )
    return {
        **fixed_parts(language, sections=sections, report=report),
        "docProps/core.xml": properties(title, "", language),
        "word/document.xml": document.encode(),
        "word/_rels/document.xml.rels": document_relations((p.name for p in pictures), report=report),
        **{f"word/media/{p.name}.png": _placeholder(p.width, p.height) for p in pictures},
    }


def _absorbed(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Make the notes below a table its last row: LibreOffice keeps rows together, not rows and text."""
    kept: list[Block] = []
    for block in blocks:
        table = kept[-1] if kept else None
        if not (isinstance(table, Table) and isinstance(block, Paragraph) and block.kind == "note"):
            kept.append(block)
        elif table.rows[-1].kind == "note":
            kept[-1] = replace(
                table, rows=[*table.rows[:-1], Row("note", (*table.rows[-1].cells, block.text))]
            )
        else:
            kept[-1] = replace(table, rows=[*table.rows, Row("note", (block.text,))])
    return tuple(kept)


def _block(at: int, blocks: tuple[Block, ...], hand: _Hand) -> str:
    block = blocks[at]
    if isinstance(block, Table):
        after = _next(blocks[at + 1 :])
        below = _KEEP if _ends(after) or isinstance(after, Table) else ""
        return _table(block, hand) + hand.paragraph("gap", "", below if blocks[at + 1 :] else _THIN)
    if isinstance(block, Picture):
        return _picture(block)
    if block.kind == "page":
        if at + 1 < len(blocks) and _breaks(blocks[at + 1]):
            return ""
        return hand.paragraph("gap", "").replace("</w:pPr>", f"</w:pPr>{_PAGE_BREAK}")
    return _line(at, block, blocks, hand)


def _line(at: int, block: Paragraph, blocks: tuple[Block, ...], hand: _Hand) -> str:
    """Write one paragraph, a tag, or the end of a section."""
    if block.kind == "section":
        return hand.paragraph("gap", "", _THIN + hand.section)
    if block.kind == "tag":
        return hand.paragraph("body", f"{{%p {block.text} %}}")
    if block.kind == "imprint":
        return hand.paragraph(block.kind, block.text, hand.page.foot())
    starts = "<w:pageBreakBefore/>" if blocks[at - 1 : at] == (Paragraph("page"),) else ""
    caption = any(isinstance(one, Picture) for one in blocks[at - 1 : at])  # belongs to what is above it
    keep = _KEEP if _tied(block, _next(blocks[at + 1 :])) and not caption else ""
    return hand.paragraph(block.kind, block.text, keep + starts)


def _next(blocks: Iterable[Block]) -> Block:
    """Return the first block that prints; a tag where there is none."""
    return next((b for b in blocks if not isinstance(b, Paragraph) or b.kind != "tag"), Paragraph("tag"))


def _ends(block: Block) -> bool:
    """Whether a block signs or explains what is above it, and must not stand on a page without it."""
    return isinstance(block, Paragraph) and block.kind in ("sign", "seal", "note", "flush", "imprint")


def _breaks(block: Block) -> bool:
    """Whether a block can begin a page by itself, so that no empty page can slip in before it."""
    return isinstance(block, Paragraph) and block.kind not in ("tag", "page", "section")


def _tied(block: Paragraph, after: Block) -> bool:
    """Whether a paragraph stays on the page of the next: a table, a picture, what ends the paper.

    So do lines to write on and a contact, with the paragraph above them: or the last page would hold little
    more than the signature.
    """
    return (
        isinstance(after, Table | Picture)
        or _ends(after)
        or block.text == "{{ blank }}"
        or any(_CONTACT.match(one.text) for one in (block, after))
    )


def _table(table: Table, hand: _Hand) -> str:
    widths = [hand.width * width // 100 for width in table.widths]
    depth, rows = 0, ""
    for row in table.rows:
        depth += {"for": 1, "endfor": -1}.get(row.cells[0].split()[0], 0) if row.kind == "tag" else 0
        kept = table.whole or bool(row.height and depth == 0)
        rows += _row(row, widths, table.centred, hand, kept=kept)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        '<w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{_grid(table, widths)}</w:tblGrid>{rows}</w:tbl>"
    )


def _grid(table: Table, widths: list[int]) -> str:
    """Write the table's columns; a loop over cells needs three, those of its two tags and its own."""
    looped = next((r.cells for r in table.rows if any(map(_COLUMNS.fullmatch, r.cells))), ())
    loops = [_COLUMNS.fullmatch(cell) for cell in looped] or [None] * len(widths)
    columns = [
        column
        for width, loop in zip(widths, loops, strict=True)
        for column in ([width // 3] * 3 if loop else [width])
    ]
    return "".join(f'<w:gridCol w:w="{column}"/>' for column in columns)


def _row(row: Row, widths: list[int], centred: tuple[bool, ...], hand: _Hand, *, kept: bool) -> str:
    """Write a row; one that is `kept` stays with the next: a high one in no loop is part of a box."""
    if row.kind == "tag":
        tag = hand.paragraph(hand.cell, f"{{%tr {row.cells[0]} %}}")
        return f"<w:tr>{_tc(tag, sum(widths), span=len(widths))}</w:tr>"
    if row.kind == "note":
        notes = "".join(hand.paragraph("note", text) for text in row.cells)
        cell = _tc(notes, sum(widths), span=len(widths), shade=_BARE)
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"
    height = f'<w:trHeight w:val="{twips(row.height or _ROW_HEIGHT)}" w:hRule="atLeast"/>'
    repeated = "<w:tblHeader/>" if row.kind == "head" else ""
    cells, column = [], 0
    while column < len(row.cells):
        end = column + 1
        while end < len(row.cells) and row.cells[end] == "<":
            end += 1
        centre = centred[column] and end == column + 1
        extra = (_KEEP if row.kind == "group" or kept else "") + (_CENTRE if centre else "")
        cells.append(_cell(row, column, widths[column:end], hand, extra))
        column = end
    return f"<w:tr><w:trPr><w:cantSplit/>{height}{repeated}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(row: Row, column: int, widths: list[int], hand: _Hand, extra: str) -> str:
    style, width = (hand.head if row.kind == "head" else hand.cell), sum(widths)
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="EDEDED"/>' if row.kind else ""
    loop = _COLUMNS.fullmatch(row.cells[column])
    if not loop:
        text = hand.paragraph(style, row.cells[column], extra)
        place = "top" if row.height >= _BOX and _CENTRE not in extra else "center"
        return _tc(text, width, span=len(widths), shade=shade, place=place)
    inner = hand.paragraph(style, loop[2], extra)
    first, last = (hand.paragraph(style, f"{{%tc {tag} %}}") for tag in (loop[1], "endfor"))
    return "".join(_tc(part, width // 3, shade=shade) for part in (first, inner, last))


def _tc(content: str, width: int, *, span: int = 1, shade: str = "", place: str = "center") -> str:
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    properties = f'<w:tcW w:w="{width}" w:type="dxa"/>{spanned}{shade}<w:vAlign w:val="{place}"/>'
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def _picture(picture: Picture) -> str:
    size = f'cx="{picture.width * 36000}" cy="{picture.height * 36000}"'
    name = f'id="1" name="{picture.name}" descr="{picture.name}"'
    return (
        f'<w:p><w:pPr><w:pStyle w:val="picture"/>{_KEEP}</w:pPr><w:r><w:drawing>'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {size}/><wp:docPr {name}/>'
        f'<a:graphic><a:graphicData uri="{DRAWING}/picture"><pic:pic><pic:nvPicPr><pic:cNvPr {name}/>'
        "<pic:cNvPicPr/></pic:nvPicPr>"
        f'<pic:blipFill><a:blip r:embed="picture_{picture.name}"/><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )


def _placeholder(width: int, height: int) -> bytes:
    """Draw a plain grey PNG of a size, where the picture will stand."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xe0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
