"""Tables written in templates: headings, and cells that know the column they are in."""

from collections.abc import Iterable
from dataclasses import dataclass

from zhiping.web.texts import say

SHORT = 13  # characters: a cell that stays on one line of a phone
FLAGS = {"numeric": "numeric", "screen": "d-print-none"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as the page shows it."""

    label: str
    sort_url: str = ""
    sorted: str = ""  # asc, desc or nothing
    hidden: bool = False  # only for screen readers
    css: str = ""


def headings(texts: str, columns: str) -> list[Heading]:
    """Return columns written in one string: `name points:numeric panel.actions:screen`.

    The label of a column is the text `<texts>.<column>`, or that of the whole key where the name has a dot.
    Flags: `numeric`; `screen` (not printed); `hidden` (a label for screen readers only).
    """
    return [_heading(texts, *column.split(":")) for column in columns.split()]


def _heading(texts: str, name: str, *flags: str) -> Heading:
    css = " ".join(FLAGS[flag] for flag in flags if flag in FLAGS)
    label = say(name if "." in name else f"{texts}.{name}")
    return Heading(label, hidden="hidden" in flags, css=css)


class Cells:
    """The columns of a table whose cells are being written, in turn."""

    def __init__(self, columns: Iterable[Heading]) -> None:
        self.columns = list(columns)
        self.at = 0

    def next(self) -> tuple[int, Heading]:
        """Return the place and the column of the next cell."""
        place = self.at % len(self.columns)
        self.at += 1
        return place, self.columns[place]


def css_of(text: str) -> str:
    """Return how the length of a cell's text changes its look: on a phone empty cells are left out."""
    return "empty" if not text else "short" if len(text) < SHORT else ""
