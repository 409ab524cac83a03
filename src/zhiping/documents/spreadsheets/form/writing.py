"""The scoring sheet out: one row per criterion, lists of legal marks, live sums, ready for A4 paper."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from typing import TYPE_CHECKING

from zhiping.documents.spreadsheets.form.fields import COLUMNS, HINTS, INFO, INFO_TYPED, TYPED
from zhiping.documents.spreadsheets.returned.marks import offer_marks
from zhiping.documents.spreadsheets.workbook.cells import cell_name
from zhiping.documents.spreadsheets.workbook.writing import (
    Formula,
    Value,
    height,
    looks,
    paper,
    put,
    put_across,
    put_row,
    writing,
)
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Criterion, Dimension, Indicator, Rubric
from zhiping.domain.sheet import Mark, Sheet
from zhiping.texts.catalogue import language, say, translated
from zhiping.texts.wording import level_text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet as Page

WIDTHS = dict(zip(COLUMNS, (6, 11, 13.5, 31, 38, 6, 7, 25, 21, 12), strict=True))
INFO_WIDTHS = (22, 68, 50)
MARK, LAST = COLUMNS.index("mark"), len(COLUMNS) - 1
TITLE, PERSON, HOW, HEADER = range(4)
LEAST_HEIGHT = 36  # points: room to write by hand
LETTERS = {"zh": 1, "en": 1.15}  # how many letters of the body font take the width of one digit
LONGEST_PHRASE = 200  # characters of a text inside a formula


@dataclass(frozen=True)
class _Sheetwork:
    """What every part of the sheet needs while it is written."""

    page: "Page"
    look: Mapping[str, "Format"]
    step: Fraction
    marks: Mapping[str, Mark]


def write_form(
    rubric: Rubric,
    path: str | PathLike[str],
    *,
    step: Fraction = Fraction(1),
    expert_id: str = "",
    expert_name: str = "",
    platform: str = "",
    kind: str = "",
    sheet: Sheet | None = None,
) -> None:
    """Write a scoring sheet as xlsx: empty, or with the marks of `sheet` (then its names and date stand).

    `step`: points between two legal marks of a range, 1 or 1/2. `kind`: "authority", "self", or "" to be
    chosen. Raises Invalid (`book.long_text`) where a text is longer than a cell holds.
    """
    sheet = sheet or Sheet(expert_id, expert_name, {}, platform=platform)
    info: dict[str, str] = {
        "kind": say(f"form.kind.{kind}") if kind else "",
        "platform": sheet.platform or platform,
        "expert_id": sheet.expert_id,
        "name": sheet.name,
        "date": sheet.date,
        "rubric": f"{rubric.id} {rubric.version}",
        "step": number_text(step),
        "scale": rubric.scale_sha256,
        "wording": rubric.wording_sha256,
    }
    with writing(path, title=translated(rubric.title)) as book:
        look = looks(book)
        page = book.add_worksheet(say("form.worksheet"))
        _write_table(_Sheetwork(page, look, step, sheet.marks), rubric, info)
        _write_info(book, look, info)


def _write_table(work: _Sheetwork, rubric: Rubric, info: Mapping[str, str]) -> None:
    page = work.page
    for column, name in enumerate(COLUMNS):
        page.set_column(column, column, WIDTHS[name])
    put_across(work.page, (TITLE, 0, TITLE, LAST), translated(rubric.title), work.look["title"])
    put_across(work.page, (PERSON, 0, PERSON, LAST), _person(info), work.look["field"])
    put_across(work.page, (HOW, 0, HOW, LAST), say("form.how"), work.look["note"])
    put_row(page, HEADER, [say(f"form.columns.{name}") for name in COLUMNS], work.look["head"])
    heights = (32, 20, height([(say("form.how"), sum(WIDTHS.values()) * 1.15)], line=12.5), 24)
    for row, high in enumerate(heights):
        page.set_row(row, high)
    end = _write_sums(work, rubric, _write_dimensions(work, rubric))
    _write_signatures(work, end + 1)
    page.hide_gridlines(2)
    paper(page, repeat=HEADER, footer=say("form.footer", rubric=rubric.id, version=rubric.version))
    page.protect("", {"format_columns": True, "format_rows": True})


def _person(info: Mapping[str, str]) -> Value:
    """Return the line under the title: it shows the second worksheet's values, or blanks to fill."""
    parts = {
        name: f"IF('{say('form.about')}'!B{INFO.index(name) + 1}=\"\",{_quoted(say('form.to_fill'))},"
        f"'{say('form.about')}'!B{INFO.index(name) + 1})"
        for name in ("platform", "kind", "name", "date")
    }
    key = f"'{say('form.about')}'!B{INFO.index('expert_id') + 1}"  # distinguishes namesakes
    parts["name"] += f'&IF({key}="",""," "&{key})'
    values = {name: info[name] or say("form.to_fill") for name in parts}
    values["name"] = f"{values['name']} {info['expert_id']}".rstrip()
    shown = say("form.person", **values)
    pieces = say("form.person", **{name: f"\0{name}\0" for name in parts}).split("\0")
    return Formula("=" + "&".join(parts.get(p) or _quoted(p) for p in pieces if p), shown)


