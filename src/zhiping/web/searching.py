"""Search: what a stage offers to the index."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one thing: what is found, and what it is found by.

    `key`: the thing's id among those `Searched.visible` returns. `ledger`: the ledger that records it, whose
    id the address of its page has.
    """

    key: UUID
    ledger: UUID
    title: str
    body: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Searched:
    """A kind of thing that is searched.

    `ledgers`: kinds of ledgers whose events change its texts; `words` returns those of the things that some
    ledgers concern. `visible`: the things a user sees. `link`: the page, by the ledger.
    """

    kind: str
    ledgers: tuple[str, ...]
    words: Callable[[Collection[UUID]], Iterable[Words]]
    visible: Callable[[Any], QuerySet[Any]]
    link: Callable[[UUID], str]


def lines(*parts: str) -> str:
    """Join the texts that are not empty, each in a line of its own."""
    return "\n".join(filter(None, parts))
