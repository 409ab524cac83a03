"""The statement of a search: the index gives what has the words; each is tested for what the user sees."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import IntegerField, QuerySet, TextField
from django.db.models.expressions import RawSQL

from zhiping.accounts.models import User
from zhiping.finding.models import Entry
from zhiping.statements import Compiled, Given, compiled
from zhiping.web.searching import Searched

POSITION = {"sqlite": "instr", "postgresql": "strpos"}
CANDIDATES = {  # entries whose texts have all grams, in order: FTS5 gives them by rowid, without sorting
    "sqlite": """
        SELECT {columns} FROM finding_gram CROSS JOIN finding_entry c ON c.id = finding_gram.rowid
        WHERE finding_gram MATCH %s AND {tests} ORDER BY finding_gram.rowid LIMIT %s
    """,
    "postgresql": """
        WITH c AS MATERIALIZED (
            SELECT e.id, e.kind, e.key, e.year FROM finding_entry e JOIN finding_text t ON t.entry_id = e.id
            WHERE string_to_array(t.grams, ' ') @> string_to_array(CAST(%s AS text), ' ') ORDER BY e.id
        ) SELECT {columns} FROM c WHERE {tests} LIMIT %s
    """,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes one statement another: the kinds, whether a year is asked for, how many words are tested."""

    kinds: tuple[Searched, ...]
    year: bool
    words: int


def _given(name: str) -> Given:
    return Given(name, IntegerField() if name in ("year", "most") else TextField())


def _texts(shape: Shape) -> tuple[str, list[Any]]:
    """Return the condition that a text contains the words."""
    tests = [f"{POSITION[connection.vendor]}(t.folded, %s) > 0"] * shape.words
    return " AND ".join(tests) or "TRUE", [_given(f"word{n}") for n in range(shape.words)]


def _made(entries: QuerySet[Entry], sql: str, parameters: Sequence[Any]) -> Compiled | None:
    base = compiled(entries.values_list("pk"))
    return replace(base, sql=sql, parameters=tuple(parameters), converters=()) if base else None


def seen_of(user: User, shape: Shape, entries: QuerySet[Entry]) -> Compiled | None:
    """Compile the search of a user by the index: no later entry is looked at once there are enough."""
    whens: list[str] = []
    parameters: list[Any] = [_given("grams")]
    for one in shape.kinds:
        own = compiled(one.visible(user).filter(pk=RawSQL("c.key", ())).order_by().values("pk"))
        if own is not None:
            whens.append(f"WHEN '{one.kind}' THEN EXISTS ({own.sql})")
            parameters += own.parameters
    if not whens:
        return None
    held, words = _texts(shape)
    year = "c.year = %s AND" if shape.year else ""
    tests = f"""
        CASE c.kind {" ".join(whens)} ELSE FALSE END AND {year}
        (SELECT {held} FROM finding_text t WHERE t.entry_id = c.id)
    """  # noqa: S608 - compiled by Django, and literals
    parameters += [*([_given("year")] if shape.year else ()), *words, _given("most")]
    return _made(entries, CANDIDATES[connection.vendor].format(columns="c.id", tests=tests), parameters)
