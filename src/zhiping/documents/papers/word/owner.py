"""An owner's template, which is not trusted: read within limits, cleaned, filled, every fault named.

Its tags are cleaned of what Word puts inside them (docxtpl). All fields that the facts lack are reported
at once.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from jinja2 import ChainableUndefined, TemplateError, TemplateSyntaxError, Undefined
from jinja2.exceptions import SecurityError

from zhiping.documents.papers.word.fill import (
    FILLED,
    TAG,
    Drawing,
    Sandbox,
    cleaned,
    compiled,
    filled,
    fit_columns,
    ready,
)
from zhiping.documents.papers.word.package import Parts
from zhiping.domain.errors import Invalid, Problem

MAX_UNPACKED = 16 * 2**20  # bytes of an owner's template, unpacked
MAX_PARTS = 500
MAX_TEMPLATE = 4 * 2**20  # bytes of one part of it that holds text
_MARKUP = re.compile(r"<[^>]*>")
_BRACES = re.compile(r"{{|{%|{#|}}|%}|#}")
_CLOSES = {"{{": "}}", "{%": "%}", "{#": "#}"}


def fill_template(path: Path, context: Mapping[str, Any], pictures: Mapping[str, Drawing]) -> Parts:
    """Fill an owner's template; raise Invalid with every missing field, or with what else is wrong."""
    parts = cleaned(read_template(path))
    missing: list[str] = []
    done = _guarded(path, lambda: _filled(Sandbox(_noting(missing)), parts, context, pictures))
    if missing:
        raise Invalid([Problem("papers.missing", {"fields": _tags_of(missing, parts)}, (path.name,))])
    _guarded(path, lambda: [ET.fromstring(data) for name, data in done.items() if FILLED.fullmatch(name)])  # noqa: S314 - texts with a DOCTYPE were refused when read
    document = _guarded(path, lambda: fit_columns(done["word/document.xml"]))
    return {**done, "word/document.xml": document}


def _filled(
    sandbox: Sandbox, parts: Parts, context: Mapping[str, Any], pictures: Mapping[str, Drawing]
) -> Parts:
    return filled(parts, ready(sandbox, compiled(sandbox, parts)), context, pictures)


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


def _guarded(path: Path, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - the result of any work
    """Do work on an owner's template; whatever it throws becomes a problem that names the template."""
    try:
        return work()
    except _ANY as error:
        code = next((code for kind, code in _FAULTS.items() if isinstance(error, kind)), "template")
        raise Invalid([Problem(f"papers.{code}", {"found": str(error)}, (path.name,))]) from error


def _noting(found: list[str]) -> type[Undefined]:
    """Return the type of a missing field, which notes its name and prints nothing."""

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
    """Return the tags that use a missing field, as the owner sees them in Word."""
    tags = [tag for name in parts if FILLED.fullmatch(name) for tag in TAG.findall(parts[name].decode())]
    wanted = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    return list(dict.fromkeys(tag for tag in tags if wanted.search(tag)))


def read_template(path: Path) -> Parts:
    """Read an owner's .docx within limits; raise Invalid where it is none, too big, or runs code."""
    try:
        parts = _unpacked(path)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise Invalid([Problem("papers.not_word", {"found": str(error)}, (path.name,))]) from error
    found = [Problem(code, data, (path.name,)) for code, data in _unfit(parts)]
    if found:
        raise Invalid(found)
    return parts


def _unpacked(path: Path) -> Parts:
    with zipfile.ZipFile(path) as package:
        entries = [entry for entry in package.infolist() if not entry.is_dir()]
        big = any(FILLED.fullmatch(e.filename) and e.file_size > MAX_TEMPLATE for e in entries)
        if big or len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise Invalid([Problem("papers.too_big", {"limit": MAX_UNPACKED >> 20}, (path.name,))])
        return {entry.filename: package.read(entry) for entry in entries}


def _unfit(parts: Parts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Say why a package is no template of ours: not Word, not UTF-8, entities, macros, torn tags."""
    for needed in ("word/document.xml", "word/_rels/document.xml.rels"):
        if needed not in parts:
            yield "papers.not_word", {"found": needed}
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")) and (b"<!" in data.replace(b"<!--", b"") or not _utf8(data)):
            yield "papers.not_word", {"found": name}
        elif "vba" in name.lower():
            yield "papers.unsafe", {"found": name}
        elif FILLED.fullmatch(name) and (torn := _torn_tag(data.decode())):
            yield "papers.syntax", {"found": torn}


def _torn_tag(xml: str) -> str:
    """Return the first tag that is not closed, or closed and never opened; "" where all pair up.

    Checked before docxtpl looks at the text: its patterns take quadratic time over tags left open.
    """
    text = _MARKUP.sub("", xml)
    opened: re.Match[str] | None = None
    for mark in _BRACES.finditer(text):
        opens = mark[0][0] == "{"
        if opens is (opened is not None) or (opened and _CLOSES[opened[0]] != mark[0]):
            return text[(opened or mark).start() :][:30]
        opened = mark if opens else None
    return text[opened.start() :][:30] if opened else ""


def _utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
