"""Whether the ledgers are still what they were, and the tables what the ledgers say.

Ids are read first, and everything else in batches that are read whole: on SQLite an open cursor keeps every
writer waiting.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.transparency.note import parse_checkpoint, verified_text
from zhiping.domain.transparency.tree import leaf_hash, roots
from zhiping.ledger import keys, seals
from zhiping.ledger.models import LOG, SEALS, SIGNED, Checkpoint, Event, Head, Leaf, Tombstone
from zhiping.ledger.replay import Fold, Span, rows_of

LEDGERS, EVENTS = 200, 2000  # read at once, whichever is reached first
Logged = Mapping[int, str]  # what the log of checkpoints holds of a ledger: roots by size


@dataclass(slots=True)
class Reading:
    """A ledger while its events are read."""

    head: Head
    fold: Fold
    bodies: dict[int, str] = field(default_factory=dict)  # hashes of the events by place
    leaves: dict[int, str] = field(default_factory=dict)
    signed: list[Checkpoint] = field(default_factory=list)
    tombstone: Tombstone | None = None

    @property
    def disposed(self) -> int:
        """The number of entries whose content was disposed of."""
        return self.tombstone.size if self.tombstone else 0

    def add(self, event: Event) -> None:
        """Read the next event."""
        self.bodies[event.seq] = leaf_hash(event.body())
        self.fold.add(event)


def verify(head: Head) -> list[Problem]:
    """Verify one ledger: its events, leaves, checkpoints, and the rows recorded in it.

    Returns what does not agree, each with its place. Changes of events, leaves, checkpoints and their log
    together, with the key, are found by a checkpoint kept elsewhere only (`ledger.kept`).
    """
    logged = {head.id: _logged(Event.objects.filter(data__head=str(head.id)))[head.id]}
    found = dict(_verify(Span.of(head.id), _trusted(), logged))
    return next((problems for other, problems in found.items() if other.pk == head.pk), [])


def verify_all() -> Iterator[tuple[Head, list[Problem]]]:
    """Verify every ledger; yield those that do not agree, and those signed once that are gone.

    A ledger that differs is verified again under its lock: it may have grown while it was read. A row that
    names a ledger which does not exist is yielded with it, without kind and size.
    """
    trusted, logged = _trusted(), _logged(Event.objects.all())
    lost = set(logged)
    for span, ids in _spans():
        lost.difference_update(ids)
        for head, problems in list(_verify(span, trusted, logged)):
            if left := _left(head, problems):
                yield head, left
    for key in sorted(lost):
        yield Head(id=key, size=max(logged[key])), [Problem("ledger.lost", {"ledger": str(key)})]


def _left(head: Head, problems: list[Problem]) -> list[Problem]:
    """Return the problems of a ledger that remain while it is locked."""
    with transaction.atomic():
        locked = Head.objects.select_for_update().filter(pk=head.pk).first()
        return verify(locked) if locked else problems


def _trusted() -> keys.Trusted | None:
    """Return the trusted keys; None where the key file is missing, which is a problem of the log."""
    try:
        return keys.trusted()
    except Conflict:
        return None


def _spans() -> Iterator[tuple[Span, list[UUID]]]:
    """Return spans that cover every id there can be, with the ledgers in each."""
    after: UUID | None = None
    ids: list[UUID] = []
    events = 0
    for key, size in list(Head.objects.order_by("id").values_list("id", "size")):
        if ids and (len(ids) == LEDGERS or events + size > EVENTS):
            yield Span(after, ids[-1]), ids
            after, ids, events = ids[-1], [], 0
        ids.append(key)
        events += size
    yield Span(after, None), ids


def _verify(
    span: Span, trusted: keys.Trusted | None, logged: Mapping[UUID, Logged]
) -> Iterator[tuple[Head, list[Problem]]]:
    heads = list(span.filter(Head.objects.order_by("id"), "pk"))
    readings = {head.id: Reading(head, Fold(head.kind)) for head in heads}
    begun = defaultdict(lambda: Reading(Head(), Fold("")), readings)  # also ledgers begun since: not judged
    rows = rows_of(span)
    for head_id, seq, hashed in span.filter(Leaf.objects.values_list("head", "seq", "hash"), "head"):
        begun[head_id].leaves[seq] = hashed
    for row in span.filter(Checkpoint.objects.order_by("size"), "head"):
        begun[row.head_id].signed.append(row)
    for stone in span.filter(Tombstone.objects.all(), "head"):
        reading = begun[stone.head_id]
        reading.tombstone, reading.fold.phase = stone, stone.phase
    for event in _events(span, heads):
        begun[event.head_id].add(event)
    for key, reading in readings.items():
        if problems := list(_problems(reading, trusted, logged.get(key, {}), rows.pop(key, {}))):
            yield reading.head, problems
    for key, some in rows.items():
        yield Head(id=key), list(Fold("").compare(some, ""))


def _events(span: Span, heads: Sequence[Head]) -> Iterator[Event]:
    """Return the events of ledgers in their order; those of a long ledger in parts."""
    events = span.filter(Event.objects.order_by("head", "seq"), "head")
    longest = max((head.size for head in heads), default=0)
    for start in range(0, longest, EVENTS):
        end = {"seq__lt": start + EVENTS} if start + EVENTS < longest else {}
        yield from list(events.filter(seq__gte=start, **end))


def _problems(reading: Reading, trusted: keys.Trusted | None, logged: Logged, rows: Any) -> Iterator[Problem]:
    yield from _order(reading)
    yield from _bodies(reading)
    yield from _tombstone(reading)
    yield from _checkpoints(reading, trusted, logged)
    if reading.head.id == LOG:
        yield from keys.problems()
    if reading.head.id == SEALS:
        yield from seals.verify()
    yield from reading.fold.compare(rows, reading.head.phase)


def _order(reading: Reading) -> Iterator[Problem]:
    """Find places without a leaf, and leaves beyond the size."""
    wanted, found = set(range(reading.head.size)), set(reading.leaves)
    yield from (Problem("ledger.entry_lost", {"place": seq}) for seq in sorted(wanted - found))
    yield from (Problem("ledger.entry_added", {"place": seq}) for seq in sorted(found - wanted))


def _bodies(reading: Reading) -> Iterator[Problem]:
    """Find events that are not those their leaves were made of."""
    for seq in sorted(reading.bodies.keys() | reading.leaves.keys()):
        if seq not in reading.bodies:
            if seq >= reading.disposed:
                yield Problem("ledger.event_lost", {"place": seq})
        elif reading.bodies[seq] != reading.leaves.get(seq):
            yield Problem("ledger.event_altered", {"place": seq})


def _tombstone(reading: Reading) -> Iterator[Problem]:
    """Find a tombstone that the entry of its decision does not name: the database takes any."""
    stone = reading.tombstone
    if stone is None:
        return
    event = Event.objects.filter(pk=stone.event, name="disposal.decided").first()
    named = event.data.get("disposed", {}) if event and isinstance(event.data, dict) else {}
    if named.get(str(stone.head_id)) != stone.size:
        yield Problem("ledger.tombstone_unfounded", {"size": stone.size})


def _checkpoints(reading: Reading, trusted: keys.Trusted | None, logged: Logged) -> Iterator[Problem]:
    """Compare what was signed, what the log of checkpoints holds, and what the leaves make.

    The log cannot hold its own checkpoints. Without keys signatures are not judged.
    """
    hashes = [reading.leaves[seq] for seq in sorted(reading.leaves)]
    computed = roots(hashes, {row.size for row in reading.signed} | logged.keys())
    for row in reading.signed if trusted is not None else ():
        stated = _stated(row, reading.head, trusted or ())
        if stated is None:
            yield Problem("ledger.checkpoint_forged", {"size": row.size})
        elif stated != (row.size, computed.get(row.size)):
            yield Problem("ledger.checkpoint_broken", {"size": row.size})
        elif row.size in logged and logged[row.size] != stated[1]:
            yield Problem("ledger.checkpoint_differs", {"size": row.size})
    sizes = {row.size for row in reading.signed}
    yield from (Problem("ledger.checkpoint_lost", {"size": size}) for size in sorted(logged.keys() - sizes))
    if reading.head.id != LOG:
        more = sorted(sizes - logged.keys())
        yield from (Problem("ledger.checkpoint_not_logged", {"size": size}) for size in more)


def _stated(row: Checkpoint, head: Head, trusted: keys.Trusted) -> tuple[int, str] | None:
    """Return the size and root a checkpoint states, None where no trusted key signed it for this ledger."""
    for name, public in trusted:
        try:
            text = verified_text(row.note, name, public, partial(keys.signed_by, public))
        except Invalid:
            continue
        stated = parse_checkpoint(text)
        return (stated.size, stated.root) if stated.origin == head.origin(name) else None
    return None


def _logged(events: QuerySet[Event]) -> defaultdict[UUID, dict[int, str]]:
    """Return the roots that the log of checkpoints holds, by ledger and size."""
    found: defaultdict[UUID, dict[int, str]] = defaultdict(dict)
    for data in list(events.filter(head=LOG, name=SIGNED).order_by("seq").values_list("data", flat=True)):
        with suppress(KeyError, TypeError, ValueError):  # an altered event, which its leaf shows
            found[UUID(data["head"])][data["size"]] = data["root"]
    return found
