"""The search of one user: which things have all words, of those the user may see; what is behind."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, Field, IntegerField, OuterRef, QuerySet, TextField
from django.db.models.expressions import RawSQL

from zhiping.accounts.models import User
from zhiping.evaluations import stage as evaluations
from zhiping.evidence import stage as evidence
from zhiping.experts import stage as experts
from zhiping.finding import words as looked_for
from zhiping.finding.models import Entry, Indexed, Text
from zhiping.ledger.models import Event, Head
from zhiping.registry import stage as registry
from zhiping.reporting import stage as reporting
from zhiping.scoring import stage as scoring
from zhiping.statements import Compiled, Given, compiled, kept, key_of
from zhiping.web.searching import Searched

# In the order of results.
SEARCHED: tuple[Searched, ...] = (
    *registry.SEARCH, *experts.SEARCH, *evaluations.SEARCH, *scoring.SEARCH, *reporting.SEARCH,
    *evidence.SEARCH,
)  # fmt: skip
BY_KIND = {one.kind: one for one in SEARCHED}
LEDGERS = sorted({kind for one in SEARCHED for kind in one.ledgers})
VERSION = 1  # of the texts: another one makes the index again
LATE = dt.timedelta(minutes=10)
MOST = 1000  # results counted and shown
POSITION = {"sqlite": "instr", "postgresql": "strpos"}
MATCHES = {  # the entries whose texts have all grams
    "sqlite": "SELECT rowid FROM finding_gram WHERE finding_gram MATCH %s",
    "postgresql": "SELECT entry_id FROM finding_text "
    "WHERE string_to_array(grams, ' ') @> string_to_array(CAST(%s AS text), ' ')",
}


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
    long = [word for word in words if len(word) > looked_for.EXACT]
    if not words:
        return Results(words, [])
    asked = {name: value for name, value in (("kind", kind), ("year", year)) if value}
    statement = kept(
        ("search", key_of(user), tuple(asked), len(long)),
        partial(_candidates, tuple(asked)),
        partial(_seen, user, len(long)),
    )
    given = {f"word{n}": word for n, word in enumerate(long)}
    grams = " ".join(dict.fromkeys(gram for word in words for gram in looked_for.grams(word).split()))
    rows = statement.rows({**asked, **given, "grams": grams, "most": MOST + 1}) if statement else []
    keys = [key for _, key in sorted((place, -key) for key, place in rows)]
    return Results(words, [-key for key in keys[:MOST]], len(keys) > MOST)


def _candidates(asked: Sequence[str]) -> QuerySet[Entry]:
    """Return the entries whose texts have all grams of the words."""
    matches = RawSQL(MATCHES[connection.vendor], (Given("grams", TextField()),))  # noqa: S611 - of literals
    fields: dict[str, Field[Any, Any]] = {"kind": TextField(), "year": IntegerField()}
    wanted = {name: Given(name, fields[name]) for name in asked}
    return Entry.objects.filter(pk__in=matches, **wanted).order_by("place", "-pk")


def _seen(user: User, long: int, candidates: QuerySet[Entry]) -> Compiled | None:
    """Compile a search: each candidate in turn is shown if the user sees it and its text has the words.

    A word of many characters often occurs nowhere though its grams do. No later candidate is looked at once
    there are more than MOST.
    """
    inner = compiled(candidates.values_list("pk", "place", "kind", "key"))
    whens: list[str] = []
    parameters: list[Any] = []
    for one in SEARCHED:
        own = compiled(one.visible(user).filter(pk=RawSQL("c.key", ())).order_by().values("pk"))
        if own is not None:
            whens.append(f"WHEN '{one.kind}' THEN EXISTS ({own.sql})")
            parameters += own.parameters
    if inner is None or not whens:
        return None
    tests = " AND ".join([f"{POSITION[connection.vendor]}(t.folded, %s) > 0"] * long) or "TRUE"
    sql = f"""
        WITH c(id, place, kind, key) AS MATERIALIZED ({inner.sql}) SELECT c.id, c.place FROM c
        WHERE CASE c.kind {" ".join(whens)} ELSE FALSE END
        AND (SELECT {tests} FROM finding_text t WHERE t.entry_id = c.id) LIMIT %s
    """  # noqa: S608 - compiled by Django, and literals
    given = (*(Given(f"word{n}", TextField()) for n in range(long)), Given("most", IntegerField()))
    return replace(inner, sql=sql, parameters=(*inner.parameters, *parameters, *given), converters=())


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
