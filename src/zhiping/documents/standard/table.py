"""Which table of a standard is which, by its header: the scored table, the list of indicators, the grades."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from zhiping.documents.standard.headers import Header, compact, header, under
from zhiping.documents.standard.scores import folded, scores


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: cells left to right, empty where a merged cell goes on, paragraphs on own lines.

    `place` is what a person needs to find it: a line of a text, a table and row of a document.
    """

    cells: tuple[str, ...]
    place: str


class Sentence(NamedTuple):
    """A line of a document outside its tables; `after`: how many tables precede it."""

    words: str
    place: str
    after: int


class Place(NamedTuple):
    """The place of something: its order in the document, and words for a person."""

    order: int
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row under a known header: its cells by the part they play."""

    cells: Mapping[str, str]
    rest: str  # text of the other columns
    place: Place
    names: Mapping[str, str]  # the header's own words by part
    levels: tuple[tuple[str, str], ...] = ()  # where levels have columns: the heading and the cell of each
    bonus: bool = False  # whether its table awards points beyond the base

    def __getitem__(self, part: str) -> str:
        return self.cells.get(part, "")

    @property
    def title(self) -> str:
        """The words that name a row whose levels have columns of their own."""
        return compact(self["item"] or self["focus"] or self["indicator"])

    def at(self, part: str) -> Place:
        """Return the place of one cell."""
        return Place(self.place.order, " ".join(filter(None, (self.place.words, self.names.get(part)))))


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one header of a scored table."""

    lines: tuple[Line, ...]
    table: int  # which table of the document, from 0
    caption: str
    place: Place  # of the header
    kind: str  # base, bonus, penalty
    weights: tuple[str, ...]

    @property
    def continued(self) -> bool:
        """Whether the caption marks the continuation of a table."""
        return bool(_CONTINUED.search(self.caption))


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows a rubric is read from; `others`: the first rows of tables with points that were not known."""

    sections: tuple[Section, ...]
    overview: tuple[Line, ...]
    grades: tuple[Line, ...]
    others: tuple[Row, ...]


_CONTINUED = re.compile(r"[（(]?续(?:表|前表|上表)?\d*[)）]?")
_BONUS = re.compile(r"加分|附加分|奖励分")
_PENALTY = re.compile(r"减分|扣分项|倒扣|负面|否决|罚分")
_SCORING = re.compile(r"分值|[评得扣加减打计赋]分|标准|指标")
_CAPTION_LIMIT = 40  # characters; more is a sentence


def tables(found: Iterable[Sequence[Row]], sentences: Sequence[Sentence] = ()) -> Tables:
    """Sort the rows of a document's tables, in its order, into the tables a rubric is read from.

    A table without a header goes on with the one before it where it looks like it.
    """
    captions = {sentence.after: sentence.words.strip() for sentence in sentences if sentence.words.strip()}
    parts: list[_Part] = []
    others: list[Row] = []
    current: Header | None = None
    order = 0
    for number, rows in enumerate(found):
        if not (current and rows and (header(rows[0].cells) or _goes_on(current, rows))):
            current = None
        fresh, caption = False, captions.get(number, "")
        for row in rows:
            order += 1
            new = header(row.cells) or (under(current, row.cells) if current and fresh else None)
            if new:
                if fresh:
                    parts.pop()
                parts.append(_Part(new, caption, number, Place(order, row.place), []))
                current = new
            elif current and current is parts[-1].header:
                parts[-1].lines.append(_line(current, row, order))
            elif len(alone := [cell for cell in row.cells if cell.strip()]) == 1:
                caption = compact(alone[0])
            fresh = new is not None
        listed = current and current.kind == "overview" and _scored_cells(rows) > 1
        if listed or (current is None and rows and _scores_something(rows)):
            others.append(next((row for row in rows if len(list(filter(None, row.cells))) > 1), rows[0]))
    return Tables(
        tuple(_section(part) for part in parts if part.header.kind == "scored"),
        tuple(line for part in parts if part.header.kind == "overview" for line in part.lines),
        tuple(line for part in parts if part.header.kind == "grades" for line in part.lines),
        tuple(others),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A header and the rows under it."""

    header: Header
    caption: str
    table: int
    place: Place
    lines: list[Line]


def _section(part: _Part) -> Section:
    caption = part.caption if len(part.caption) <= _CAPTION_LIMIT else ""
    kind = _kind(part.header.scoring) or _kind(caption) or "base"
    lines = tuple(replace(line, bonus=True) if kind == "bonus" else line for line in part.lines)
    return Section(lines, part.table, caption, part.place, kind, part.header.weights)


def _kind(words: str) -> str:
    """Return what the words over a table call it: base and bonus in one breath is no bonus."""
    if _PENALTY.search(words) and not _BONUS.search(words):
        return "penalty"
    return "bonus" if _BONUS.search(words) and not re.search(r"减分|扣分|基[本础]|评价表", words) else ""


def _scores_something(rows: Sequence[Row]) -> bool:
    """Whether a table that has no known header may be one of points: by its headings, or by its cells."""
    heads = next((row.cells for row in rows if len(list(filter(None, row.cells))) > 1), ())
    named = sum(bool(_SCORING.search(compact(cell))) for cell in heads if len(cell) <= _CAPTION_LIMIT)
    return named > 1 or _scored_cells(rows) > 1


def _scored_cells(rows: Sequence[Row]) -> int:
    return sum(any(True for _ in scores(cell)) for row in rows for cell in row.cells)


def _goes_on(current: Header, rows: Sequence[Row]) -> bool:
    """Whether rows without a header continue the table before them."""
    if len(rows[0].cells) != len(current.names):
        return False
    lines = [_line(current, row, 0) for row in rows]
    if current.kind == "scored":
        return any(next(scores(folded(line["scoring"])), None) or line.levels for line in lines)
    return current.kind == "overview" and all(line["number"].isdigit() for line in lines)


_EMPTY = re.compile(r"[\s□○☐/—-]*")


def _line(current: Header, row: Row, order: int) -> Line:
    cells = dict(enumerate(row.cells))
    parts = {part: cells.pop(column, "").strip() for part, column in current.columns.items()}
    levels = [(current.names[column], compact(cells.pop(column, ""))) for column in current.levels]
    rest = compact(" ".join(cells.values()))
    names = {part: current.names[column] for part, column in current.columns.items()}
    said = tuple((name, cell) for name, cell in levels if not _EMPTY.fullmatch(cell))
    return Line(parts, rest, Place(order, row.place), names, said)


def filled(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the rows that are not blank."""
    return (line for line in lines if line.rest or line.levels or any(line.cells.values()))
