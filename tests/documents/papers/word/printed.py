"""A paper as LibreOffice prints it: lines of text in the cells of tables, and what is wrong with them."""

import re
import zipfile
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree import ElementTree as ET

import pikepdf

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MM = 72 / 25.4
_TEXT = re.compile(
    rb"([\d.-]+) ([\d.-]+) T[dm]\s+(/F\d+) ([\d.]+) Tf(?: [\d.-]+ Tz)?(\[.*?\]TJ|<[0-9A-F]+>Tj)",
    re.DOTALL,
)
_LINE = re.compile(rb"([\d.]+) ([\d.]+) m\s+([\d.]+) ([\d.]+) l S")
_SHADE = re.compile(rb"^([\d.]+) ([\d.]+) ([\d.]+) (-?[\d.]+) re f\*", re.MULTILINE)
_HEX = re.compile(rb"<([0-9A-F]+)>")
_BLANK = r"[\s\u00a0\u3000]"
NUMBER = re.compile(r"[B\d][\d.]*|[\d.]+%|－")
# What no line may end inside of: a date, a number of a document, a place for either, a line to write on.
WHOLE = re.compile(
    rf"\d+ ?年{_BLANK}*\d+ ?月{_BLANK}*\d+ ?日|{_BLANK}{{2,}}年{_BLANK}{{2,}}月{_BLANK}{{2,}}日"
    rf"|[_＿{_BLANK[1:-1]}]*〔[^〕]*〕[_＿{_BLANK[1:-1]}\d]*号|[_＿]{{2,}}"
)
ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
CONTENT = ("body", "h1", "h2", "title", "picture", "centre")
CONTACT = re.compile(r"[^，。；,.;]{2,24}[：:]")
ENDING = re.compile(r"签字|盖章|签名|意见|决定|[Ss]ignature|\bseal\b|[Oo]pinion|Decision")


@dataclass(frozen=True)
class Piece:
    """A piece of a line: where it begins, its size, its text; places in points from the lower left."""

    x: float
    y: float
    size: float
    text: str


@dataclass
class Cell:
    """A cell of a table on a page: left, bottom, right, top, whether it is shaded, and its text."""

    box: tuple[float, float, float, float]
    shaded: bool
    pieces: list[Piece] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return lines(self.pieces)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    @property
    def width(self) -> float:
        """In millimetres."""
        return (self.box[2] - self.box[0]) / MM

    @property
    def height(self) -> float:
        """In millimetres."""
        return (self.box[3] - self.box[1]) / MM


@dataclass
class Page:
    """A printed page: its height, the cells by rows from the top, and the lines outside of tables.

    What is printed in its margins is apart: the text above, and the number below.
    """

    height: float
    bottom: float
    rows: list[list[Cell]]
    outside: list[Piece]
    header: str
    footer: str

    @property
    def heads(self) -> list[list[Cell]]:
        """Rows that name the columns of a table: shaded, and no sums."""
        shaded = [row for row in self.rows if len(row) > 1 and all(cell.shaded for cell in row)]
        return [row for row in shaded if not any(re.search(r"\d", cell.text) for cell in row)]

    @property
    def used(self) -> float:
        """How much of the height of its text a page uses."""
        tops = [p.y + p.size for p in self.outside] + [c.box[3] for row in self.rows for c in row]
        ends = [p.y for p in self.outside] + [c.box[1] for row in self.rows for c in row]
        return (max(tops) - min(ends)) / (self.height - self.bottom - 28 * MM) if tops else 0


def lines(pieces: list[Piece]) -> list[str]:
    """The lines that pieces in their order of writing make."""
    made: list[str] = []
    for at, piece in enumerate(pieces):
        if at and abs(piece.y - pieces[at - 1].y) < 1:
            made[-1] += piece.text
        else:
            made.append(piece.text)
    return made


def _starts(pieces: list[Piece]) -> list[Piece]:
    """The first piece of each line."""
    return [p for at, p in enumerate(pieces) if not at or abs(p.y - pieces[at - 1].y) >= 1]


def read(path) -> list[Page]:
    """The pages of a PDF of LibreOffice."""
    with pikepdf.open(path) as pdf:
        return [_page(page) for page in pdf.pages]


def _page(page) -> Page:
    stream = page.Contents.read_bytes()
    height = float(page.mediabox[3])
    bottom = (26 if page.mediabox[2] > height else 35) * MM
    fonts = {name.encode(): _letters(font) for name, font in page.Resources.get("/Font", {}).items()}
    pieces = [
        Piece(float(x), float(y), float(size), _decoded(fonts[font], text))
        for x, y, font, size, text in _TEXT.findall(stream)
    ]
    cells = _cells(stream)
    outside, header, footer = [], "", ""
    for piece in pieces:
        home = [c for c in cells if c.box[0] < piece.x + 1 < c.box[2] and c.box[1] < piece.y + 2 < c.box[3]]
        if home:
            home[0].pieces.append(piece)
        elif piece.y > height - 23 * MM:
            header += piece.text
        elif piece.y < 25 * MM:
            footer += piece.text
        elif piece.text.strip():
            outside.append(piece)
    rows: dict[float, list[Cell]] = {}
    for cell in cells:
        rows.setdefault(round(cell.box[3]), []).append(cell)
    return Page(height, bottom, [rows[top] for top in sorted(rows, reverse=True)], outside, header, footer)


