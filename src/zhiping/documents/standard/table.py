"""Which table of a standard is which, by its header: the scored table, the list of indicators, the grades."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zhiping.documents.standard.scores import folded, scores


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: cells left to right, empty where a merged cell goes on, paragraphs on own lines.

    `place` is what a person needs to find it: a line of a text, a table and row of a document.
    """

    cells: tuple[str, ...]
    place: str


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

    def __getitem__(self, part: str) -> str:
        return self.cells.get(part, "")

    def at(self, part: str) -> Place:
        """Return the place of one cell."""
        return Place(self.place.order, " ".join(filter(None, (self.place.words, self.names.get(part)))))


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows a rubric is read from."""

    scored: tuple[Line, ...]
    overview: tuple[Line, ...]
    grades: tuple[Line, ...]


HEADING_LIMIT = 60  # characters of a column's heading
_NOUN = r"(?:标准|细则|办法|方法|要点|规则|说明|依据|原则|准则)"
_PARTS = (
    ("scoring", re.compile(rf"^.{{0,8}}(?:评|计|打|赋|扣|得)分{_NOUN}.{{0,4}}$")),
    ("scoring", re.compile(r"^(?:评价|考核|评估|评审)(?:标准|细则|办法|方法)$")),
    (
        "dimension",
        re.compile(r"^(?:一级(?:指标|项目)?|(?:评价|评估|考核)?维度|(?:指标|评价|项目)?类别|大类)$"),
    ),
    ("indicator", re.compile(r"^(?:二级(?:指标|项目)?|(?:评价|评估|考核|评审)?(?:指标|项目)(?:名称)?)$")),
    ("item", re.compile(r"^(?:三级(?:指标|项目)?|评分项|(?:评价|评估|考核)(?:要素|点))$")),
    ("focus", re.compile(r"^(?:内容要求|(?:评价|评估|考核|评审|主要)?(?:内容|要点|要求))$")),
    ("points", re.compile(r"^(?:(?:标准|参考)?分值|满分|标准分|配分|赋分|分数|权重)$")),
    ("number", re.compile(r"^(?:序号|编号)$")),
    ("mark", re.compile(r"^.{0,4}(?:得分|评分|打分|扣分)(?:情况)?$")),
    ("note", re.compile(r"^(?:备注|备考|.{0,4}材料|.{0,4}说明)$")),
)
_GRADE = (
    ("grade", re.compile(r"^(?:评价|评定|评估|考核)?(?:等级|级别|结果|结论)$")),
    (
        "range",
        re.compile(r"^(?:评价|评估|综合|考核)?(?:分值|分数|得分|总分|评分)(?:区间|范围|段|要求|条件)?$"),
    ),
    ("meaning", re.compile(r"^(?:评价|等级|评定)?(?:情况|说明|含义|描述|要求)$")),
)
_BRACKETS = re.compile(r"[（(【\[].*?[)）】\]]")


def compact(words: str) -> str:
    """Return words without layout: no spaces or breaks except between two Latin words or numbers."""
    words = re.sub(r"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9])", "", words.strip())
    return re.sub(r"\s+", " ", re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", words))


def _named(cells: Iterable[str], parts: Sequence[tuple[str, re.Pattern[str]]]) -> dict[str, int]:
    """Return the column of each part; the first column of its kind counts."""
    found: dict[str, int] = {}
    for column, cell in enumerate(cells):
        if not 0 < len(cell) <= HEADING_LIMIT:
            continue
        name = _BRACKETS.sub("", compact(cell))
        part = next((part for part, sign in parts if sign.search(name)), None)
        if part == "points" and "dimension" in found and "indicator" not in found:
            part = "dimension_points"
        if part and part not in found:
            found[part] = column
    return found


@dataclass(frozen=True, slots=True)
class _Header:
    kind: str
    columns: Mapping[str, int]
    names: tuple[str, ...]


def _header(row: Row) -> _Header | None:
    """Return what a row heads, None where it is no header."""
    names = tuple(map(compact, row.cells))
    columns = _named(names, _PARTS)
    if "scoring" in columns and columns.keys() & {"dimension", "indicator", "item"}:
        return _Header("scored", _settled(columns), names)
    grades = _named(names, _GRADE)
    if grades.keys() >= {"grade", "range"}:
        return _Header("grades", grades, names)
    if {"indicator", "focus"} <= columns.keys():
        return _Header("overview", columns, names)
    return None


def _settled(columns: dict[str, int]) -> dict[str, int]:
    """Return a scored table's columns with an indicator among them: the finest grouping there is."""
    if "indicator" not in columns and "item" in columns:
        columns["indicator"] = columns.pop("item")
    return columns


def _under(header: _Header, row: Row) -> _Header | None:
    """Return a header of two rows as one; None where the second is not part of it."""
    filled = [cell for cell in map(compact, row.cells) if cell]
    if (
        not filled
        or any(not _named([cell], _PARTS) for cell in filled)
        or len(row.cells) != len(header.names)
    ):
        return None
    both = tuple(low or high for low, high in zip(row.cells, header.names, strict=True))
    return _header(Row(both, row.place))


def tables(found: Iterable[Sequence[Row]]) -> Tables:
    """Sort the rows of a document's tables, in its order, into the tables a rubric is read from.

    A table without a header goes on with the one before it where it looks like it.
    """
    lines: dict[str, list[Line]] = {"scored": [], "overview": [], "grades": []}
    header: _Header | None = None
    order = 0
    for rows in found:
        if not (header and rows and (_header(rows[0]) or _goes_on(header, rows))):
            header = None
        fresh = False
        for row in rows:
            order += 1
            new = _header(row) or (_under(header, row) if header and fresh else None)
            fresh = new is not None
            header = new or header
            if header and not fresh:
                lines[header.kind].append(_line(header, row, order))
    return Tables(*(tuple(lines[kind]) for kind in ("scored", "overview", "grades")))


def _goes_on(header: _Header, rows: Sequence[Row]) -> bool:
    """Whether rows without a header continue the table before them."""
    if len(rows[0].cells) != len(header.names):
        return False
    lines = [_line(header, row, 0) for row in rows]
    if header.kind == "scored":
        return any(next(scores(folded(line["scoring"])), None) for line in lines)
    return header.kind == "overview" and all(line["number"].isdigit() for line in lines)


def _line(header: _Header, row: Row, order: int) -> Line:
    cells = dict(enumerate(row.cells))
    parts = {part: cells.pop(column, "").strip() for part, column in header.columns.items()}
    rest = compact(" ".join(cells.values()))
    names = {part: header.names[column] for part, column in header.columns.items()}
    return Line(parts, rest, Place(order, row.place), names)


def filled(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the rows that are not blank."""
    return (line for line in lines if line.rest or any(line.cells.values()))
