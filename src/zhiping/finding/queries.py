"""The search of one user: which things have all words, of those the user may see; what is behind."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from zhiping.accounts.models import User
from zhiping.archive import stage as archive
from zhiping.evaluations import stage as evaluations
from zhiping.evidence import stage as evidence
from zhiping.experts import stage as experts
from zhiping.finding import statements
from zhiping.finding import words as looked_for
from zhiping.finding.models import Entry, Indexed, Text
from zhiping.finding.statements import Shape
from zhiping.ledger.models import Event, Head
from zhiping.registry import stage as registry
from zhiping.reporting import stage as reporting
from zhiping.scoring import stage as scoring
from zhiping.statements import kept, key_of
from zhiping.web.searching import Searched

# In the order of results.
SEARCHED: tuple[Searched, ...] = (
    *registry.SEARCH, *experts.SEARCH, *evaluations.SEARCH, *scoring.SEARCH, *reporting.SEARCH,
    *evidence.SEARCH, *archive.SEARCH,
)  # fmt: skip
BY_KIND = {one.kind: one for one in SEARCHED}
LEDGERS = sorted({kind for one in SEARCHED for kind in one.ledgers})
VERSION = 1  # of the texts: another one makes the index again
LATE = dt.timedelta(minutes=10)
MOST = 500  # results counted and shown


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found: its kind and page, title and excerpt in pieces with the hits marked."""

    kind: str
    url: str
    year: int | None
    title: list[tuple[str, bool]]
    excerpt: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Results:
    """The keys of the entries found, in order; `more`: there are others beyond MOST."""

    words: Sequence[str]
    keys: list[int]
    more: bool = False


def search(user: User, q: str = "", kind: str = "", year: int | None = None) -> Results:
    """Return the things a user may see whose texts contain every word of a query: one statement."""
    words = looked_for.split(q)
    kinds = [one for one in SEARCHED if kind in ("", one.kind)]
    if not words or not kinds:
        return Results(words, [])
    values: dict[str, Any] = {"year": year, "most": MOST + 1}
    grams = (gram for word in words for gram in looked_for.grams(word).split())
    values["grams"] = " ".join(dict.fromkeys(grams))
    checked = [word for word in words if len(word) > looked_for.EXACT]
    values |= {f"word{n}": word for n, word in enumerate(checked)}
    shape = Shape(tuple(kinds), year=year is not None, words=len(checked))
    make = partial(statements.seen_of, user, shape)
    statement = kept(("search", key_of(user), kind, shape.year, shape.words), Entry.objects.all, make)
    rows = statement.rows(values) if statement else []
    return Results(words, sorted(key for (key,) in rows[:MOST]), len(rows) > MOST)


def hits(results: Results, keys: Sequence[int]) -> list[Hit]:
    """Return some of the results as a page shows them: one statement."""
    rows = Text.objects.filter(pk__in=keys).select_related("entry").defer("folded", "grams")
    texts = {text.pk: text for text in rows}
    return [_hit(texts[key], results.words) for key in keys if key in texts]


def _hit(text: Text, words: Sequence[str]) -> Hit:
    entry = text.entry
    title, body = looked_for.excerpt(text.title, words), looked_for.excerpt(text.body, words)
    return Hit(entry.kind, BY_KIND[entry.kind].link(entry.ledger), entry.year, title, body)


def behind(most: int) -> dict[UUID, int]:
    """Return ledgers whose texts may have changed since they were indexed, with their sizes."""
    return dict(_behind().order_by("pk").values_list("pk", "size")[:most])


def _behind() -> QuerySet[Head]:
    known = Indexed.objects.filter(head=OuterRef("pk"), size=OuterRef("size"), version=VERSION)
    return Head.objects.filter(~Exists(known), kind__in=LEDGERS)


def late(now: dt.datetime) -> int:
    """Return how many ledgers have had their last event longer ago than LATE and are not indexed."""
    recent = Event.objects.filter(head=OuterRef("pk"), seq=OuterRef("size") - 1, at__gte=now - LATE)
    return _behind().exclude(Exists(recent)).count()
