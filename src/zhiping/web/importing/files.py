"""Spreadsheets to download: an empty template, the contents of a register, a sheet with its problems."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse

from zhiping.documents.spreadsheets.workbook.writing import looks, paper, put, put_row, writing
from zhiping.texts.catalogue import lookup
from zhiping.web.downloads import exported_spreadsheet, spreadsheet
from zhiping.web.importing.plan import Step
from zhiping.web.importing.sheet import EXAMPLE, PROBLEMS, Sheet, header
from zhiping.web.importing.uploads import Table
from zhiping.web.texts import language, problem, say

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet as Page

RESERVED = ("", "history")  # names that no worksheet can have
BLANK_ROWS = 3000  # rows of the template that have drop-down lists
Fill = Callable[["Workbook", dict[str, Any]], None]


def template(sheet: Sheet) -> HttpResponse:
    """Return an empty sheet: header, drop-down lists, an example row that is not read, how to fill it in."""

    def fill(book: "Workbook", look: dict[str, Any]) -> None:
        page = _page(book, look, sheet)
        known = lookup(language(), f"{sheet.texts}.examples")  # its own: shared words are names of columns
        examples = [c.example or known.get(c.key, "") for c in sheet.columns]
        put_row(page, 1, [say(EXAMPLE) + examples[0], *examples[1:]], look["note"])
        _notes(book, look, sheet)
        _drop_downs(book, page, sheet)

    return _answer(say("importing.template_name", title=_title(sheet)), fill)


def export(
    request: HttpRequest,
    sheet: Sheet,
    things: Iterable[Any],
    more: Sequence[tuple[str, Callable[[Any], str]]] = (),
) -> HttpResponse:
    """Return a register in the columns of its sheet, fit to be imported again; `more` columns follow."""

    def fill(book: "Workbook", look: dict[str, Any]) -> None:
        page = _page(book, look, sheet, [header for header, _ in more])
        for at, thing in enumerate(things, 1):
            cells = [c.text(c.of(thing)) for c in sheet.columns]
            put_row(page, at, [*cells, *(write(thing) for _, write in more)], look["text"])

    name = _title(sheet)
    return exported_spreadsheet(request, name, _writer(name, fill))


def faulty(sheet: Sheet, table: Table, found: Sequence[Step]) -> HttpResponse:
    """Return the sheet as it was uploaded, as text, with a column of the problems of each row."""
    problems = defaultdict(list)
    for step in found:
        problems[step.row.number - 1] = [problem(p) for p in step.row.problems]
    last = max(map(len, table.rows))
    top, _ = header(sheet, table)

    def fill(book: "Workbook", look: dict[str, Any]) -> None:
        page = book.add_worksheet(_tab(table.name))
        page.set_column(0, last, 18)
        page.set_column(last, last, 60)
        for at, cells in enumerate(table.rows):
            put_row(page, at, cells, look["text"])
            put(page, at, last, "\n".join(problems[at]), look["text"])
        put(page, top, last, say(PROBLEMS), look["head"])

    return _answer(say("importing.faulty_name", title=table.name), fill)


def _tab(name: str) -> str:
    """Return a name as a worksheet can have it: other programs allow characters that Excel does not."""
    clean = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name)[:31].strip("' ")
    return clean if clean.casefold() not in RESERVED else f"{clean}1"


def _title(sheet: Sheet) -> str:
    return say(f"{sheet.texts}.title")


def _page(book: "Workbook", look: dict[str, Any], sheet: Sheet, more: Sequence[str] = ()) -> "Page":
    page = book.add_worksheet(_title(sheet)[:31])
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width, look["fill_text"])
    put_row(page, 0, [*map(sheet.header, sheet.columns), *more], look["head"])
    paper(page, repeat=0)
    return page


def _notes(book: "Workbook", look: dict[str, Any], sheet: Sheet) -> None:
    page = book.add_worksheet(say("importing.notes.title"))
    page.set_column(0, 1, 18)
    page.set_column(2, 2, 80)
    put_row(page, 0, [say(f"importing.notes.{key}") for key in ("column", "required", "about")], look["head"])
    for at, column in enumerate(sheet.columns, 1):
        needed = say(f"importing.notes.{'yes' if column.required else 'no'}")
        about = say(f"{sheet.texts}.notes.{column.key}")
        put_row(page, at, [sheet.header(column), needed, about], look["text"])
    for at, text in enumerate(say("importing.notes.general").splitlines(), len(sheet.columns) + 2):
        put(page, at, 0, text)


def _drop_downs(book: "Workbook", page: "Page", sheet: Sheet) -> None:
    """Add drop-down lists, on a worksheet of their own: the text of a rule has 255 characters at most."""
    offered = [(at, c.options) for at, c in enumerate(sheet.columns) if c.options]
    if not offered:
        return
    name = say("importing.notes.options")
    lists = book.add_worksheet(name)
    for n, (at, options) in enumerate(offered):
        for row, option in enumerate(options):
            put(lists, row, n, option)
        source = f"='{name}'!${chr(65 + n)}$1:${chr(65 + n)}${len(options)}"
        page.data_validation(
            1, at, BLANK_ROWS, at, {"validate": "list", "source": source, "error_type": "warning"}
        )


def _answer(name: str, fill: Fill) -> HttpResponse:
    return spreadsheet(name, _writer(name, fill))


def _writer(name: str, fill: Fill) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with writing(path, title=name) as book:
            fill(book, looks(book))

    return write
