"""An owner's template, which is not trusted: read within limits, cleaned, filled, every fault named.

Its tags are cleaned of what Word puts inside them (docxtpl). All fields that the facts lack are reported
at once.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, TemplateError, TemplateSyntaxError, Undefined
from jinja2.exceptions import SecurityError

from zhiping.documents.papers.word import passive
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
from zhiping.documents.plain import opened, why
from zhiping.documents.spreadsheets.workbook.package import MOST_BYTES, too_big, zip_parts
from zhiping.domain.errors import Invalid, Problem

MAX_UNPACKED = MOST_BYTES  # of an owner's template, packed and unpacked
MAX_TAGS = 2000  # of one part: the longest of ours has 176, and compiling 2000 takes half a second
LONGEST_ECHO = 120
MAX_TEMPLATE = 4 * 2**20  # bytes of one part of it that holds text
_MARKUP = re.compile(r"<[^>]*>")
_BRACES = re.compile(r"{{|{%|{#|}}|%}|#}")
_CLOSES = {"{{": "}}", "{%": "%}", "{#": "#}"}


def fill_template(path: Path, context: Mapping[str, Any], pictures: Mapping[str, Drawing]) -> Parts:
    """Fill an owner's template; raise Invalid with every missing field, or with what else is wrong.

    The paper is checked like the template: the value of a field may be where Word reads instructions.
    """
    parts = cleaned(read_template(path))
    missing: list[str] = []
    done = _guarded(path, lambda: _filled(Sandbox(_noting(missing)), parts, context, pictures))
    if missing:
        raise Invalid([Problem("papers.missing", {"fields": _tags_of(missing, parts)}, (path.name,))])
    if found := _guarded(path, lambda: list(_active(done))):
        raise Invalid([problem.at(path.name) for problem in found])
    document = _guarded(path, lambda: fit_columns(done["word/document.xml"]))
    return {**done, "word/document.xml": document}


def _filled(
    sandbox: Sandbox, parts: Parts, context: Mapping[str, Any], pictures: Mapping[str, Drawing]
) -> Parts:
    return filled(parts, ready(sandbox, compiled(sandbox, parts)), context, pictures)


_FAULTS: Mapping[type[Exception], str] = {
    SecurityError: "unsafe",
    TemplateSyntaxError: "syntax",
    SyntaxError: "loops",  # of either XML parser
}
_ANY = (
    TemplateError,
    SyntaxError,
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
    parts = _unpacked(path)
    found = [Problem(code, data) for code, data in _unfit(parts)]
    try:
        found = found or list(_active(parts))
    except SyntaxError as error:
        found = [Problem("papers.not_word", {"found": str(error)})]
    if found:
        raise Invalid([problem.at(path.name) for problem in found])
    return parts


def _active(parts: Parts) -> Iterator[Problem]:
    """Yield a problem for everything active or external, at its part."""
    for stray in passive.strays(parts):
        data = {"found": stray.found[:LONGEST_ECHO], "allowed": list(stray.allowed)}
        yield Problem(f"papers.{stray.code}", data, (stray.part[:LONGEST_ECHO],))


def _unpacked(path: Path) -> Parts:
    """Unpack a package whose sizes, places and checksums are true."""
    try:
        with opened(path) as file:
            data = file.read(MAX_UNPACKED + 1)
        if len(data) > MAX_UNPACKED:
            raise too_big()
        parts = zip_parts(data, lambda name: not name.endswith("/"))
        if any(len(part) > MAX_TEMPLATE for name, part in parts.items() if FILLED.fullmatch(name)):
            raise too_big()
    except OSError as error:
        raise Invalid([Problem("papers.not_word", {"found": why(error)}, (path.name,))]) from error
    except Invalid as refused:
        big = refused.problems[0].code == "book.too_big"
        code, more = ("too_big", {"limit": MAX_UNPACKED >> 20}) if big else ("not_word", {"found": "zip"})
        raise Invalid([Problem(f"papers.{code}", more, (path.name,))]) from refused
    return parts


def _unfit(parts: Parts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Say why a package is no template of ours: not Word, not UTF-8, entities, torn tags, too many tags."""
    for needed in ("word/document.xml", "word/_rels/document.xml.rels"):
        if needed not in parts:
            yield "papers.not_word", {"found": needed}
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")) and (b"<!" in data.replace(b"<!--", b"") or not _utf8(data)):
            yield "papers.not_word", {"found": name}
        elif FILLED.fullmatch(name) and (torn := _torn_tag(data.decode())):
            yield "papers.syntax", {"found": torn}
        elif FILLED.fullmatch(name) and (count := len(TAG.findall(data.decode()))) > MAX_TAGS:
            yield "papers.tags", {"found": count, "most": MAX_TAGS}


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
