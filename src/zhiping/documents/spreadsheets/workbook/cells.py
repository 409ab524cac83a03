"""Cells as people fill them: their place, their text, their exact number, and the columns they stand in."""

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.identity import folded, visible
from zhiping.texts.catalogue import LANGUAGES, lookup

Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta
Rows = Sequence[Sequence[Cell]]

HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
NUMBER = re.compile(r"([+-]?\d{1,9}(?:\.\d{1,9})?)\s*(?:分|points?|pts?)?", re.ASCII | re.IGNORECASE)
DATE = re.compile(
    r"(\d{4})\s*(?:-|/|\.|年)\s*(\d{1,2})\s*(?:-|/|\.|月)\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?",
    re.ASCII,
)
NOISE = 1e-12  # how far a stored number may be from the one its cell shows: 0.30000000000000004
HEADER_ROWS = 50  # a header further down is not looked for
LONGEST_HEADER = 60  # characters, its line breaks and spaces included


def cell_name(row: int, column: int) -> str:
    """Name a cell as spreadsheets do: (13, 6) is "G14"; rows and columns count from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def text(cell: Cell) -> str:
    """Return a cell as trimmed text; a whole number has no decimals, a date is ISO 8601."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "minutes")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def blank(cell: Cell) -> bool:
    """Whether nothing is written in a cell that a person sees."""
    return isinstance(cell, str) and not visible(cell).strip()


def number(cell: Cell) -> Fraction | None:
    """Return the exact number a cell shows: 2, 1.5, "２", "2 分"; None for anything else.

    The noise of sums in binary, and characters of no width, are not part of it.
    Refused are truth values, dates, NaN, infinities, and numbers of more than nine digits on either side.
    """
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**9:
        return _whole(int(cell))
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        return None
    if isinstance(cell, str):
        shown = visible(cell).translate(HALF_WIDTH).strip()
    else:
        near = round(cell, 9) if abs(cell) < 10**9 else cell
        shown = repr(near if abs(near - cell) < NOISE and near else cell)
    found = NUMBER.fullmatch(shown)
    return Fraction(found[1]) if found else None


def iso_date(shown: str) -> str | None:
    """Return a date as ISO 8601: 2025-09-11, 2025/9/11, 2025.9.11, 2025年9月11日; None for no such day."""
    found = _date(shown)
    try:
        return dt.date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None


def is_date(shown: str) -> bool:
    """Whether a text is written as a date, of a day that may not exist."""
    return _date(shown) is not None


def _date(shown: str) -> re.Match[str] | None:
    return DATE.fullmatch(visible(shown).translate(HALF_WIDTH).strip())


_whole = lru_cache(maxsize=256)(Fraction)  # nearly every mark is one of a few small numbers


def spellings(key: str) -> tuple[str, ...]:
    """Return a text of the catalogue in each language: the spellings of a header."""
    return tuple(lookup(language, key) for language in LANGUAGES)


def plain(cell: Cell) -> str:
    """Return a header, name or choice as it is compared (domain.identity.folded)."""
    return folded(text(cell))


def columns(
    rows: Rows, wanted: Mapping[str, Sequence[str]], *, optional: Collection[str] = ()
) -> tuple[int, dict[str, int]]:
    """Find a table by its headers: return the header's row and each wanted name's column, from 0.

    `wanted` maps a name to the spellings its header may have (see `spellings`). The header is the row that
    has most of them; columns may stand in any order among others. Raises Invalid with a problem per
    header that is missing (`book.no_column`) or there twice (`book.double_column`).
    """
    names = {plain(spelling): name for name, spelled in wanted.items() for spelling in spelled}
    best, found = 0, dict[str, list[int]]()
    for at, row in enumerate(rows[:HEADER_ROWS]):
        places: dict[str, list[int]] = {}
        for column, cell in enumerate(row):
            if (
                cell
                and isinstance(cell, str)
                and len(cell) < LONGEST_HEADER
                and (name := names.get(plain(cell)))
            ):
                places.setdefault(name, []).append(column)
        if len(places) > len(found):
            best, found = at, places
        if len(found) == len(wanted):
            break
    missing = [name for name in wanted if name not in found and name not in optional]
    problems = [Problem("book.no_column", {"header": wanted[name][0]}) for name in missing]
    problems += [
        Problem("book.double_column", {"header": wanted[name][0]}, (cell_name(best, places[1]),))
        for name, places in found.items()
        if len(places) > 1
    ]
    if problems:
        raise Invalid(problems)
    return best, {name: places[0] for name, places in found.items()}
