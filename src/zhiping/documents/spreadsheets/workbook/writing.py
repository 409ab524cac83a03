"""The one export writer: text stays text, so no formula leaves but those given as `Formula`."""

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zhiping.domain.errors import Invalid, Problem
from zhiping.texts.catalogue import language

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet as Page

LONGEST_TEXT = 32_767  # characters a spreadsheet's cell can hold
FONTS = {"zh": ("宋体", "黑体"), "en": ("Times New Roman", "Arial")}  # body, headings
CREATED = dt.datetime(2025, 8, 30)  # noqa: DTZ001 - same bytes for same content; the standard took effect
SIDES, ENDS = 0.7, 1.3  # inches: the margins of a page, left and right, top and bottom
SPARE = 0.98  # programs measure a little differently
TEXT, LEAST_TEXT = 10.5, 6.5  # points: of cells, and the least that is read on paper (小六)
DIGIT = 9  # pixels: of the standard font 7, of fonts that replace it on other machines up to 9
LINE = {"border": 1, "border_color": "#7F7F7F"}
LOOKS: Mapping[str, dict[str, Any]] = {
    "title": {"font_size": 18, "align": "center", "head": True},
    "note": {"font_size": 9, "text_wrap": True, "font_color": "#595959"},
    "field": {"text_wrap": True},
    "head": {"align": "center", "text_wrap": True, "bg_color": "#DCE6F1", "head": True, **LINE},
    "text": {"text_wrap": True, **LINE},
    "centre": {"align": "center", "text_wrap": True, **LINE},
    "number": {"align": "center", "num_format": "General", **LINE},
    "group": {"align": "center", "valign": "top", "text_wrap": True, "bg_color": "#F5F8FC", **LINE},
    "sum": {"align": "center", "shrink": True, "bg_color": "#F2F2F2", "bold": True, **LINE},
    "sum_text": {"align": "right", "bg_color": "#F2F2F2", "bold": True, **LINE},
    "fill": {"text_wrap": True, "locked": False, "bg_color": "#FFFDF3", **LINE},
    "fill_text": {"text_wrap": True, "locked": False, "bg_color": "#FFFDF3", "num_format": "@", **LINE},
    "fill_number": {"align": "center", "locked": False, "bg_color": "#FFFDF3", **LINE},
    "plain": {},
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of ours, with the value it has now, so that readers that do not calculate see it too."""

    text: str
    value: int | float | str = 0


Value = str | int | Fraction | Formula | None


class Size(NamedTuple):
    """A size of paper, landscape: its number in workbooks, width and height in millimetres."""

    code: int
    width: int
    height: int

    def scale(self, wide: float) -> int:
        """Return the scale in percent at which so many points fit its width."""
        return max(10, min(100, int(100 * (self.width / 25.4 - SIDES) * 72 * SPARE / wide)))

    def room(self, scale: int) -> float:
        """Return how many points of rows a page holds at a scale."""
        return (self.height / 25.4 - ENDS) * 72 * SPARE * 100 / scale


A4, A3 = Size(9, 297, 210), Size(8, 420, 297)


@contextmanager
def writing(path: str | PathLike[str], *, title: str = "") -> Iterator["Workbook"]:
    """Open a workbook to write; the file appears when the block ends, and not at all if it fails."""
    from xlsxwriter import Workbook

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    book = Workbook(Path(path), options)
    book.set_properties({"title": clean(title), "created": CREATED})
    yield book
    book.close()


def looks(book: "Workbook") -> dict[str, "Format"]:
    """Return the cell looks of LOOKS by name, in the fonts of the language in use."""
    body, heading = FONTS[language()]
    formats = {}
    for name, given in LOOKS.items():
        look = {"font_name": body, "font_size": TEXT, "valign": "vcenter", **given}
        if look.pop("head", False):
            look |= {"font_name": heading, "bold": language() == "en"}
        formats[name] = book.add_format(look)
    return formats


def clean(value: str) -> str:
    """Return text a spreadsheet can hold: lone halves of characters become U+FFFD, line ends are one kind."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")


def put(page: "Page", row: int, column: int, value: Value, look: "Format | None" = None) -> None:
    """Write one cell: text as text whatever it begins with, an exact number as number, a Formula as formula.

    Raises Invalid for text longer than a cell holds (`book.long_text`), TypeError for any other type.
    """
    if value is None or value == "":
        page.write_blank(row, column, None, look)
    elif isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise Invalid([Problem("book.long_text", {"most": str(LONGEST_TEXT)})])
        page.write_string(row, column, clean(value), look)
    elif isinstance(value, Formula):
        page.write_formula(row, column, value.text, look, value.value)
    elif isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise TypeError(type(value).__name__)
    else:
        page.write_number(row, column, float(value), look)


def put_across(
    page: "Page", place: tuple[int, int, int, int], value: Value, look: "Format | None" = None
) -> None:
    """Write one value over the merged cells of `place`: top, left, bottom, right."""
    top, left, bottom, right = place
    if (top, left) != (bottom, right):
        page.merge_range(top, left, bottom, right, "", look)
    put(page, top, left, value, look)


def put_row(
    page: "Page", row: int, values: Sequence[Value], look: "Format | Sequence[Format] | None" = None
) -> None:
    """Write a row from column A; one look for all cells, or one for each."""
    each = look if isinstance(look, Sequence) else [look] * len(values)
    for column, (value, one) in enumerate(zip(values, each, strict=True)):
        put(page, row, column, value, one)


def width(value: str) -> int:
    """Return how wide a text is, in half-width characters: a Chinese one counts two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in value)


def height(cells: Sequence[tuple[str, float]], *, line: float = 14.5, least: int = 1) -> float:
    """Return a row's height in points, so that each (text, column width) shows whole when wrapped."""
    lines = least
    for value, wide in cells:
        room = max(wide - 1.5, 2)
        lines = max(lines, sum(max(1, ceil(width(part) / room)) for part in value.split("\n")))
    return min(lines * line + 5, 409)


def print_scale(widths: Sequence[float]) -> tuple[Size, int]:
    """Return paper and scale at which columns of these widths in characters fit: A3 where A4 is too small."""
    points = sum(wide * DIGIT + 5 for wide in widths) * 0.75
    size = A4 if A4.scale(points) * TEXT >= LEAST_TEXT * 100 else A3
    return size, size.scale(points)


def breaks(heights: Sequence[float], starts: Sequence[int], header: float, room: float) -> list[int]:
    """Return the rows before which pages break: as few of `starts` as pages of this room in points allow.

    `header`: the height that is repeated on each page but the first. What is higher than a page is divided
    by the program that prints it.
    """
    found: list[int] = []
    top = starts[0]
    left = room - sum(heights[:top])
    for start, end in pairwise([*starts, len(heights)]):
        if sum(heights[top:end]) > left and start > top:
            found.append(start)
            top, left = start, room - header
    return found


def paper(page: "Page", *, repeat: int | None = None, landscape: bool = True, footer: str = "") -> None:
    """Set a page up for A4: fit to its width, the header row (from 0) repeated and frozen."""
    page.set_paper(9)
    if landscape:
        page.set_landscape()
    page.set_margins(left=SIDES / 2, right=SIDES / 2, top=0.6, bottom=ENDS - 0.6)
    page.fit_to_pages(1, 0)
    page.center_horizontally()
    page.set_footer(footer)
    if repeat is not None:
        page.repeat_rows(repeat)
        page.freeze_panes(repeat + 1, 0)
