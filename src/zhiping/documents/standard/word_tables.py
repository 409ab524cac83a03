"""A Word document's paragraphs and tables in order, as plain words: merged cells, automatic numbers."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

UNPACKED_LIMIT = 16 * 1024 * 1024
TAGS_LIMIT = 300_000  # tags and attributes
FILES_LIMIT = 5000
COLUMNS_LIMIT = 64
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SIGNS = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_COUNTING = {"decimal", "decimalFullWidth", "decimalZero", "chineseCounting", "japaneseCounting"}

Table = list[tuple[str, ...]]


class NotWord(Exception):  # noqa: N818 - what is the matter with the file
    """A zip file without a Word document in it."""


class TooLarge(Exception):  # noqa: N818 - what is the matter with the file
    """A document that would unpack to more than a standard ever needs."""


def blocks(data: bytes) -> Iterator[str | Table]:
    """Yield a Word document's paragraphs and tables in order; no image or other part is unpacked.

    A table is a list of rows of equal columns: a merged cell has its words in its first place, "" in the
    others; paragraphs of a cell are parted by line breaks. Raises NotWord, TooLarge, zipfile.BadZipFile or
    ValueError (damaged XML).
    """
    root, numbering = _parts(data)
    numbers = _Numbers(_formats(numbering))
    body = root.find(f"{_W}body")
    if body is None:
        raise NotWord
    for element in _inside(body):
        if element.tag == f"{_W}p":
            yield _paragraph(element, numbers)
        elif element.tag == f"{_W}tbl":
            yield list(_table(element, numbers))


# ── the package ────────────────────────────────────────────────────────────────────────────────────────


def _parts(data: bytes) -> tuple[etree._Element, etree._Element | None]:
    if data.count(b"PK\x01\x02") > FILES_LIMIT:
        raise TooLarge
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            document = _part(package, "word/document.xml")
            if document is None:
                raise NotWord
            numbering = _part(package, "word/numbering.xml")
    except (OSError, EOFError, RuntimeError, NotImplementedError, zlib.error, OverflowError) as fault:
        raise zipfile.BadZipFile(str(fault)) from None
    return _xml(document), None if numbering is None else _xml(numbering)


def _part(package: zipfile.ZipFile, name: str) -> bytes | None:
    if name not in package.namelist():
        return None
    if package.getinfo(name).file_size > UNPACKED_LIMIT:
        raise TooLarge
    with package.open(name) as stream:
        content = stream.read(UNPACKED_LIMIT + 1)
    if content.count(b"<") + content.count(b"=") > TAGS_LIMIT:
        raise TooLarge
    return content


def _xml(content: bytes) -> etree._Element:
    """Parse XML that must not reach outside or define entities."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content.replace(_STRICT, _W[1:-1].encode()), parser)
    except etree.XMLSyntaxError as fault:
        raise ValueError(str(fault)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("DTD")
    return root


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────


def _inside(element: etree._Element) -> Iterator[etree._Element]:
    """Yield an element's parts; content controls and tracked insertions are looked into."""
    for child in element:
        if child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins"):
            yield from _inside(child)
        else:
            yield child


def _words(element: etree._Element) -> Iterator[str]:
    """Yield the words people see: not the deleted ones, and no alternative twice."""
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag not in (_FALLBACK, f"{_W}p"):  # a box's paragraphs come on their own
            yield from _words(child)


def _value(element: etree._Element | None, path: str) -> str | None:
    """Return the `w:val` of an element under another; "" where it is there without one."""
    found = None if element is None else element.find(path)
    return None if found is None else str(found.get(f"{_W}val", ""))


def _number(words: str | None) -> int:
    return int(words) if words and words.isdecimal() and len(words) < 4 else 0


def _paragraph(element: etree._Element, numbers: "_Numbers") -> str:
    properties = element.find(f"{_W}pPr")
    mark = ""
    number = None if properties is None else properties.find(f"{_W}numPr")
    if number is not None:
        mark = numbers.next(_value(number, f"{_W}numId") or "", _value(number, f"{_W}ilvl") or "0")
    return mark + "".join(_words(element))


def _table(table: etree._Element, numbers: "_Numbers") -> Iterator[tuple[str, ...]]:
    for row in _inside(table):
        if row.tag != f"{_W}tr" or row.find(f"{_W}trPr/{_W}del") is not None:
            continue
        cells = [""] * min(_number(_value(row.find(f"{_W}trPr"), f"{_W}gridBefore")), COLUMNS_LIMIT)
        for cell in _inside(row):
            if cell.tag == f"{_W}tc" and len(cells) < COLUMNS_LIMIT:
                cells += _cell(cell, numbers)
        yield tuple(cells)


def _cell(cell: etree._Element, numbers: "_Numbers") -> list[str]:
    """Return a cell's words and an empty place for each further column it covers."""
    properties = cell.find(f"{_W}tcPr")
    merges = (_value(properties, f"{_W}{kind}") for kind in ("vMerge", "hMerge"))
    goes_on = any(merge is not None and merge != "restart" for merge in merges)
    words = "" if goes_on else "\n".join(_paragraph(p, numbers) for p in cell.iter(f"{_W}p")).strip()
    return [words] + [""] * min(_number(_value(properties, f"{_W}gridSpan")) - 1, COLUMNS_LIMIT)


# ── automatic numbers ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Format:
    """How a list counts at one depth: which list, from where, and whether in numbers."""

    counter: str
    start: int
    counts: bool
    restarts: bool


@dataclass
class _Numbers:
    """The numbers Word prints before list paragraphs, which are nowhere in their words."""

    formats: dict[tuple[str, str], _Format]
    last: dict[tuple[str, str], int] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    def next(self, number: str, depth: str) -> str:
        """Return "3. " for the third paragraph of a list, "（3）" deeper down, "" where nothing counts."""
        form = self.formats.get((number, depth))
        if form is None or not form.counts:
            return ""
        key = (form.counter, depth)
        if form.restarts and number not in self.begun:
            self.last.pop(key, None)
        self.begun.add(number)
        self.last[key] = self.last.get(key, form.start - 1) + 1
        self.last = {k: n for k, n in self.last.items() if k[0] != form.counter or k[1] <= depth}
        return f"{self.last[key]}. " if depth == "0" else f"（{self.last[key]}）"


def _formats(numbering: etree._Element | None) -> dict[tuple[str, str], _Format]:
    if numbering is None:
        return {}
    abstract = {str(a.get(f"{_W}abstractNumId")): a for a in numbering.iter(f"{_W}abstractNum")}
    return dict(_levels(numbering.iter(f"{_W}num"), abstract))


def _levels(
    numbers: Iterable[etree._Element], abstract: dict[str, etree._Element]
) -> Iterator[tuple[tuple[str, str], _Format]]:
    for number in numbers:
        counter = _value(number, f"{_W}abstractNumId") or ""
        override = _value(number, f"{_W}lvlOverride/{_W}startOverride")
        for level in abstract[counter].iter(f"{_W}lvl") if counter in abstract else ():
            start = _number(override if override is not None else _value(level, f"{_W}start")) or 1
            counts = _value(level, f"{_W}numFmt") in _COUNTING
            key = (str(number.get(f"{_W}numId")), str(level.get(f"{_W}ilvl")))
            yield key, _Format(counter, start, counts, override is not None)
