"""A table written downwards onto a page for A4: heading, columns, rows, sums, lines to sign, words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from zhiping.documents.spreadsheets.workbook.writing import (
    LONGEST_TEXT,
    Value,
    breaks,
    height,
    looks,
    paper,
    print_scale,
    put,
    put_across,
    width,
)
from zhiping.domain.panel import Expert, distinct_names, with_distinct_names
from zhiping.domain.result_document import CriterionOut, Result
from zhiping.texts import wording
from zhiping.texts.catalogue import say

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet as Page

FOOTER_TEXT = 60  # a footer holds 255 characters in all
ROW = 15.0  # points: a row whose height was not set
FEWEST_SIGNATURES = 3  # 6.2.1: a panel has three members or more


class Column(NamedTuple):
    """A column: its header, its width in characters, how its cells look, what a row puts into it."""

    head: str
    width: float
    look: str
    value: Callable[[Any], Value]


@dataclass
class Table:
    """A table being written: `row` is the next free one (from 0), `top` the row of its header.

    `joined`: rows that stay on the page of the row above.
    """

    page: "Page"
    look: dict[str, "Format"]
    columns: Sequence[Column]
    row: int = 0
    top: int = field(default=0, init=False)
    heights: list[float] = field(default_factory=list, init=False)
    joined: set[int] = field(default_factory=set, init=False)

    def block(self, first: int, last: int, value: Value, look: str, *, rows: int = 1) -> None:
        """Write one value over the merged cells of columns first..last, from the current row down."""
        place = (self.row, first, self.row + rows - 1, last)
        put_across(self.page, place, fit(value), self.look[look])

    def high(self, points: float) -> None:
        """Set the height of the current row."""
        self.heights += [ROW] * (self.row + 1 - len(self.heights))
        self.heights[self.row] = points
        self.page.set_row(self.row, points)

    def line(self, text: str, look: str, *, high: float | None = None) -> None:
        """Write a text across the page, and go on below it; no page ends with it."""
        self.block(0, len(self.columns) - 1, text, look)
        self.high(high or height([(text, self.room())]))
        self.row += 1
        self.joined.add(self.row)

    def heading(self, title: str, *notes: tuple[str, str]) -> None:
        """Write the title, a line for each (look, text) that is not empty, and the columns' headers."""
        self.line(title, "title", high=34)
        for look, text in notes:
            if text:
                self.line(text, look)
        self.top = self.row
        for at, column in enumerate(self.columns):
            self.page.set_column(at, at, column.width)
            put(self.page, self.row, at, column.head, self.look["head"])
        self.high(height([(c.head, c.width) for c in self.columns], least=2))
        self.row += 1

    def rows(self, items: Iterable[Any], *, least: int = 1) -> None:
        """Write a row per item, high enough for its longest text; `least`: the fewest lines."""
        for item in items:
            values = [fit(column.value(item)) for column in self.columns]
            texts = []
            for at, (column, value) in enumerate(zip(self.columns, values, strict=True)):
                put(self.page, self.row, at, value, self.look[column.look])
                if isinstance(value, str):
                    texts.append((value, column.width))
            self.high(height(texts, least=least))
            self.row += 1

    def sums(
        self, label: str, first: int, values: Sequence[Value], remark: str = "", *, look: str = "sum"
    ) -> None:
        """Write a line of sums: a label up to column `first`, the values from there, a remark to the end.

        One of look "sum" stays with the row above, one of look "head" with the row below.
        """
        end, last = first + len(values), len(self.columns) - 1
        self.joined.add(self.row if look == "sum" else self.row + 1)
        self.high(max(22, height([(remark, self.room(end))])))
        self.block(0, first - 1, label, "sum_text" if look == "sum" else look)
        for column, value in enumerate(values, first):
            put(self.page, self.row, column, value, self.look[look])
        if end <= last:
            self.block(end, last, remark, "text" if remark else look)
        self.row += 1

    def signatures(self, lines: Sequence[str]) -> None:
        """Write the lines to sign below an empty row, two side by side, on the page of the last two rows."""
        half = min(range(len(self.columns)), key=lambda at: abs(2 * self.room(0, at + 1) - self.room()))
        last = self.row - 1
        self.row += 1
        for left in range(0, len(lines), 2):
            self.high(30)
            self.block(0, half, lines[left], "field")
            for text in lines[left + 1 : left + 2]:
                self.block(half + 1, len(self.columns) - 1, text, "field")
            self.row += 1
        self.joined.update(range(last, self.row))

    def room(self, first: int = 0, end: int | None = None) -> float:
        """Return the width of columns first..end (end not counted), in characters."""
        return sum(column.width for column in self.columns[first:end])

    def place(self, name: str) -> int:
        """Return the column whose header is the catalogue's `tables.column.<name>`."""
        header = say(f"tables.column.{name}")
        return next(at for at, column in enumerate(self.columns) if column.head == header)

    def on_paper(self, result: Result) -> list[int]:
        """Make the page ready to print: header row repeated, platform, page numbers and scale below.

        A page fitted to its width has no breaks of its own, so it gets the scale at which its columns fit.
        Returns the rows with which a page begins, after the first.
        """
        footer = say(
            "tables.footer",
            name=result["platform"]["name"][:FOOTER_TEXT].replace("&", "&&"),
            rubric=result["rubric"]["id"][:FOOTER_TEXT].replace("&", "&&"),
            scale=result["rubric"]["scale_sha256"][:12],
        )
        paper(self.page, repeat=self.top, footer=footer)
        size, scale = print_scale([column.width for column in self.columns])
        self.page.set_paper(size.code)
        self.page.set_print_scale(scale)
        first = self.top + 1
        starts = [first, *(row for row in range(first + 1, len(self.heights)) if row not in self.joined)]
        found = breaks(self.heights, starts, self.heights[self.top], size.room(scale))
        self.page.set_h_pagebreaks(found)
        return found


