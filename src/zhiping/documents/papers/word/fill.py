"""Fill a .docx template's parts in a sandbox that calls nothing but `range` and has a handful of filters."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from itertools import groupby
from types import CodeType
from typing import Any
from xml.etree import ElementTree as ET

from jinja2 import StrictUndefined, Template, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from zhiping.documents.papers.word.package import BREAK, Parts

MAX_TEXT = 32 * 2**20  # characters of one filled part
MAX_FIELD = 1_000_000  # characters a filter may make
MAX_BLANK_ROWS = 10_000  # that a template may ask for
MAX_TURNS = 50_000  # of all loops of one document
FILTERS = ("default", "escape", "first", "join", "last", "length", "list", "replace", "reverse", "trim")
# Nodes that can double a text again and again.
GROWING = (nodes.AssignBlock, nodes.CallBlock, nodes.Concat, nodes.FilterBlock, nodes.Macro)
FILLED = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff\ufffe\uffff]")  # one set compiles slowly
_PICTURE = re.compile(r'(<wp:docPr [^>]*descr=")(\w+)(".*?<a:blip [^>]*r:embed=")([^"]+)', re.DOTALL)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_KEEP = "<w:keepNext/>"
_BELOW = "|".join(
    (
        '<w:tr>(?:(?!</w:tr>).)*<w:pStyle w:val="note"/>',
        "<w:tr>(?:(?!</w:tr>|<w:shd ).)*<w:keepNext/>(?:(?!<w:shd ).)*?</w:tr>",
        f'</w:tbl><w:p><w:pPr><w:pStyle w:val="gap"/>{_KEEP}',
    )
)
# The last two rows of a table of ours above its notes, above a box that stays whole (group rows are shaded
# and none), or above a gap that is kept with the next paragraph.
_TIED = re.compile(rf"(?:<w:tr>(?:(?!<w:tr>).)*){{2}}(?={_BELOW})", re.DOTALL)
_STYLE = re.compile(rf'<w:pStyle w:val="\w+"/>(?!{_KEEP})')
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
        self.filters["turns"] = self._turns
        self.turns = 0
        self.globals = {}

    def _turns(self, values: Iterable[Any]) -> Iterator[Any]:
        """Count the turns of every loop: nested ones that write nothing go on for hours."""
        for value in values:
            self.turns += 1
            if self.turns > MAX_TURNS:
                raise SecurityError(f"> {MAX_TURNS}")
            yield value

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


def compiled(environment: Sandbox, parts: Parts) -> dict[str, CodeType]:
    """Compile the parts that hold tags; raises SecurityError for nodes that can make texts grow."""
    texts = {name: data.decode() for name, data in parts.items() if FILLED.fullmatch(name)}
    code = {}
    for name, text in texts.items():
        if TAG.search(text):
            tree = environment.parse(text)
            for node in tree.find_all(GROWING):
                raise SecurityError(type(node).__name__)
            for loop in tree.find_all(nodes.For):
                loop.iter = nodes.Filter(loop.iter, "turns", [], [], None, None, lineno=loop.lineno)
            code[name] = environment.compile(tree)
    return code


def cleaned(parts: Parts) -> Parts:
    """Return a template's parts with tags as jinja reads them: free of Word's markup, loops around rows."""
    from docxtpl import DocxTemplate  # slow to import: our own papers are cleaned once, at install

    cleaner = DocxTemplate(io.BytesIO())
    return {
        name: cleaner.patch_xml(data.decode()).encode() if FILLED.fullmatch(name) else data
        for name, data in parts.items()
    }


def ready(environment: Sandbox, code: Mapping[str, CodeType]) -> dict[str, Template]:
    """Return compiled parts as templates."""
    return {name: Template.from_code(environment, one, {}) for name, one in code.items()}


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
        done[name] = _TIED.sub(_kept, "".join(pieces)).encode()
    return _with_pictures(done, pictures)


def _kept(end: re.Match[str]) -> str:
    """Keep the last two rows of a table on the page of what follows, a signature or a note."""
    return _STYLE.sub(rf"\g<0>{_KEEP}", end[0])


def fit_columns(document: bytes) -> bytes:
    """Give each table as many grid columns as its loops made cells, and fit the cells to its width."""
    from lxml import etree

    root = etree.fromstring(document)
    for table in root.iter(f"{_W}tbl"):
        _fit(table)
    fitted: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return fitted


def _fit(table: Any) -> None:  # noqa: ANN401 - an lxml element
    grid = table.find(f"{_W}tblGrid")
    rows = [row.findall(f"{_W}tc/{_W}tcPr/{_W}tcW") for row in table.findall(f"{_W}tr")]
    widest: list[Any] = max(rows, key=len, default=[])
    for span in table.iterfind(f"{_W}tr[last()]/{_W}tc/{_W}tcPr/{_W}gridSpan"):  # notes, over all columns
        span.set(f"{_W}val", str(len(widest)))
    if grid is None or len(widest) <= len(grid):
        return
    widths = [int(cell.get(f"{_W}w")) for cell in widest]
    looped = max((list(run) for _, run in groupby(widths)), key=len)  # the others keep their width
    spare = sum(int(column.get(f"{_W}w")) for column in grid) - sum(widths) + sum(looped)
    for row in rows:
        for cell in row if len(row) > 1 else ():
            if int(cell.get(f"{_W}w")) == looped[0]:
                cell.set(f"{_W}w", str(spare // len(looped)))
    grid[:] = [grid.makeelement(f"{_W}gridCol", {f"{_W}w": cell.get(f"{_W}w")}) for cell in widest]


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