def _quoted(text: str) -> str:
    """Return a text as formulas hold it: in quotes, long ones in pieces, line ends by their number."""
    pieces = [text[at : at + LONGEST_PHRASE] for at in range(0, len(text), LONGEST_PHRASE)] or [""]
    quoted = "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
    return quoted.replace("\n", '"&CHAR(10)&"')


def _write_dimensions(work: _Sheetwork, rubric: Rubric) -> dict[str, int]:
    """Write all criteria and each dimension's subtotal; return the subtotal rows by dimension id."""
    row, subtotals, look = HEADER + 1, {}, work.look["group"]
    for dimension in rubric.dimensions:
        first = row
        for indicator in dimension.indicators:
            start = row
            for criterion in indicator.criteria:
                _write_criterion(work, row, criterion)
                row += 1
            put_across(work.page, (start, 2, row - 1, 2), _group(work, indicator, start, row - 1), look)
        put_across(work.page, (first, 1, row - 1, 1), _group(work, dimension, first, row - 1), look)
        criteria = [c for i in dimension.indicators for c in i.criteria]
        name = say("form.subtotal", name=translated(dimension.name))
        _write_sum(work, row, (name, dimension.max), _sum(work, criteria, _span(first, row - 1)))
        subtotals[dimension.id] = row
        row += 1
    return subtotals


def _span(first: int, last: int) -> str:
    return f"{cell_name(first, MARK)}:{cell_name(last, MARK)}"


def _sum(work: _Sheetwork, criteria: Sequence[Criterion], cells: str) -> Formula:
    """Return the sum of some cells; nothing while they are all blank, so that paper stays blank too."""
    points = float(_points(work, criteria)) if any(c.id in work.marks for c in criteria) else ""
    return Formula(f'=IF(COUNT({cells})=0,"",SUM({cells}))', points)


def _points(work: _Sheetwork, criteria: Sequence[Criterion]) -> Fraction:
    marks = [work.marks[c.id].points for c in criteria if c.id in work.marks]
    return sum(marks, Fraction(0))


def _group(work: _Sheetwork, group: Dimension | Indicator, first: int, last: int) -> Formula:
    """Return a group's name and maximum, with the points it has as soon as one mark is there."""
    words = {"name": translated(group.name), "max": number_text(group.max)}
    empty, scored = say("form.group", **words), say("form.group_scored", score="\0", **words)
    head, tail = scored.split("\0")
    span = _span(first, last)
    indicators = group.indicators if isinstance(group, Dimension) else (group,)
    criteria = [c for i in indicators for c in i.criteria]
    points = number_text(_points(work, criteria))
    shown = head + points + tail if any(c.id in work.marks for c in criteria) else empty
    return Formula(
        f"=IF(COUNT({span})=0,{_quoted(empty)},{_quoted(head)}&SUM({span})&{_quoted(tail)})", shown
    )


