"""Queries of the ledger: the history of a thing, and verification."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from uuid import UUID

from django.db.models import QuerySet, UUIDField

from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.transparency.note import parse_checkpoint, verified_text
from zhiping.domain.transparency.tree import leaf_hash, root
from zhiping.ledger import keys
from zhiping.ledger.models import KEY_NAMED, LOG, SIGNED, Checkpoint, Event, Head, Leaf
from zhiping.statements import Given, Statement

BATCH = 500  # ledgers; their heads are read in a few milliseconds

_TIMELINE = Statement(
    lambda: Event.objects.filter(head=Given("head", UUIDField())).select_related("by").order_by("-seq")
)


def timeline(head_id: UUID) -> list[Event]:
    """Return the events of a thing with the people who caused them, the latest first."""
    return _TIMELINE.things(head=head_id)


def verify(head: Head) -> list[Problem]:
    """Verify a ledger: recompute its leaves and roots from its events and compare them with all checkpoints.

    Returns the differences, each with its place. A change of events, leaves, checkpoints and their log
    together can only be detected by a checkpoint kept elsewhere.
    """
    return _verify(head, _keys(), _signed_sizes(head))


def verify_all() -> Iterator[tuple[Head, list[Problem]]]:
    """Verify every ledger; return those with differences, and signed ones that are missing."""
    named = _keys()
    logged: dict[str, list[int]] = defaultdict(list)
    for data in Event.objects.filter(head=LOG, name=SIGNED).values_list("data", flat=True):
        logged[data["head"]].append(data["size"])
    lost = set(logged)
    for ids in _batched(list(Head.objects.order_by("id").values_list("id", flat=True))):
        for head in Head.objects.filter(id__in=ids).order_by("id"):
            lost.discard(str(head.id))
            if faults := _verify(head, named, logged[str(head.id)]):
                yield head, faults
    for head_id in sorted(lost):
        yield Head(id=UUID(head_id), size=max(logged[head_id])), [Problem("ledger.lost", {"ledger": head_id})]


def _batched(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """Return ids in batches, each small enough to be read whole.

    SQLite admits no writer while a cursor is open, so none is open while a ledger is verified.
    """
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _verify(head: Head, named: Sequence[tuple[str, bytes]], logged: Sequence[int]) -> list[Problem]:
    hashes = dict(Leaf.objects.filter(head=head).values_list("seq", "hash"))
    events = Event.objects.filter(head=head).order_by("seq")
    known = list(Checkpoint.objects.filter(head=head).select_related("head").order_by("size"))
    return [
        *_order(head, sorted(hashes)),
        *_bodies(events, hashes),
        *_checkpoints(known, named, _in_order(hashes)),
        *_log(head, {row.size for row in known}, set(logged)),
    ]


def _in_order(hashes: dict[int, str]) -> list[str]:
    return [hashes[seq] for seq in sorted(hashes)]


def _order(head: Head, found: Sequence[int]) -> Iterator[Problem]:
    """Check that there is one event for each number up to the size, and no other."""
    wanted, there = set(range(head.size)), set(found)
    yield from (Problem("ledger.entry_lost", {"place": seq}) for seq in sorted(wanted - there))
    yield from (Problem("ledger.entry_added", {"place": seq}) for seq in sorted(there - wanted))


def _bodies(events: QuerySet[Event], hashes: dict[int, str]) -> Iterator[Problem]:
    """Check that every leaf is the hash of its event."""
    bodies = {event.seq: leaf_hash(event.body()) for event in events}
    for seq in sorted(bodies.keys() | hashes.keys()):
        if seq not in bodies:
            yield Problem("ledger.event_lost", {"place": seq})
        elif bodies[seq] != hashes.get(seq):
            yield Problem("ledger.event_altered", {"place": seq})


def _checkpoints(
    known: Sequence[Checkpoint], named: Sequence[tuple[str, bytes]], hashes: Sequence[str]
) -> Iterator[Problem]:
    """Check that every checkpoint is signed by a key of the log and agrees with the ledger."""
    for row in known:
        stated = _stated(row, named)
        if stated is None:
            yield Problem("ledger.checkpoint_forged", {"size": row.size})
        elif stated != (row.size, root(hashes[: row.size])) or row.size > len(hashes):
            yield Problem("ledger.checkpoint_broken", {"size": row.size})


def _keys() -> list[tuple[str, bytes]]:
    texts = {keys.own().public}
    texts.update(event.data["key"] for event in Event.objects.filter(head=LOG, name=KEY_NAMED))
    return [keys.read_public(text) for text in sorted(texts)]


def _stated(row: Checkpoint, named: Sequence[tuple[str, bytes]]) -> tuple[int, str] | None:
    """Return size and root of a checkpoint; None if it is not signed for this ledger by a known key."""
    for name, public in named:
        try:
            text = verified_text(row.note, name, public, partial(keys.signed_by, public))
        except Invalid:
            continue
        stated = parse_checkpoint(text)
        return (stated.size, stated.root) if stated.origin == row.head.origin(name) else None
    return None


def _signed_sizes(head: Head) -> list[int]:
    """Return the sizes at which a ledger was signed, according to the log."""
    rows = Event.objects.filter(head=LOG, name=SIGNED, data__head=str(head.id))
    return [data["size"] for data in rows.values_list("data", flat=True)]


def _log(head: Head, kept: set[int], logged: set[int]) -> Iterator[Problem]:
    """Check that the checkpoints are exactly those in the log; the log's own are not in it."""
    yield from (Problem("ledger.checkpoint_lost", {"size": size}) for size in sorted(logged - kept))
    if head.id != LOG:
        yield from (Problem("ledger.checkpoint_not_logged", {"size": size}) for size in sorted(kept - logged))
