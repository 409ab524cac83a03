"""What the rules refuse: codes with data; sentences come from the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a code of the catalogue, where it is, and what the sentence needs.

    `where` is a place a person can find, coarse to fine: file, worksheet, cell or line.
    """

    code: str
    data: dict[str, Any] = field(default_factory=dict)
    where: tuple[str, ...] = ()

    def at(self, *where: str) -> "Problem":
        """Return the same problem inside an outer place."""
        return Problem(self.code, self.data, (*where, *self.where))


class Refused(Exception):  # noqa: N818 - the design's word; every problem is told at once
    """Something the rules do not let happen; carries every problem found, never only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{'!'.join(p.where)} {p.code} {p.data}" for p in problems))
        self.problems = tuple(problems)

    @classmethod
    def of(cls, code: str, *where: str, **data: Any) -> Self:  # noqa: ANN401 - what the sentence needs
        """Return the error of a single problem."""
        return cls([Problem(code, data, where)])


class Invalid(Refused):
    """Input that breaks a rule."""


class NotAllowed(Refused):
    """What this person may not do, whatever the input."""


class Conflict(Refused):
    """What is not possible any more, or not yet: somebody was faster, or the stage does not take it."""


class AlreadyDone(Exception):  # noqa: N818 - not an error: the same request came twice
    """The very change stands in the record already: nothing is to be done again."""
