"""The fonts of report and charts, and which characters they can print, read from their character maps."""

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

GETA = "〓"  # replaces a character that cannot be printed, as in Chinese typesetting
_LAYOUT = frozenset("\n\t\r")  # never printed, and harmless
_STEERING = ("Cc", "Cf")  # controls and format characters: they only steer the display of others


@cache
def paths() -> tuple[Path, Path]:
    """Return the font files: headings (Noto Sans SC) and body (Noto Serif SC)."""
    import pylopdf_fonts_zh_cn as fonts

    return fonts.sans_path(), fonts.serif_path()


@cache
def faces() -> "typst.Fonts":
    """Return the fonts for typesetting; no font of the machine is used, so pages look the same anywhere."""
    import typst

    folder = str(paths()[0].parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def warm_up() -> None:
    """Let typst set itself up and load the fonts, which the first document of a process waits for."""
    import typst

    text = '#text(font: "Noto Sans SC")[字] #text(font: "Noto Serif SC")[字]'
    typst.Compiler(text.encode(), font_paths=faces()).compile(format="svg")


def missing(text: str) -> set[str]:
    """Return the characters of a text that not every font of the report has; controls count as missing."""
    return {c for c in set(text) - _LAYOUT if not covered(ord(c)) or unicodedata.category(c) in _STEERING}


def replaced(text: str) -> str:
    """Return a text fit for print: what no font has becomes 〓, controls go, odd spaces are plain."""
    return text.translate(substitutes(missing(text)))


def substitutes(lacking: Iterable[str]) -> dict[int, str]:
    """Return the replacement of each missing character, for `str.translate`."""
    return {ord(c): _substitute(c) for c in lacking}


def _substitute(character: str) -> str:
    if character.isspace():
        return " "
    return "" if _invisible(character) else GETA


def _invisible(character: str) -> bool:
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return selector or unicodedata.category(character) in _STEERING


@cache
def covered(code: int) -> bool:
    """Return whether all fonts have a code point."""
    return all(_holds(*_ranges(path), code) for path in paths())


def _holds(firsts: Sequence[int], lasts: Sequence[int], code: int) -> bool:
    at = bisect_right(firsts, code) - 1
    return at >= 0 and code <= lasts[at]


@cache
def _ranges(path: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Read a font's character map, format 12 (OpenType specification, cmap): first and last code points."""
    table = _table(path, b"cmap")
    (count,) = struct.unpack_from(">2xH", table)
    offsets = [struct.unpack_from(">4xI", table, 4 + 8 * i)[0] for i in range(count)]
    at = next(offset for offset in offsets if struct.unpack_from(">H", table, offset) == (12,))
    (groups,) = struct.unpack_from(">12xI", table, at)
    numbers = struct.unpack_from(f">{3 * groups}I", table, at + 16)  # first, last, glyph of each range
    return numbers[::3], numbers[1::3]


def _table(path: Path, name: bytes) -> bytes:
    with path.open("rb") as font:
        (count,) = struct.unpack(">4xH6x", font.read(12))
        for tag, _, offset, length in struct.iter_unpack(">4sIII", font.read(16 * count)):
            if tag == name:
                font.seek(offset)
                return font.read(length)
    raise ValueError(path.name)
