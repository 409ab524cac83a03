"""TOML files people write: read with every fault at its key; values written so that people can edit them."""

import datetime as dt
import difflib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from zhiping.documents.plain import opened, why
from zhiping.domain.errors import Problem
from zhiping.domain.exact import number_text
from zhiping.domain.identity import folded

SIZE_LIMIT = 4 * 1024 * 1024
MARKS_LIMIT = 50_000  # of structure: keys, items, tables, lines; the standard's own table has 2,954
DEPTH_LIMIT = 50  # parts of one dotted key: what it costs to parse grows with their square
BARE_LIMIT = 100_000  # characters of a key or number without quotes: parsing one takes 120 bytes each
PROBLEMS_LIMIT = 200  # that are reported of one file
POINTS_LIMIT = 10_000
YEARS = range(1900, 3000)  # of dates; others are slips, and deadlines counted from them have no end
BAD: Final = object()  # what a reader returns for a value it refused; never part of a record
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,4}|/[1-9][0-9]{0,3})?")
_NO_STRUCTURE = re.compile(  # texts and comments; possessive, so that it never goes back
    r'''"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+"{3,5}'''
    r"""|'''(?:[^']++|'(?!''))*+'{3,5}"""
    r"""|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'|#[^\n]*+"""
)
_MARK = re.compile(r"[=,\[{.\n]")
_BETWEEN_KEYS = re.compile(r"[=,\[\]{}\n]")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")

Make = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file, and the list of problems found.

    `home`: the heading of each key that people tend to write under the wrong one.
    """

    file: str
    problems: list[Problem]
    table: str = ""
    key: str = ""
    home: Mapping[str, str] = field(default_factory=dict)

    def at(self, key: str) -> "Spot":
        """Return the place of a key inside this one."""
        return self._with_key(f"{self.key}.{key}" if self.key else key)

    def item(self, number: int) -> "Spot":
        """Return the place of a list's item, counted from 1."""
        return self._with_key(f"{self.key} {number}")

    def _with_key(self, key: str) -> "Spot":
        return Spot(self.file, self.problems, self.table, key, self.home)  # four times as fast as `replace`

    def heading(self, table: str) -> "Spot":
        """Return the place of a table with a heading of its own."""
        return replace(self, table=table, key="")

    def wrong(self, code: str, **data: Any) -> object:  # noqa: ANN401 - what the sentence needs
        """Note a fault here and return BAD."""
        if len(self.problems) >= PROBLEMS_LIMIT:
            return BAD
        if len(self.problems) == PROBLEMS_LIMIT - 1:
            code, data = "file.more", {"most": PROBLEMS_LIMIT}
        place = ".".join(filter(None, (f"[{self.table}]" if self.table else "", self.key)))
        self.problems.append(Problem(code, data, (self.file, place) if place else (self.file,)))
        return BAD

    def unlike(self, kind: str, value: Any) -> object:  # noqa: ANN401 - any value of a file
        """Note that a value is not of a kind (a key of `errors.file`) and return BAD."""
        return self.wrong(f"file.{kind}", found=as_written(value))


Reader = Callable[[Any, Spot], Any]


def parse(content: bytes, spot: Spot) -> dict[str, Any] | None:
    """Return a TOML file's tables, numbers exact; None, with the fault noted, where it is no TOML.

    Windows editors save UTF-8 with a mark in front, or GB 18030: both are read.
    """
    if len(content) > SIZE_LIMIT:
        spot.wrong("file.too_large")
        return None
    try:
        words = decoded(content).replace("\r\n", "\n")
        if over := _over_limit(words):
            spot.wrong(over, most=MARKS_LIMIT)
            return None
        return tomllib.loads(words, parse_float=Decimal)
    except UnicodeDecodeError:
        spot.wrong("file.not_words")
    except RecursionError:
        spot.wrong("file.too_deep")
    except (tomllib.TOMLDecodeError, ValueError) as fault:
        line = re.search(r"line (\d+), column (\d+)", str(fault))
        if line and (wrong := _wrong_day(decoded(content), int(line[1]), int(line[2]))):
            code, day = wrong
            spot.wrong(code, line=line[1], **day)
        elif line:
            spot.wrong("file.not_toml", line=line[1], column=line[2])
        else:
            spot.wrong("file.not_toml_end")
    return None


def _wrong_day(words: str, line: int, column: int) -> tuple[str, dict[str, str]] | None:
    """Return what is wrong with the date at a place that cannot be read; None where there is no date."""
    text = words.replace("\r\n", "\n").split("\n")[line - 1]
    for day in _DATE.finditer(text):
        if day.start() < column <= day.end():
            data = {"column": str(day.start() + 1), "found": day[0]}
            try:
                exists = dt.date(*map(int, day.groups()))
            except ValueError:
                return "file.no_such_day", data
            return ("file.day_form", {**data, "day": str(exists)}) if day[0] != str(exists) else None
    return None


def _over_limit(words: str) -> str:
    """Return what is wrong with a file whose structure would take long to parse; "" where nothing is."""
    structure = _NO_STRUCTURE.sub("", words)
    if len(_MARK.findall(structure)) > MARKS_LIMIT:
        return "file.too_many"
    bare = _BETWEEN_KEYS.split(structure)
    deep = any(len(word) > BARE_LIMIT or word.count(".") >= DEPTH_LIMIT for word in bare)
    return "file.too_deep" if deep else ""


def decoded(content: bytes) -> str:
    """Return a file's text; UnicodeDecodeError where it is none."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def parse_file(path: Path, spot: Spot) -> dict[str, Any] | None:
    """Return a file's tables as `parse` does; a file that cannot be opened is a fault like any other."""
    try:
        with opened(path) as stream:
            return parse(stream.read(SIZE_LIMIT + 1), spot)
    except OSError as fault:
        spot.wrong("file.unreadable", reason=why(fault))
        return None


