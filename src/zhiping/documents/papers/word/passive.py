"""What a Word template may consist of: nothing that runs, and nothing from elsewhere.

Parts, content types, relationships and field codes are those of lists; whatever else a file has is named.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from zhiping.documents.papers.word.package import Parts

_KINDS = (
    "document", "styles", "stylesWithEffects", "settings", "webSettings", "fontTable", "numbering",
    "footnotes", "endnotes", "comments", "commentsExtended", "commentsExtensible", "commentsIds", "people",
)  # fmt: skip
_IMAGES = ("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff")
PART = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core|custom)\.xml"
    rf"|docProps/thumbnail\.(?:{'|'.join(_IMAGES)})|word/media/[\w-]+\.(?:{'|'.join(_IMAGES)})"
    rf"|word/(?:glossary/)?(?:{'|'.join(_KINDS)}|header\d*|footer\d*)\.xml|word/theme/theme\d*\.xml"
    r"|customXml/item(?:Props)?\d+\.xml"
    rf"|word/(?:glossary/)?_rels/(?:{'|'.join(_KINDS)}|header\d*|footer\d*)\.xml\.rels"
    r"|word/theme/_rels/theme\d*\.xml\.rels|customXml/_rels/item\d+\.xml\.rels"
)
_CONTENT = re.compile(
    r"application/xml"
    r"|application/vnd\.openxmlformats-package\.(?:relationships|core-properties)\+xml"
    r"|application/vnd\.openxmlformats-officedocument\."
    r"(?:extended-properties|custom-properties|theme|customXmlProperties)\+xml"
    r"|application/vnd\.openxmlformats-officedocument\.wordprocessingml\."
    r"(?:document\.main|document\.glossary|styles|settings|webSettings|fontTable|numbering|footnotes|endnotes|comments"
    r"|commentsExtended|commentsExtensible|commentsIds|people|header|footer)\+xml"
    r"|application/vnd\.ms-word\.stylesWithEffects\+xml"
    r"|image/(?:png|jpeg|jpg|gif|bmp|tiff)"
)
_MAKERS = (  # of relationship types: all editions of the format
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
    "http://schemas.microsoft.com/office/2007/relationships/",
    "http://schemas.microsoft.com/office/2011/relationships/",
    "http://schemas.microsoft.com/office/2016/09/relationships/",
    "http://schemas.microsoft.com/office/2018/08/relationships/",
)
RELATIONS = {
    "officeDocument", "extended-properties", "custom-properties", "core-properties", "thumbnail", "theme",
    "header", "footer", "image", "glossaryDocument", "hyperlink", "customXml", "customXmlProps", *_KINDS,
}  # fmt: skip
FIELDS = {
    "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "REF", "NOTEREF", "TOC", "TC", "SEQ",
    "STYLEREF", "DATE", "TIME", "CREATEDATE", "SAVEDATE", "PRINTDATE", "TITLE", "SUBJECT", "AUTHOR",
    "HYPERLINK", "=",
}  # fmt: skip
# A person follows such a link, or does not: Word reads nothing from it.
_LINK = re.compile(r"https?://[^\s\"\\]+|mailto:[^\s\"\\]+", re.IGNORECASE)
_SWITCH = re.compile(r"\\[a-z]", re.IGNORECASE)
_ELEMENTS = {
    "altChunk", "attachedTemplate", "control", "entryMacro", "exitMacro", "mailMerge", "movie", "object",
    "OLEObject", "subDoc", "webVideoPr",
}  # fmt: skip
_MAIN = (  # of Word's own elements, in both editions of the format
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_INSTRUCTIONS = {"fldChar", "fldSimple", "instrText", "delInstrText"}
_BRANCHES = {"Choice", "Fallback"}
_SOURCES = ("src", "href")  # of old drawings: an address Word reads by itself


class Stray(NamedTuple):
    """What a template must not hold: the part it is in, its text in `errors.papers`, how it reads."""

    part: str
    code: str
    found: str
    allowed: tuple[str, ...] = ()


def strays(parts: Parts) -> Iterator[Stray]:
    """Yield everything active or from elsewhere in a package whose XML has no document type."""
    for name, data in parts.items():
        if not PART.fullmatch(name):
            yield Stray(name, "part", name)
        elif name == "[Content_Types].xml":
            yield from _content_types(name, data)
        elif name.endswith(".rels"):
            yield from _relations(name, data, parts)
        elif name.startswith("word/") and name.endswith(".xml"):
            yield from _elements(name, data)


def _root(data: bytes) -> etree._Element:
    """Parse a part that has no document type; raise SyntaxError where it is no XML or too deep."""
    return etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True, no_network=True))


def _content_types(name: str, data: bytes) -> Iterator[Stray]:
    for row in _root(data):
        if not _CONTENT.fullmatch(kind := row.get("ContentType", "")):
            yield Stray(name, "content_type", kind)


def _relations(name: str, data: bytes, parts: Parts) -> Iterator[Stray]:
    folder = posixpath.dirname(posixpath.dirname(name))
    for row in _root(data):
        kind, target = row.get("Type", ""), row.get("Target", "")
        maker = next((one for one in _MAKERS if kind.startswith(one)), None)
        if maker is None or kind.removeprefix(maker) not in RELATIONS:
            yield Stray(name, "relation", kind, tuple(sorted(RELATIONS)))
        elif row.get("TargetMode", "Internal") != "Internal":
            if kind.rpartition("/")[2] != "hyperlink" or not _LINK.fullmatch(target):
                yield Stray(name, "external", target)
        elif posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/") not in parts:
            yield Stray(name, "external", target)


def _elements(name: str, data: bytes) -> Iterator[Stray]:
    """Yield forbidden elements, addresses and fields; a field's words may be cut into any number of runs."""
    root = _root(data)
    space = root.tag.rpartition("}")[0]
    for element in root.iter():
        own, _, tag = str(element.tag).rpartition("}")
        if tag in _ELEMENTS:
            yield Stray(name, "element", tag)
        elif tag in _INSTRUCTIONS and (own != space or space not in _MAIN):
            yield Stray(name, "element", str(element.tag))  # Word would not read it, or read it alone
        for key, value in element.items():
            if str(key).rpartition("}")[2] in _SOURCES and value:
                yield Stray(name, "external", str(value))
    for code in _codes(root, space):
        yield from _field(name, code)


