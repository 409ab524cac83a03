"""The items of one cell: split by their printed numbers; and labels such as "组织机构（8 分）"."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from zhiping.documents.standard.headers import compact
from zhiping.documents.standard.scores import folded, scores

_NUMBERED = re.compile(
    r"(?P<open>[（(]?)(?:\d{1,3}[.．])*(?P<number>\d{1,2})(?P<close>[)）.．、]|(?<=[.．]\d)\s|(?<=[.．]\d\d)\s)(?![\d分])"
)
_LABEL = re.compile(
    r"(?P<name>.*?)[(\[]?(?:满分|共|计|合计|最[高多]|不超过|上限)*[:]?(?P<max>\d{1,4}(?:\.\d{1,2})?)(?:分[)\]]?|[)\]])$"
)
_ORDINAL = re.compile(r"^(?:[（(]?[一二三四五六七八九十]+[)）、.．]+|\d{1,2}(?:\.\d{1,2})*[、.．\s]+)\s*")
CELL_LIMIT = 20_000  # characters; more is no cell of a scored table
_POINTS = re.compile(r"\d{1,4}(?:\.\d{1,2})?")


class Piece(NamedTuple):
    """One item of a cell: its printed number, None where it has none, and its words."""

    number: int | None
    words: str


class Label(NamedTuple):
    """A group's name and the maximum printed with it."""

    name: str
    max: Fraction | None


def label(words: str) -> Label:
    """Read a group's label, without its ordinal: "一、组织机构 (8 分)"."""
    words = compact(_ORDINAL.sub("", words.strip()))
    found = _LABEL.fullmatch(folded(words))
    if not found:
        return Label(words, None)
    return Label(words[: found.end("name")].rstrip("（([：:，, "), Fraction(found["max"]))


def points(words: str) -> Fraction | None:
    """Read a cell of points: "4", "4分", "４"; None where it is no number."""
    found = _POINTS.fullmatch(folded(compact(words)).rstrip("分"))
    return Fraction(found[0]) if found else None


def pieces(cell: str) -> list[Piece]:
    """Split a cell into its items by their numbers, at line starts or after a full stop."""
    cell = cell.strip()
    if len(cell) > CELL_LIMIT:
        return [Piece(None, compact(cell))]
    first = _NUMBERED.match(cell)
    if first:
        return list(_numbered(cell, first))
    lines = [compact(line) for line in cell.split("\n") if line.strip()]
    if len(lines) > 1 and all(len(list(scores(line))) > 1 for line in lines):
        return [Piece(None, line) for line in lines]
    later = next((n for n, line in enumerate(lines) if n and _NUMBERED.match(line)), None)
    if later and any(True for _ in scores("".join(lines[:later]))):
        return [Piece(None, "".join(lines[:later])), *_later(lines[later:])]
    return [Piece(None, compact("".join(lines)))] if lines else []


def _later(lines: list[str]) -> list[Piece]:
    return pieces("\n".join(lines))


def _numbered(cell: str, first: re.Match[str]) -> Iterator[Piece]:
    """Yield items whose numbers are written alike and go up by one."""
    found = first
    while True:
        number = int(found["number"])
        after = next(
            (
                later
                for later in _NUMBERED.finditer(cell, found.end())
                if _alike(found, later) and _starts(cell, later.start())
            ),
            None,
        )
        yield Piece(number, compact(cell[found.end() : after.start() if after else len(cell)]) or "–")
        if not after:
            return
        found = after


def _starts(cell: str, at: int) -> bool:
    """Whether a line or a sentence starts here."""
    before = cell[max(at - 9, 0) : at]
    return "\n" in before[len(before.rstrip()) :] or before.rstrip()[-1:] in tuple("。；;")


def _alike(found: re.Match[str], later: re.Match[str]) -> bool:
    """Whether a number is the next one, in the same brackets."""
    signs = [folded(match["open"] + match["close"]) for match in (found, later)]
    return signs[0] == signs[1] and int(later["number"]) == int(found["number"]) + 1
