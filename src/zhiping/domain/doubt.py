"""Doubts: ambiguous places in the printed table of a standard."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Doubt:
    """An ambiguity in a draft rubric: the printed text, its place, and the proposed reading.

    `code`: key of the explanation in the catalogue. `settled`: a person's decision, empty while open; a
    draft with an open doubt cannot be used for scoring.
    """

    id: str
    code: str
    where: str
    found: str
    proposed: str
    settled: str = ""


class Note(NamedTuple):
    """A doubt without its place, as the parser of one cell creates it."""

    code: str
    found: str
    proposed: str