def _letters(font) -> dict[int, str]:
    text = font.ToUnicode.read_bytes().decode()
    pairs = re.findall(r"<([0-9A-F]{2})> <([0-9A-F]{4,})>", text)
    return {int(a, 16): bytes.fromhex(b).decode("utf-16-be") for a, b in pairs}


def _decoded(letters: dict[int, str], shown: bytes) -> str:
    return "".join(
        letters.get(code, "") for part in _HEX.findall(shown) for code in bytes.fromhex(part.decode())
    )


def _cells(stream: bytes) -> list[Cell]:
    """The cells between the rules of a page: columns between neighbours of the upright rules of a row."""
    rules = [tuple(map(float, rule)) for rule in _LINE.findall(stream)]
    flat = sorted({round(y1, 0) for x1, y1, x2, y2 in rules if y1 == y2}, reverse=True)
    upright = [(x1, min(y1, y2), max(y1, y2)) for x1, y1, x2, y2 in rules if x1 == x2]
    shades = [tuple(map(float, shade)) for shade in _SHADE.findall(stream)]
    cells = []
    for top, end in pairwise(flat):
        middle = (top + end) / 2
        sides = sorted({round(x, 1) for x, low, high in upright if low < middle < high})
        for left, right in pairwise(sides):
            shaded = any(
                x - 1 < (left + right) / 2 < x + w + 1 and y - 1 < middle < y + h + 1 for x, y, w, h in shades
            )
            cells.append(Cell((left, end, right, top), shaded))
    return cells


def torn(pages: list[Page], paragraphs: list[str]) -> list[str]:
    """Words, numbers, dates and lines to write on that are cut at the end of a line."""
    found = []
    for page in pages:
        heads = [cell for row in page.heads for cell in row]
        for cell in (cell for row in page.rows for cell in row):
            found += _cut(cell.lines, paragraphs, head=cell in heads)
            if len(cell.lines) > 1 and NUMBER.fullmatch(bare(cell.text)):
                found.append("|".join(cell.lines))
        small = [piece for piece in page.outside if piece.size < 16]
        found += _cut(lines(small), paragraphs, head=False)
    return found


def _cut(written: list[str], paragraphs: list[str], *, head: bool) -> list[str]:
    found, whole = [], "".join(written)
    for at, (line, after) in enumerate(pairwise(written)):
        seam = sum(map(len, written[: at + 1]))
        ends, begins = (
            re.search(r"[A-Za-z0-9][A-Za-z0-9.]*$", line),
            re.match(r"[A-Za-z0-9.]*[A-Za-z0-9]", after),
        )
        word = ends is not None and begins is not None and ends[0] + begins[0]
        cut = word and len(word) < 20 and any(re.search(rf"\b{re.escape(word)}\b", p) for p in paragraphs)
        alone = head and 1 in (len(bare(line)), len(bare(after)))
        inside = not _prose(whole) and any(m.start() < seam < m.end() for m in WHOLE.finditer(whole))
        around = bare(line)[-12:] + bare(after)[:12]
        if (cut or alone or inside) and any(around in bare(p) for p in paragraphs):
            found.append(f"{line}|{after}")
    return found


def _prose(text: str) -> bool:
    """Whether a text is no label, number or day but written in sentences, where lines may end anywhere."""
    return "。" in text or (len(bare(text)) > 14 and "：" not in text)


def bare(text: str) -> str:
    """A text without blanks."""
    return re.sub(_BLANK, "", text)


def paragraphs(docx_path) -> list[tuple[str, str]]:
    """The style and the text of each paragraph of a paper."""
    with zipfile.ZipFile(docx_path) as package:
        body = ET.fromstring(package.read("word/document.xml"))[0]
    return [
        (
            p.find(f".//{W}pStyle").get(W + "val"),
            "".join(
                "\n" if t.tag == W + "br" else t.text or "" for t in p.iter() if t.tag in (W + "t", W + "br")
            ),
        )
        for p in body.iter(W + "p")
    ]


def lonely(pages: list[Page], styles: list[tuple[str, str]]) -> list[int]:
    """Pages that hold only what ends a paper: signatures, notes, a contact, a list of enclosures."""
    text = {True: "", False: ""}
    for style, words in styles:
        text[style in CONTENT and not CONTACT.match(bare(words))] += bare(words) + "\n"
    return [no for no, page in enumerate(pages, 1) if no > 1 and not _has_content(page, text)]


