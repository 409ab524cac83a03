"""Fill a .docx template: the product's own, or an owner's, which is not trusted.

An owner's file is read within limits, its tags are cleaned of what Word puts inside them (docxtpl), and it
runs in a sandbox that calls nothing but `range` and knows a handful of filters. What it asks for and the
facts do not have is told all at once.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from jinja2 import (
    ChainableUndefined,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    Undefined,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from zhiping.documents.papers.word import BREAK, Parts
from zhiping.domain.errors import Invalid, Problem

MAX_UNPACKED = 16 * 2**20  # bytes of an owner's template, unpacked
MAX_PARTS = 500
MAX_TEXT = 32 * 2**20  # characters of one filled part
MAX_RANGE = 1000  # blank rows of one loop
FILTERS = ("default", "escape", "first", "join", "last", "length", "list", "replace", "reverse", "trim")
_FILLED = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PICTURE = re.compile(r'<wp:docPr [^>]*descr="(\w+)".*?<a:blip [^>]*r:embed="([^"]+)"', re.DOTALL)
_TAG = re.compile(r"{[{%][^{}]*[%}]}")


def put(value: object) -> Markup:
    """Write a value as text of a paragraph: markup escaped, line ends kept, illegal characters dropped."""
    if isinstance(value, Markup):
        return value
    lines = (
        _ILLEGAL.sub("", "" if value is None else str(value))
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .split("\n")
    )
    return Markup(BREAK).join(escape(line) for line in lines)  # noqa: S704 - our own constant


def blank_rows(count: int, stop: int | None = None) -> range:
    """Return numbers for blank rows, as `range` does, but never many."""
    numbers = range(count) if stop is None else range(count, stop)
    if len(numbers) > MAX_RANGE:
        raise SecurityError(f"range > {MAX_RANGE}")
    return numbers


class Sandbox(ImmutableSandboxedEnvironment):
    """Where templates run: no calls but `range`, no multiplication of texts, few filters, nothing global."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, undefined: type[Undefined]) -> None:
        super().__init__(autoescape=True, finalize=put, undefined=undefined)
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.globals = {"range": blank_rows}

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401 - jinja's signature
        """Allow `range` alone."""
        return obj is blank_rows

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG002 - jinja's signature
        """Refuse the operators that can fill the memory."""
        raise SecurityError(operator)


def strict() -> Sandbox:
    """Return the environment of our own templates: a missing field is our mistake and fails at once."""
    return Sandbox(StrictUndefined)


def compiled(environment: Sandbox, parts: Parts) -> dict[str, Template]:
    """Return the parts that hold tags, ready to be filled."""
    texts = {name: data.decode() for name, data in parts.items() if _FILLED.fullmatch(name)}
    return {name: environment.from_string(text) for name, text in texts.items() if _TAG.search(text)}


def filled(
    parts: Parts,
    templates: Mapping[str, Template],
    context: Mapping[str, Any],
    pictures: Mapping[str, bytes],
) -> Parts:
    """Return the parts of the finished document: fields filled, pictures in their places."""
    done = dict(parts)
    for name, template in templates.items():
        pieces, size = [], 0
        for piece in template.generate(context):
            size += len(piece)
            if size > MAX_TEXT:
                raise SecurityError(f"> {MAX_TEXT}")
            pieces.append(piece)
        done[name] = "".join(pieces).encode()
    return _with_pictures(done, pictures)


def _with_pictures(parts: Parts, pictures: Mapping[str, bytes]) -> Parts:
    """Put each picture where the template has one with its name as alternative text."""
    if not pictures:
        return parts
    targets = dict(_targets(parts["word/_rels/document.xml.rels"]))
    for name, place in _PICTURE.findall(parts["word/document.xml"].decode()):
        if name in pictures and place in targets:
            parts[f"word/{targets[place]}"] = pictures[name]
    return parts


def _targets(relations: bytes) -> Iterator[tuple[str, str]]:
    for row in ET.fromstring(relations):  # noqa: S314 - texts with a DOCTYPE were refused when read
        yield row.get("Id", ""), row.get("Target", "").removeprefix("/word/")


