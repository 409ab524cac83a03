"""Checkpoints: signed statements of a ledger's size and root, and the log of all that were signed.

A checkpoint kept elsewhere, on paper or in a file, proves that the ledger has only grown since.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce

from zhiping.domain.transparency.note import checkpoint_text, signed_note
from zhiping.domain.transparency.tree import root
from zhiping.ids import uuid7
from zhiping.ledger import keys
from zhiping.ledger.act import Act
from zhiping.ledger.batch import Sent
from zhiping.ledger.models import KEY_NAMED, LOG, SIGNED, Checkpoint, Event, Head, Leaf, open_to_view
from zhiping.ledger.system import system
from zhiping.permissions import allow_clock

SIGN = "ledger.sign_checkpoints"
allow_clock(SIGN)
BATCH = 100  # ledgers per transaction, so that other writers wait 250 ms at most


def checkpoint(head: Head, *, at: dt.datetime) -> Checkpoint:
    """Sign a ledger as it is now and log it; return the existing checkpoint where this size is signed."""
    with transaction.atomic():
        log = _log(at)
        if not Checkpoint.objects.filter(head=head, size=head.size).exists():
            _sign([head], log, at)
        return Checkpoint.objects.get(head=head, size=head.size)


def sign_grown(*, now: dt.datetime) -> int:
    """Sign every ledger that has grown since its last checkpoint, then the log; return how many."""
    signed, more = 0, True
    while more:
        with transaction.atomic():
            log = _log(now)
            heads = list(grown().exclude(id=LOG)[:BATCH])
            _sign(heads, log, now)
        signed, more = signed + len(heads), len(heads) == BATCH
    with transaction.atomic():
        log = _log(now)
        if not Checkpoint.objects.filter(head=log, size=log.size).exists():
            _note(log, root_of(log), now).save(force_insert=True)
    return signed


def grown() -> QuerySet[Head, Head]:
    """Return the ledgers whose last event is in no checkpoint yet, but for hidden ones."""
    last = Coalesce(Max("checkpoints__size"), 0)
    return (
        Head.objects.filter(open_to_view()).annotate(signed=last).filter(size__gt=F("signed")).order_by("id")
    )


def root_of(head: Head) -> str:
    """Return the root over a ledger's leaves up to the size in its head."""
    return _roots([head])[0]


def _roots(heads: Sequence[Head]) -> list[str]:
    leaves: dict[UUID, list[str]] = {head.id: [] for head in heads}
    rows = Leaf.objects.filter(head__in=heads).order_by("head", "seq")  # a batch at most
    for head_id, hashed in rows.values_list("head", "hash"):
        leaves[head_id].append(hashed)
    return [root(leaves[head.id][: head.size]) for head in heads]


def _log(at: dt.datetime) -> Head:
    """Return the locked head of the log, in which the current key is named."""
    system(at, LOG)
    log = Head.objects.select_for_update().get(id=LOG)
    named = Event.objects.filter(head=LOG, name=KEY_NAMED).order_by("-seq").first()
    if named is None or named.data["key"] != keys.own().public:
        with Act.clock(at).record(SIGN, log, KEY_NAMED) as entry:
            entry.data = keys.naming(named.data["key"] if named else None)
    return log


def _sign(heads: Sequence[Head], log: Head, at: dt.datetime) -> None:
    trees = _roots(heads)
    signed = [
        Sent(uuid7(), {"head": str(head.id), "size": head.size, "root": tree})
        for head, tree in zip(heads, trees, strict=True)
    ]
    Act.clock(at).record_batch(SIGN, log, SIGNED, signed, judge=lambda one: one.data)
    Checkpoint.objects.bulk_create([_note(head, tree, at) for head, tree in zip(heads, trees, strict=True)])


def _note(head: Head, tree: str, at: dt.datetime) -> Checkpoint:
    key = keys.own()
    text = checkpoint_text(head.origin(key.name), head.size, tree)
    note = signed_note(text, key.name, key.id, key.private.sign(text.encode()))
    return Checkpoint(head=head, size=head.size, at=at, note=note)