def _has_content(page: Page, text: dict[bool, str]) -> bool:
    rows = [
        row for row in page.rows if row not in page.heads and len(row) > 1 and not ENDING.search(row[0].text)
    ]
    found = [bare(line) for line in lines(page.outside)]
    body = [line for line in found if len(line) > 3 and line in text[True] and line not in text[False]]
    return len(rows) > 1 or bool(body)


def only_signed(pages: list[Page]) -> list[int]:
    """Pages of a workbook with fewer than two rows below the columns' names."""
    return [no for no, page in enumerate(pages, 1) if sum(row not in page.heads for row in page.rows) < 2]


def low(pages: list[Page], heights: dict[str, int]) -> list[str]:
    """Rows lower than hands and seals need: millimetres by a text of the head, or of the row's own cell."""
    found = []
    for page in pages:
        columns: dict[float, int] = {}
        for row in page.rows:
            if row in page.heads:
                columns = {
                    c.box[0]: mm for c in row for text, mm in heights.items() if bare(text) in bare(c.text)
                }
                continue
            own = [mm for cell in row for text, mm in heights.items() if bare(cell.text) == bare(text)]
            under = [columns[cell.box[0]] for cell in row if cell.box[0] in columns and len(row) > 2]
            wanted = max([*own, *under], default=0)
            if row[0].height < wanted - 0.5 and not all(cell.shaded for cell in row):
                found.append(f"{row[0].text}: {row[0].height:.0f} < {wanted} mm")
    return found


def narrow(pages: list[Page], widths: dict[str, int]) -> list[str]:
    """Columns narrower than hands need, by a text of their head."""
    cells = (cell for page in pages for row in page.heads for cell in row)
    return [
        f"{cell.text}: {cell.width:.0f} < {mm} mm"
        for cell in cells
        for text, mm in widths.items()
        if bare(text) == bare(cell.text) and cell.width < mm - 0.5
    ]


def covered(pages: list[Page], styles: list[tuple[str, str]]) -> list[str]:
    """Names below which a seal is set, but too close to the text above: a seal is 42 mm across."""
    sealed = {bare(text) for style, text in styles if style == "seal"}
    found = []
    for page in pages:
        ends = sorted([p.y for p in page.outside] + [row[0].box[1] for row in page.rows])
        for name, piece in zip(lines(page.outside), _starts(page.outside), strict=True):
            above = [y for y in ends if y > piece.y + 2]
            set_right = piece.x > 50 * MM and piece.size <= 16  # not titles, not text
            if set_right and bare(name) in sealed and above and above[0] - piece.y < 16 * MM:
                found.append(name)
    return found


def iso_days(pages: list[Page]) -> list[str]:
    """Days written for machines."""
    texts = ["".join(lines(page.outside)) for page in pages]
    texts += [cell.text for page in pages for row in page.rows for cell in row]
    return [day for text in texts for day in ISO.findall(text)]


def divided(pages: list[Page], heads: tuple[str, ...]) -> list[str]:
    """Tables that must stay on one page but do not, by a text of their head: it is repeated on each page."""
    found = [bare(cell.text) for page in pages for row in page.heads for cell in row]
    return [head for head in heads if found.count(head) > 1]


def unstamped(pages: list[Page], stamp: str) -> list[int]:
    """Pages of a draft that do not state above their text that it is one."""
    return [no for no, page in enumerate(pages, 1) if stamp not in page.header]


def misnumbered(pages: list[Page], most: int, *, cover: bool) -> list[str]:
    """Numbers of pages out of order; `most`: how many each person's paper has, after which 1 follows.

    A `cover` has no number.
    """
    numbers = [(re.findall(r"\d+", page.footer) or ["none"])[0] for page in pages]
    expected = [str((no % most if most else no) + 1) for no in range(len(pages))]
    expected[:1] = ["none"] if cover else expected[:1]
    return [f"{no}: {n}" for no, (n, right) in enumerate(zip(numbers, expected, strict=True)) if n != right]


def high(pages: list[Page], styles: list[tuple[str, str]]) -> list[str]:
    """Lines of an imprint that are not at the foot of the last page, in millimetres above it."""
    wanted = [bare(text) for style, text in styles if style == "imprint"]
    page = pages[-1]
    places = {bare(line): p.y for line, p in zip(lines(page.outside), _starts(page.outside), strict=True)}
    above = [(places.get(line, page.height) - page.bottom) / MM for line in wanted]
    return [
        f"{line}: {mm:.0f} mm"
        for line, mm, below in zip(wanted, above, range(len(wanted))[::-1], strict=True)
        if mm > 10 * (below + 1)
    ]
