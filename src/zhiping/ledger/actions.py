"""Writing to the ledger: begin a thing, record a change, move a state, in the order the database gives.

Each is used as `with`: the first statement takes the thing's turn at its head row, so whatever is read and
decided inside stands after it; the event is written when the block ends, or nothing is.
"""

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from zhiping.domain import lifecycle
from zhiping.domain.errors import AlreadyDone, Conflict, Problem
from zhiping.domain.transparency.tree import leaf_hash
from zhiping.ids import uuid7
from zhiping.ledger.models import LOG, LOG_KIND, Audit, Event, Head, Leaf


class Actor(Protocol):
    """Whoever does something: a person of `accounts`, or None where the clock does."""

    @property
    def pk(self) -> Any: ...  # noqa: D102 - Django's own


@dataclass(slots=True)
class Entry:
    """The event being written: its place, and the data the block puts in."""

    head: Head
    seq: int
    data: dict[str, Any] = field(default_factory=dict)


@contextmanager
def begin(
    kind: str,
    name: str,
    *,
    by: Actor | None,
    at: dt.datetime,
    id: UUID | None = None,
    phase: str = "",
) -> Iterator[Entry]:
    """Open the ledger of a new thing with its first event; `id` from the form makes a repeat harmless.

    Raises AlreadyDone where the same person began the same thing under this id before, Conflict
    `ledger.id_taken` where the id stands for something else.
    """
    if id == LOG and kind != LOG_KIND:  # forms bear ids: nobody takes the log's place before it begins
        raise Conflict([Problem("ledger.id_taken")])
    head = Head(id=id or uuid7(), kind=kind, phase=phase, size=1)
    with transaction.atomic():
        try:
            with transaction.atomic():
                head.save(force_insert=True)
        except IntegrityError:
            _same_or_taken(Event.objects.filter(head=head.id, seq=0).first(), kind, name, by)
        entry = Entry(head=head, seq=0)
        yield entry
        _write(entry, name, by=by, at=at, id=None)


@contextmanager
def record(
    subject: Any,
    name: str,
    *,
    by: Actor | None,
    at: dt.datetime,
    id: UUID | None = None,
    expect: int | None = None,
) -> Iterator[Entry]:
    """Record a change of a thing that keeps its phase.

    `expect`: the size of the ledger the person saw; where it has grown, Conflict `ledger.changed`. `id`: the
    event's own, from the form: the same event twice raises AlreadyDone.
    """
    with _turn(subject, name, by=by, at=at, id=id, expect=expect, to=None, sources=None) as entry:
        yield entry


@contextmanager
def move(
    subject: Any,
    name: str,
    *,
    by: Actor | None,
    at: dt.datetime,
    id: UUID | None = None,
    expect: int | None = None,
) -> Iterator[Entry]:
    """Make a move of the life cycle: the only way a state changes (domain.lifecycle).

    Raises Conflict `ledger.not_now` where the state the database holds does not know the move.
    """
    rows = [row for row in lifecycle.MOVES[type(subject).__name__.lower()] if row.name == name]
    sources = [str(state) for row in rows for state in row.sources]
    with _turn(
        subject, rows[0].event, by=by, at=at, id=id, expect=expect, to=rows[0].to, sources=sources
    ) as entry:
        yield entry


@contextmanager
def begin_many(
    kind: str, name: str, count: int, *, by: Actor | None, at: dt.datetime, phase: str = ""
) -> Iterator[list[Entry]]:
    """Open the ledgers of many new things at once, as `begin` does for one, in few statements."""
    with transaction.atomic():
        heads = Head.objects.bulk_create([Head(kind=kind, phase=phase, size=1) for _ in range(count)])
        entries = [Entry(head=head, seq=0) for head in heads]
        yield entries
        _write_many(entries, name, by=by, at=at)


@contextmanager
def record_many(
    subjects: Sequence[Any], name: str, *, by: Actor | None, at: dt.datetime
) -> Iterator[list[Entry]]:
    """Record a change of many things at once, each as it was read with its head, in few statements.

    Raises Conflict `ledger.changed` where one of them has changed since it was read; then nothing is written.
    """
    heads = [subject.head for subject in subjects]
    with transaction.atomic():
        _take_many(heads)
        entries = [Entry(head=head, seq=head.size) for head in heads]
        yield entries
        _write_many(entries, name, by=by, at=at)
        for head in heads:
            head.size += 1


@contextmanager
def move_many(
    subjects: Sequence[Any], name: str, *, by: Actor | None, at: dt.datetime
) -> Iterator[list[Entry]]:
    """Make a move of the life cycle with many things of a kind, as `move` does with one, in few statements.

    Each as it was read with its head: Conflict `ledger.changed` where one has changed since or stands in
    another state; then none is moved.
    """
    if not subjects:
        yield []
        return
    rows = [row for row in lifecycle.MOVES[type(subjects[0]).__name__.lower()] if row.name == name]
    heads = [subject.head for subject in subjects]
    with transaction.atomic():
        _take_many(heads, rows[0].to, [str(state) for row in rows for state in row.sources])
        entries = [Entry(head=head, seq=head.size) for head in heads]
        yield entries
        _write_many(entries, rows[0].event, by=by, at=at)
        for head in heads:
            head.size, head.phase = head.size + 1, rows[0].to