def table(book: "Workbook", sheet: str, columns: Sequence[Column]) -> Table:
    """Add a worksheet to a workbook, with an empty table."""
    return Table(book.add_worksheet(sheet), looks(book), columns)


def fit(value: Value) -> Value:
    """Return a value a cell can hold: text over the limit is cut and ends in "…"."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[: LONGEST_TEXT - 1] + "…"
    return value


def lines(text: str, wide: float) -> int:
    """Return how many lines a text needs in a column."""
    return sum(max(1, ceil(width(part) / max(wide - 1.5, 2))) for part in text.split("\n"))


def cut(number: str | None) -> Fraction | None:
    """Return exact points as a cell shows them: cut to two decimals where they do not end."""
    return None if number is None else Fraction(wording.points(number))


def subject(result: Result) -> str:
    """Say in one line what was evaluated: platform, operator, kind, period, visit."""
    period, visit = result["period"] or ("", ""), result["visit"]
    facts = {
        "platform": result["platform"]["name"],
        "operator": result["platform"]["operator"],
        "kind": say(f"wording.kind.{result['kind']}"),
        "period": wording.span_text(*period),
        "visit": wording.span_text(visit["start"], visit["end"]),
    }
    return say("tables.gap").join(say(f"tables.subject.{k}", value=v) for k, v in facts.items() if v)


def open_note(result: Result) -> str:
    """Say why there is no score; "" where there is one."""
    if result["status"] == "open":
        return say("wording.still_open", count=len(result["open"]))
    return say("tables.refused") if result["status"] == "refused" else ""


def sign_lines(result: Result, panel: Sequence[Expert]) -> list[str]:
    """Return a line for each person who signs: the panel, lead first, else who handed in a sheet.

    A common sheet has no names, so without a panel there are blank lines for the smallest legal panel.
    """
    named = [(e.seat, e.name) for e in sorted(with_distinct_names(panel), key=lambda e: e.seat != "lead")]
    if not named and has_marks(result):
        named = [("member", name) for name in member_names(result)]
    if not named:
        named = [("lead" if at == 0 else "member", "") for at in range(FEWEST_SIGNATURES)]
    return [say("tables.sign", seat=say(f"wording.seat.{seat}"), name=name) for seat, name in named]


def has_marks(result: Result) -> bool:
    """Whether there are single members' marks: not where the panel filled one common table."""
    return bool(result["policy"]["method"] != "panel")


def member_names(result: Result) -> list[str]:
    """Return the members' names in the order of the sheets; namesakes and the nameless carry their id."""
    return distinct_names((sheet["name"], sheet["expert_id"]) for sheet in result["sheets"])


def member_columns(result: Result) -> list[Column]:
    """Return a column of marks for each member, in the order of the sheets."""
    wide = [min(14.0, max(7.5, width(name) + 2.0)) for name in member_names(result)]
    return [Column(name, wide[at], "number", _mark_of(at)) for at, name in enumerate(member_names(result))]


def _mark_of(at: int) -> Callable[[CriterionOut], Value]:
    return lambda criterion: Fraction(criterion["marks"][at]["points"])
