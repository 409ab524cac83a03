"""The fonts of report and charts, and which characters they can print, read from their character maps."""

import struct
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

GETA = "〓"  # stands for a character that cannot be printed, as in Chinese typesetting
_LAYOUT = frozenset("\n\t\r")  # never printed, and harmless
_STEERING = ("Cc", "Cf")  # controls and format characters: they only steer the display of others


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


def missing(text: str) -> set[str]:
    """Return the characters of a text that not every font of the report has; controls count as missing."""
    known = covered()
    return {c for c in set(text) - _LAYOUT if ord(c) not in known or unicodedata.category(c) in _STEERING}


def replaced(text: str) -> str:
    """Return a text fit for print: what no font has becomes 〓, controls go, odd spaces are plain."""
    return text.translate(substitutes(missing(text)))


def substitutes(lacking: Iterable[str]) -> dict[int, str]:
    """Return what stands for each of the missing characters, as `str.translate` takes it."""
    return {ord(c): _substitute(c) for c in lacking}


def _substitute(character: str) -> str:
    if character.isspace():
        return " "
    return "" if _invisible(character) else GETA


def _invisible(character: str) -> bool:
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return selector or unicodedata.category(character) in _STEERING


@cache
def covered() -> frozenset[int]:
    """Return the code points that all fonts have."""
    heading, body = map(_code_points, paths())
    return frozenset(heading & body)


def _code_points(path: Path) -> set[int]:
    """Read a font's character map, format 12 (OpenType specification, cmap)."""
    table = _table(path, b"cmap")
    (count,) = struct.unpack_from(">2xH", table)
    offsets = [struct.unpack_from(">4xI", table, 4 + 8 * i)[0] for i in range(count)]
    at = next(offset for offset in offsets if struct.unpack_from(">H", table, offset) == (12,))
    (groups,) = struct.unpack_from(">12xI", table, at)
    found: set[int] = set()
    for first, last, _ in struct.iter_unpack(">III", table[at + 16 : at + 16 + 12 * groups]):
        found.update(range(first, last + 1))
    return found


def _table(path: Path, name: bytes) -> bytes:
    with path.open("rb") as font:
        (count,) = struct.unpack(">4xH6x", font.read(12))
        for tag, _, offset, length in struct.iter_unpack(">4sIII", font.read(16 * count)):
            if tag == name:
                font.seek(offset)
                return font.read(length)
    raise ValueError(path.name)
