"""Exceptions of the rules, as codes with data; the sentences come from the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Problem:
    """One violation: its code in the catalogue, the data of the sentence, and its place.

    `where`: the place for a person to look up, from coarse to fine: file, worksheet, cell or line.
    """

    code: str
    data: dict[str, Any] = field(default_factory=dict)
    where: tuple[str, ...] = ()

    def at(self, *where: str) -> "Problem":
        """Return the problem with outer places put in front of its own."""
        return Problem(self.code, self.data, (*where, *self.where))


class Refused(Exception):  # noqa: N818 - the design's word for "the rules say no", not a fault
    """Base class of refusals. Carries all problems at once, so a person can correct them in one go."""

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
    """The user lacks the permission, whatever the input."""


class Conflict(Refused):
    """The current state does not allow the change, or it changed since the user loaded the page."""


class AlreadyDone(Exception):  # noqa: N818 - not an error: the same request came twice
    """The same change is recorded already, so there is nothing left to do."""