def _codes(scope: etree._Element, space: str) -> Iterator[str]:
    """Yield the words of every field. Word reads one of several alternatives: each is judged by itself."""
    fields: list[str] = []
    for element in _within(scope):
        tag, kind = element.tag.rpartition("}")[2], element.get(f"{space}}}fldCharType")
        if tag in _BRANCHES:
            yield from _codes(element, space)
        elif tag == "fldSimple":
            yield element.get(f"{space}}}instr", "")
        elif tag in ("instrText", "delInstrText"):
            fields = fields or [""]
            fields[-1] += element.text or ""
        elif tag == "fldChar" and kind == "end" and fields:
            yield fields.pop()
        elif tag == "fldChar" and kind not in ("separate", "end"):
            fields.append("")
    yield from fields


def _within(scope: etree._Element) -> Iterator[etree._Element]:
    """Yield what is in an element in the order of the document, but nothing of alternatives within."""
    waiting = [iter(scope)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
            continue
        yield element
        if element.tag.rpartition("}")[2] not in _BRANCHES:
            waiting.append(iter(element))


def _field(name: str, code: str) -> Iterator[Stray]:
    words = code.split()
    first = "=" if code.lstrip().startswith("=") else "".join(words[:1]).upper()
    if first not in FIELDS or (first == "HYPERLINK" and not _is_link(words[1:])):
        yield Stray(name, "field", code.strip(), tuple(sorted(FIELDS)))


def _is_link(words: list[str]) -> bool:
    """Whether a link leads to a bookmark or to an address people may follow."""
    plain = [word.strip('"') for word in words if not _SWITCH.fullmatch(word)]
    within = any(word.lower() == "\\l" for word in words)
    return all(_LINK.fullmatch(word) or not set(word) & set(":/\\") for word in plain) and (
        within or bool(plain and _LINK.fullmatch(plain[0]))
    )
