"""Numbers: what a stage counts for the desk, by region and in all."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Number:
    """A number with a link to its list."""

    code: str
    value: int
    url: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a stage counts: by region, for a user and a day, and the numbers to show of the totals.

    `by_region` yields the code of a region, its counts, and names of regions by code where it reads them.
    """

    by_region: Callable[[Any, dt.date], Iterable[tuple[str, dict[str, int], dict[str, str]]]]
    numbers: Callable[[Mapping[str, int]], list[Number]]
