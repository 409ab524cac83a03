"""A doubt: a place where a standard's table does not say for certain what is meant."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Doubt:
    """One open question of a draft: what stands where, and what the draft takes it to mean.

    `code` names the sentence of the catalogue that explains it. `settled` is empty until a person writes
    there how it was decided; a draft with an unsettled doubt is not used.
    """

    id: str
    code: str
    where: str
    found: str
    proposed: str
    settled: str = ""


class Note(NamedTuple):
    """A doubt that does not know its place yet."""

    code: str
    found: str
    proposed: str