def _write_criterion(work: _Sheetwork, row: int, criterion: Criterion) -> None:
    mark = work.marks.get(criterion.id)
    values: dict[str, Value] = {
        "id": criterion.id,
        "criterion": translated(criterion.text),
        "levels": "\n".join(_level_lines(work, criterion)),
        "max": criterion.max,
        "mark": mark.points if mark else None,
        "reason": mark.reason if mark else "",
        "advice": mark.advice if mark else "",
        "note": _note(mark) if mark else "",
    }
    kinds = {"id": "centre", "max": "number", "mark": "fill_number"} | dict.fromkeys(TYPED[1:], "fill")
    for name, value in values.items():
        put(work.page, row, COLUMNS.index(name), value, work.look[kinds.get(name, "text")])
    room = LETTERS[language()]
    texts = [(v, WIDTHS[name] * room) for name, v in values.items() if isinstance(v, str)]
    work.page.set_row(row, max(LEAST_HEIGHT, height(texts)))
    offer_marks(work.page, (row, MARK), criterion, work.step)
    suggestion = {"validate": "list", "source": [say("form.no_level")], "show_error": False}
    work.page.data_validation(row, LAST, row, LAST, suggestion)


def _note(mark: Mark) -> str:
    """Return the note as it is read back: the mark of a missing level comes first."""
    phrase = say("form.no_level")
    if not mark.no_level or mark.note.startswith(phrase):
        return mark.note
    return say("form.no_level_note", note=mark.note) if mark.note else phrase


def _level_lines(work: _Sheetwork, criterion: Criterion) -> Iterator[str]:
    for level in criterion.levels:
        yield level_text(level, work.step)
    if criterion.bonus and not any(level.low == 0 for level in criterion.levels):
        yield say("form.unearned")


def _write_sum(work: _Sheetwork, row: int, head: tuple[str, Fraction], value: Formula) -> None:
    """Write a sum under the column of marks; its row has no id, so reading passes over it."""
    put(work.page, row, 0, None, work.look["sum"])
    put_across(work.page, (row, 1, row, 4), head[0], work.look["sum_text"])
    put(work.page, row, 5, head[1], work.look["sum"])
    put(work.page, row, MARK, value, work.look["sum"])
    for column in range(MARK + 1, LAST + 1):
        put(work.page, row, column, None, work.look["sum"])
    work.page.set_row(row, 20)


def _write_sums(work: _Sheetwork, rubric: Rubric, subtotals: Mapping[str, int]) -> int:
    """Write base, bonus and both together below the table; return the row after them."""
    row = max(subtotals.values()) + 1
    for name, kinds in (("base", (False,)), ("bonus", (True,)), ("total", (False, True))):
        parts = [d for d in rubric.dimensions if d.bonus in kinds]
        if not parts or (name == "total" and not rubric.bonus_max):
            continue
        criteria = [c for d in parts for i in d.indicators for c in i.criteria]
        cells = ",".join(cell_name(subtotals[d.id], MARK) for d in parts)
        most = sum((d.max for d in parts), Fraction(0))
        _write_sum(work, row, (say(f"form.{name}"), most), _sum(work, criteria, cells))
        row += 1
    return row


def _write_signatures(work: _Sheetwork, row: int) -> None:
    for at, who in ((row, "sign"), (row + 1, "lead")):
        work.page.set_row(at, 30)
        put_across(work.page, (at, 1, at, 3), say(f"form.{who}"), work.look["field"])
        put_across(work.page, (at, 4, at, LAST), say("form.sign_date"), work.look["field"])


def _write_info(book: "Workbook", look: Mapping[str, "Format"], info: Mapping[str, str]) -> None:
    page = book.add_worksheet(say("form.about"))
    for column, wide in enumerate(INFO_WIDTHS):
        page.set_column(column, column, wide)
    for row, name in enumerate(INFO):
        page.set_row(row, 24)
        put(page, row, 0, say(f"form.info.{name}"), look["head"])
        put(page, row, 1, info[name], look["fill_text" if name in INFO_TYPED else "text"])
        if name in HINTS:
            put(page, row, 2, say(f"form.hint.{name}"), look["note"])
    kinds: Sequence[str] = [say("form.kind.authority"), say("form.kind.self")]
    page.data_validation(INFO.index("kind"), 1, INFO.index("kind"), 1, {"validate": "list", "source": kinds})
    page.hide_gridlines(2)
    paper(page)
    nothing = len(INFO_WIDTHS) + 1  # an empty cell: what is filled in here is printed above the table
    page.print_area(0, nothing, 0, nothing)
    page.protect("")