def pack(parts: Parts) -> bytes:
    """Zip the parts into a .docx; the same parts give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def fill_owner(path: Path, context: Mapping[str, Any], pictures: Mapping[str, bytes]) -> Parts:
    """Fill an owner's template; raise Invalid with every missing field, or with what else is wrong."""
    from docxtpl import DocxTemplate  # slow to import, and only owners' files need it

    cleaner = DocxTemplate(io.BytesIO())
    parts = {
        name: cleaner.patch_xml(data.decode()).encode() if _FILLED.fullmatch(name) else data
        for name, data in read_owner(path).items()
    }
    missing: list[str] = []
    done = _guarded(
        path, lambda: filled(parts, compiled(Sandbox(_noting(missing)), parts), context, pictures)
    )
    if missing:
        raise Invalid([Problem("papers.missing", {"fields": _tags_of(missing, parts)}, (path.name,))])
    _guarded(path, lambda: [ET.fromstring(data) for name, data in done.items() if _FILLED.fullmatch(name)])  # noqa: S314 - texts with a DOCTYPE were refused when read
    return {**done, "word/document.xml": _mended_tables(cleaner, done["word/document.xml"])}


_FAULTS: Mapping[type[Exception], str] = {
    SecurityError: "unsafe",
    TemplateSyntaxError: "syntax",
    ET.ParseError: "loops",
}
_ANY = (
    TemplateError,
    ET.ParseError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def _guarded(path: Path, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
    """Do work on an owner's template; whatever it throws becomes a problem that names the template."""
    try:
        return work()
    except _ANY as error:
        code = _FAULTS.get(type(error), "template")
        raise Invalid([Problem(f"papers.{code}", {"found": str(error)}, (path.name,))]) from error


def _noting(found: list[str]) -> type[Undefined]:
    """Return what stands for a missing field: it notes itself and reads as nothing."""

    class Missing(ChainableUndefined):
        def _note(self) -> None:
            if issubclass(self._undefined_exception, SecurityError):
                raise self._undefined_exception(self._undefined_message)
            found.append(str(self._undefined_name))

        def __str__(self) -> str:
            self._note()
            return ""

        def __html__(self) -> str:
            return str(self)

        def __iter__(self) -> Iterator[Any]:
            self._note()
            return iter(())

        def __bool__(self) -> bool:
            self._note()
            return False

        def __len__(self) -> int:
            self._note()
            return 0

    return Missing


def _tags_of(names: list[str], parts: Parts) -> list[str]:
    """Return the tags a missing field stands in, as the owner sees them in Word."""
    tags = [tag for name in parts if _FILLED.fullmatch(name) for tag in _TAG.findall(parts[name].decode())]
    wanted = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    return list(dict.fromkeys(tag for tag in tags if wanted.search(tag)))


def _mended_tables(cleaner: Any, document: bytes) -> bytes:  # noqa: ANN401 - docxtpl has no types
    """Give each table as many grid columns as its loops made cells."""
    from lxml import etree

    found: bytes = etree.tostring(
        cleaner.fix_tables(document), xml_declaration=True, encoding="UTF-8", standalone=True
    )
    return found


def read_owner(path: Path) -> Parts:
    """Read an owner's .docx within limits; raise Invalid where it is none, too big, or runs code."""
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
            if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise Invalid([Problem("papers.too_big", {"limit": MAX_UNPACKED >> 20}, (path.name,))])
            parts = {entry.filename: package.read(entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise Invalid([Problem("papers.not_word", {"found": str(error)}, (path.name,))]) from error
    if "word/document.xml" not in parts or "word/_rels/document.xml.rels" not in parts:
        raise Invalid([Problem("papers.not_word", {"found": "word/document.xml"}, (path.name,))])
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")) and (b"<!" in data.replace(b"<!--", b"") or not _utf8(data)):
            raise Invalid([Problem("papers.not_word", {"found": name}, (path.name,))])
        if name.endswith(".bin") and "vba" in name.lower():
            raise Invalid([Problem("papers.unsafe", {"found": name}, (path.name,))])
    return parts


def _utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