# ── readers: value and place in, value or BAD out ──────────────────────────────────────────────────────


def text(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read words; surrounding spaces do not count."""
    return value.strip() if isinstance(value, str) else spot.unlike("not_text", value)


def filled(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read words that must not be empty."""
    return text(value, spot) or spot.wrong("file.empty")


def yes(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read true or false."""
    return value if isinstance(value, bool) else spot.unlike("not_yes_no", value)


def points(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read an exact number of points: whole, or text such as "0.5"; a bare 0.5 is refused."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Fraction(value)
    if isinstance(value, bool) or not isinstance(value, int | Fraction) or not 0 <= value <= POINTS_LIMIT:
        return spot.unlike("not_points", value)
    return Fraction(value)


def days(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read a whole number of days from 1 to 3650."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 3650:
        return spot.unlike("not_days", value)
    return value


def day(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read a date of the years 1900 to 2999: TOML's own, or words such as "2025-06-30", "2025年6月30日"."""
    words = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        found = dt.date(*map(int, words.groups())) if words else value
    except ValueError:
        return spot.unlike("no_day", value)
    if isinstance(found, dt.datetime):
        found = found.date()
    if not isinstance(found, dt.date):
        return spot.unlike("not_date", value)
    return found if found.year in YEARS else spot.wrong("file.year", found=as_written(value))


def moment(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
    """Read a time or date as words: TOML's own kinds are written out, words are kept."""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, dt.date) else text(value, spot)


def choice(allowed: Mapping[str, Any], names: Callable[[], Mapping[str, str]] = dict) -> Reader:
    """Return a reader of one of some words; `names`: the code of each other spelling."""

    def read(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
        typed = folded(as_written(value) if isinstance(value, int) else str(value))
        known = {folded(word): code for word, code in {**names(), **{c: c for c in allowed}}.items()}
        word = known.get(typed, typed)
        if isinstance(value, bool) or word not in allowed:
            labels = {
                code: f"{code} ({label})" if label.isascii() else f"{code}（{label}）"
                for label, code in names().items()
            }
            options = [labels.get(code, code) for code in allowed]
            return spot.wrong("file.not_choice", found=as_written(value), choices=options)
        return allowed[word]

    return read


def many(reader: Reader) -> Reader:
    """Return a reader of a list; a single value counts as a list of one."""

    def read(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
        items = value if isinstance(value, list) else [value]
        found = [reader(item, spot.item(n) if item is not value else spot) for n, item in enumerate(items, 1)]
        return BAD if BAD in found else tuple(found)

    return read


def record(make: Make, shape: Mapping[str, Reader], required: Iterable[str] = ()) -> Reader:
    """Return a reader of a table: known keys only, required ones there, then `make(**values)`."""

    def read(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
        if not isinstance(value, dict):
            return spot.unlike("not_table", value)
        found = {key: shape[key](item, spot.at(key)) for key, item in value.items() if key in shape}
        for key in value:
            if key not in shape:
                _unknown(key, shape, spot)
        for key in required:
            if key not in value:
                spot.at(key).wrong("file.missing")
        good = {key: item for key, item in found.items() if item is not BAD}
        return make(**good) if good.keys() >= set(required) else BAD

    return read


def _unknown(key: str, shape: Mapping[str, Reader], spot: Spot) -> None:
    if len(spot.problems) >= PROBLEMS_LIMIT:
        return
    near = difflib.get_close_matches(key, shape, n=1)
    if key in spot.home:
        home = spot.home[key]
        spot.at(key).wrong("file.misplaced" if home else "file.misplaced_top", table=home)
    elif near:
        spot.at(key).wrong("file.unknown_near", near=near[0])
    else:
        spot.at(key).wrong("file.unknown", choices=list(shape))


def headed(name: str, reader: Reader) -> Reader:
    """Return a reader of a table `[name]` whose problems are placed at `[name].key`."""
    return lambda value, spot: reader(value, spot.heading(name))


def tables(name: str, reader: Reader, label: str = "", *, numbered: bool = False) -> Reader:
    """Return a reader of tables `[[name]]`; faults name them by position, by the key `label`, or by both."""

    def read(value: Any, spot: Spot) -> Any:  # noqa: ANN401 - a reader
        if not isinstance(value, list):
            return spot.unlike("not_tables", value)
        found = []
        for number, item in enumerate(value, 1):
            words = item.get(label) if isinstance(item, dict) else None
            title = words if isinstance(words, str) and words else str(number)
            if numbered and title is words:
                title = f"{number} {title}"
            found.append(reader(item, spot.heading(f"{name} {title}")))
        return BAD if BAD in found else tuple(found)

    return read


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────


def written(value: Any) -> str:  # noqa: ANN401 - any value of a file
    """Write a value as TOML on one line: text, number, yes or no, date, list, table of such."""
    return next(write(value) for kind, write in _WRITERS if isinstance(value, kind))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _fraction(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f'"{number_text(value)}"'


def _whole(value: int) -> str:
    return str(value) if value.bit_length() < 999 else hex(value)  # Python prints no longer ones


def _inline_table(value: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {written(item)}" for key, item in value.items()) + " }"


_WRITERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (str, lambda value: json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")),
    (bool, lambda value: str(value).lower()),
    (int, _whole),
    (Fraction, _fraction),
    (Decimal, str),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    (Mapping, _inline_table),
    ((list, tuple), lambda value: "[" + ", ".join(map(written, value)) + "]"),
)


def as_written(value: Any) -> str:  # noqa: ANN401 - any value of a file
    """Write a value for a message: as in the file, cut where it is long."""
    words = written(value)
    return words if len(words) <= 60 else words[:59] + "…"
