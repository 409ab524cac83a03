"""Lines of a terminal: texts broken to a width in cells, where Chinese and English may be broken."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

_NO_START = frozenset("\u00a0，。、；：？！）》”’』」】〕〉…—～％‰,.;:?!)]}%/")
_NO_END = frozenset(" \u00a0（《“‘『「【〔〈([{")
_BLANK = re.compile(r"(?<=\d) (?=[\u2e80-\u9fff％])")  # a number stays with its measure: "1 分"
_NAME = re.compile(r"(?:^|(?<=[ 、：]))[\u4e00-\u9fff·]{2,4}(?=[,，、。；]|$)")  # a name in a list
_WORD = re.compile(r" *[^ ]+| +$")


def cells(text: str) -> int:
    """Return how many cells of a terminal a text fills; what Chinese terminals show wide counts two."""
    return sum(map(_cells, text))


@cache
def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def wrap(text: str, width: int) -> list[str]:
    """Return a text as lines of at most `width` cells; line breaks in it stay."""
    return [line for part in text.split("\n") for line in _lines(part, max(width, 2))]


def pieces(text: str) -> list[str]:
    """Return the parts of a text between which a line may end; blanks lead the part they stand before."""
    joined = _BLANK.sub("\u00a0", text)
    return [part.replace("\u00a0", " ") for word in _WORD.findall(joined) for part in _parts(word)]


def _parts(word: str) -> Iterator[str]:
    start = 0
    inside = {at for name in _NAME.finditer(word) for at in range(name.start() + 1, name.end())}
    for at in range(1, len(word)):
        before, after = word[at - 1], word[at]
        wide = (_cells(before) == 2 or _cells(after) == 2) and at not in inside
        if wide and before not in _NO_END and after not in _NO_START and _cells(after):
            yield word[start:at]
            start = at
    yield word[start:]


def _lines(text: str, width: int) -> Iterator[str]:
    line, used = "", 0
    for piece in pieces(text):
        if line and used + cells(piece) > width:
            yield line
            line, used = "", 0
            piece = piece.lstrip()  # noqa: PLW2901 - a line does not begin with the blank it ended at
        for character in piece:
            if used + _cells(character) > width:
                yield line
                line, used = "", 0
            line, used = line + character, used + _cells(character)
    yield line
