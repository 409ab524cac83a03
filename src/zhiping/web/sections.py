"""Sections: what a stage offers to the page of a platform, expert, programme or evaluation."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Facts = Callable[[Any, Any, dt.date], dict[str, Any]]  # of a user, the thing the page shows, today


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: the kind of thing, the template, and the function that returns what it shows.

    Facts of an evaluation may have `holds`: needs of its moves that are known once the section is read.
    """

    page: str
    template: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Remedy:
    """The page on which a need of an evaluation is met, the permission to do so, and for what."""

    page: Callable[[Any], str]
    permission: str
    about: Callable[[Any], Any] = lambda evaluation: evaluation
