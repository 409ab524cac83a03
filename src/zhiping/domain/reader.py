"""Rows of a standard's table, with their places, turned into a rubric draft with its doubts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something in a text that a person must settle before the draft may be used; `settled` empty: open."""

    id: str
    code: str
    where: str
    found: str
    proposed: str
    settled: str = ""
