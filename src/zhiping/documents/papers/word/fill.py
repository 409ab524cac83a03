"""Fill a .docx template's parts in a sandbox that calls nothing but `range` and has a handful of filters."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from xml.etree import ElementTree as ET

from jinja2 import StrictUndefined, Template, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from zhiping.documents.papers.word.template import BREAK, Parts

MAX_TEXT = 32 * 2**20  # characters of one filled part
MAX_FIELD = 1_000_000  # characters a filter may make
MAX_BLANK_ROWS = 10_000  # that a template may ask for
FILTERS = ("default", "escape", "first", "join", "last", "length", "list", "replace", "reverse", "trim")
# Nodes that can double a text again and again.
GROWING = (nodes.AssignBlock, nodes.CallBlock, nodes.Concat, nodes.FilterBlock, nodes.Macro)
FILLED = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PICTURE = re.compile(r'(<wp:docPr [^>]*descr=")(\w+)(".*?<a:blip [^>]*r:embed=")([^"]+)', re.DOTALL)
TAG = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as PNG, and what it shows in words for those who do not see it."""

    png: bytes
    words: str


def clean(text: str) -> str:
    """Drop the characters no XML may hold."""
    return _ILLEGAL.sub("", text)


def put(value: object) -> Markup:
    """Write a value as text of a paragraph: markup escaped, line ends kept, illegal characters dropped."""
    if isinstance(value, Markup):
        return value
    lines = clean("" if value is None else str(value)).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Markup(BREAK).join(lines)  # noqa: S704 - our own constant; joining escapes the lines


class BlankRows:
    """The `range` of a template: numbers for blank rows, never many in one document."""

    def __init__(self) -> None:
        self.left = MAX_BLANK_ROWS

    def __call__(self, *bounds: int) -> range:
        """Return the numbers `range` would."""
        numbers = range(*bounds)
        self.left -= len(numbers)
        if self.left < 0:
            raise SecurityError(f"range > {MAX_BLANK_ROWS}")
        return numbers


class Sandbox(ImmutableSandboxedEnvironment):
    """Where templates run: no calls but `range`, nothing that makes texts grow, few filters, no globals."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, undefined: type[Undefined]) -> None:
        super().__init__(autoescape=True, finalize=put, undefined=undefined)
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.filters |= {name: _bounded(self.filters[name]) for name in ("join", "replace")}
        self.globals = {}

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401 - jinja's signature
        """Allow `range` alone."""
        return isinstance(obj, BlankRows)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG002 - jinja's signature
        """Add numbers; refuse the operators that can fill the memory."""
        if operator == "+" and type(left) is type(right) is int:
            return left + right
        raise SecurityError(operator)


def strict() -> Sandbox:
    """Return the environment of our own templates: a missing field is our mistake and fails at once."""
    return Sandbox(StrictUndefined)


def compiled(environment: Sandbox, parts: Parts) -> dict[str, Template]:
    """Return the parts that hold tags, ready to be filled."""
    texts = {name: data.decode() for name, data in parts.items() if FILLED.fullmatch(name)}
    ready = {}
    for name, text in texts.items():
        if TAG.search(text):
            for node in environment.parse(text).find_all(GROWING):
                raise SecurityError(type(node).__name__)
            ready[name] = environment.from_string(text)
    return ready


def _bounded(keep: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that refuses to make a text no field of a paper can need."""

    @wraps(keep)
    def bounded(*values: Any) -> Any:  # noqa: ANN401 - any filter's
        made = keep(*values)
        if len(str(made)) > MAX_FIELD:
            raise SecurityError(f"> {MAX_FIELD}")
        return made

    return bounded


def filled(
    parts: Parts,
    templates: Mapping[str, Template],
    context: Mapping[str, Any],
    pictures: Mapping[str, Drawing],
) -> Parts:
    """Return the parts of the finished document: fields filled, pictures in their places."""
    done = dict(parts)
    for name, template in templates.items():
        pieces, size = [], 0
        for piece in template.generate({**context, "range": BlankRows()}):
            size += len(piece)
            if size > MAX_TEXT:
                raise SecurityError(f"> {MAX_TEXT}")
            pieces.append(piece)
        done[name] = "".join(pieces).encode()
    return _with_pictures(done, pictures)


def _with_pictures(parts: Parts, pictures: Mapping[str, Drawing]) -> Parts:
    """Put each picture where the template has one with its name as alternative text; say what it shows."""
    if not pictures:
        return parts
    targets = dict(_targets(parts["word/_rels/document.xml.rels"]))

    def placed(found: re.Match[str]) -> str:
        before, name, between, place = found.groups()
        if name not in pictures or place not in targets:
            return found[0]
        parts[f"word/{targets[place]}"] = pictures[name].png
        words = escape(clean(pictures[name].words))
        return f"{before}{words}{between}{place}"

    document = _PICTURE.sub(placed, parts["word/document.xml"].decode())
    return {**parts, "word/document.xml": document.encode()}


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