def record_several(
    subject: Any, name: str, several: Sequence[dict[str, Any]], *, by: Actor | None, at: dt.datetime
) -> None:
    """Record many changes of one thing that keeps its phase, in few statements; each takes a turn."""
    key = subject.pk.hex if connection.vendor == "sqlite" else subject.pk
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE ledger_head SET size = size + 1 WHERE id = %s", [(key,)] * len(several)
            )
        head = Head.objects.get(id=subject.pk)
        places = range(head.size - len(several), head.size)
        entries = [Entry(head, seq, data) for seq, data in zip(places, several, strict=True)]
        _write_many(entries, name, by=by, at=at)


def hold(things: QuerySet[Any]) -> None:
    """Take the turn of things without writing to their ledgers, in the order of their ids.

    For decisions that rest on what others do not change meanwhile; inside a transaction, before reading.
    """
    heads = Head.objects.filter(pk__in=things.order_by().values("pk")).order_by("pk")
    list(heads.select_for_update().values_list("pk"))


def _take_many(heads: Sequence[Head], to: StrEnum | None = None, sources: Sequence[str] = ()) -> None:
    """Take the turn of each, in the order of their ids: two who do this never wait in a ring."""
    pairs = sorted((head.id, head.size) for head in heads)
    keys = [(key.hex if connection.vendor == "sqlite" else key, size) for key, size in pairs]
    if not keys:
        return
    sql, before = "UPDATE ledger_head SET size = size + 1", []
    if to is not None:
        sql, before = f"{sql}, phase = %s", [str(to)]
    sql = f"{sql} WHERE id = %s AND size = %s"
    if sources:
        sql = f"{sql} AND phase IN ({_places(sources)})"
    values = [(*before, *key, *sources) for key in keys]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)
        if cursor.rowcount != len(values):
            raise Conflict([Problem("ledger.changed")])


@contextmanager
def _turn(
    subject: Any,
    name: str,
    *,
    by: Actor | None,
    at: dt.datetime,
    id: UUID | None,
    expect: int | None,
    to: StrEnum | None,
    sources: Sequence[str] | None,
) -> Iterator[Entry]:
    with transaction.atomic():
        size = _take(subject.pk, to, sources, expect)
        if id is not None:
            _not_known(id, subject.pk, name, by)
        if size is None:
            raise _refusal(subject.pk, sources)
        subject.refresh_from_db()
        entry = Entry(head=subject.head, seq=size - 1)
        yield entry
        _write(entry, name, by=by, at=at, id=id)


def _take(head: UUID, to: StrEnum | None, sources: Sequence[str] | None, expect: int | None) -> int | None:
    """Take the turn in one statement; return the ledger's new size, None where the row does not admit it."""
    sql = "UPDATE ledger_head SET size = size + 1"
    values: list[str | int | UUID] = []
    if to is not None:
        sql, values = f"{sql}, phase = %s", [str(to)]
    sql, values = f"{sql} WHERE id = %s", [*values, head.hex if connection.vendor == "sqlite" else head]
    if sources is not None:
        sql, values = f"{sql} AND phase IN ({_places(sources)})", [*values, *sources]
    if expect is not None:
        sql, values = f"{sql} AND size = %s", [*values, expect]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING size", values)
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _places(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))


def _refusal(head: UUID, sources: Sequence[str] | None) -> Conflict:
    phase = Head.objects.values_list("phase", flat=True).get(id=head)
    if sources is not None and phase not in sources:
        return Conflict([Problem("ledger.not_now", {"state": phase})])
    return Conflict([Problem("ledger.changed")])


def _write(entry: Entry, name: str, *, by: Actor | None, at: dt.datetime, id: UUID | None) -> None:
    event = _event(entry, name, by=by, at=at, id=id)
    event.save(force_insert=True)
    _leaf(event).save(force_insert=True)


def _write_many(entries: Sequence[Entry], name: str, *, by: Actor | None, at: dt.datetime) -> None:
    events = [_event(entry, name, by=by, at=at, id=None) for entry in entries]
    Event.objects.bulk_create(events)
    Leaf.objects.bulk_create([_leaf(event) for event in events])


def _event(entry: Entry, name: str, *, by: Actor | None, at: dt.datetime, id: UUID | None) -> Event:
    return Event(
        id=id or uuid7(), head=entry.head, seq=entry.seq, name=name, by_id=by.pk if by else None, at=at,
        data=entry.data, nonce=secrets.token_hex(16),
    )  # fmt: skip


def _leaf(event: Event) -> Leaf:
    return Leaf(head=event.head, seq=event.seq, hash=leaf_hash(event.body()))


def _not_known(id: UUID, head: UUID, name: str, by: Actor | None) -> None:
    event = Event.objects.filter(id=id).first()
    if event and (event.head_id, event.name, event.by_id) == (head, name, by.pk if by else None):
        raise AlreadyDone
    if event:
        raise Conflict([Problem("ledger.id_taken")])


def _same_or_taken(event: Event | None, kind: str, name: str, by: Actor | None) -> None:
    if event and (event.name, event.by_id, event.head.kind) == (name, by.pk if by else None, kind):
        raise AlreadyDone
    raise Conflict([Problem("ledger.id_taken")])


def enqueue(job: str, *args: str | int, at: dt.datetime | None = None) -> None:
    """Enqueue a job of the worker by its dotted name: it runs only if the transaction commits.

    `at`: not before this moment, else as soon as a worker is free.
    """
    import_string(job).using(run_after=at).enqueue(*args)


def audit(
    action: str,
    *,
    by: Actor | None,
    at: dt.datetime,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Note what changes nothing and must be known (who read, exported, signed in, was denied)."""
    row = Audit(action=action, by_id=by.pk if by else None, at=at, subject=subject, data=dict(data or {}))
    row.save(force_insert=True)
