"""Words that are looked for: how texts are compared, their grams, and excerpts with the hits marked."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from zhiping.domain.identity import searchable

AROUND = 30  # characters of an excerpt before its first hit
LENGTH = 160
EXACT = 2  # characters: a word so short is a gram, so the index alone answers it
MOST = 8  # words
# Characters that are compared as one each, alone or together: nearly all texts, hundreds of times as fast.
SIMPLE = re.compile(r"[ -~、。《》【】〔〕\u4e00-\u9fa5\uff01-\uff5e“”·]*")


def split(query: str) -> list[str]:
    """Return the words of a query, each once, as texts are compared; no more than MOST."""
    return list(dict.fromkeys(searchable(query).split()))[:MOST]


def grams(text: str) -> str:
    """Return the characters of a text in compared form and its pairs of neighbours, in hexadecimal.

    Each is one token of letters and digits, which no tokenizer of a database takes apart. Blanks are in none,
    as a word has no blanks.
    """
    found = set()
    for part in text.split():
        codes = [f"{ord(character):x}" for character in part]
        found.update(codes)
        found.update(f"{one}x{two}" for one, two in pairwise(codes))
    return " ".join(sorted(found))


def excerpt(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """Return the part of a text around the first hit in pieces: text, and whether it is a hit.

    A text without hit begins at its beginning.
    """
    line = " ".join(text.split())
    hits = list(_hits(line, words))
    start = max(hits[0][0] - AROUND, 0) if hits else 0
    end = start + LENGTH
    pieces = [("…", False)] if start else []
    at = start
    for first, last in hits:
        if first >= end:
            break
        pieces += [(line[at:first], False), (line[first:last], True)]
        at = last
    pieces.append((line[at:end], False))
    if max(at, end) < len(line):
        pieces.append(("…", False))
    return [piece for piece in pieces if piece[0]]


def _hits(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Give the places of words in a text as it is written, in order and without overlap."""
    compared, origin = _compared(text)
    pattern = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    done = 0
    for match in re.finditer(pattern, compared) if words else ():
        first, last = origin[match.start()][0], origin[match.end() - 1][1]
        if first >= done:
            yield first, last
            done = last


def _compared(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text in compared form, and for each character the places it comes from.

    A letter and the marks combined with it are compared together.
    """
    if SIMPLE.fullmatch(text):
        return searchable(text), [(at, at + 1) for at in range(len(text))]
    clusters: list[tuple[int, int]] = []
    for at, character in enumerate(text):
        joined = bool(clusters) and unicodedata.combining(character)
        first = clusters.pop()[0] if joined else at
        clusters.append((first, at + 1))
    forms = [(searchable(text[first:last]), (first, last)) for first, last in clusters]
    return "".join(form for form, _ in forms), [places for form, places in forms for _ in form]
