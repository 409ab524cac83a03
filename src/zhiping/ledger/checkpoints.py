"""Checkpoints: signed statements of a ledger's size and root, and the log of all that were signed.

Whoever holds one, on paper or in a file, can tell whether the ledger has only grown since.
"""

import datetime as dt
from contextlib import suppress

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce

from zhiping.domain.errors import AlreadyDone
from zhiping.domain.transparency import checkpoint_text, root, signed_note
from zhiping.ledger import actions, keys
from zhiping.ledger.models import KEY_NAMED, LOG, SIGNED, Checkpoint, Event, Head, Leaf

BATCH = 200  # ledgers in one transaction, so that others wait less than half a second


def checkpoint(head: Head, *, at: dt.datetime) -> Checkpoint:
    """Sign a ledger as it stands and enter that into the log; return what was signed for this size before."""
    with transaction.atomic():
        return _sign(head, _log(at), at)


def sign_grown(*, now: dt.datetime) -> int:
    """Sign every ledger that has grown since its last checkpoint, then the log; return how many."""
    signed = 0
    while True:
        with transaction.atomic():
            log = _log(now)
            heads = list(grown().exclude(id=LOG)[:BATCH])
            for head in heads:
                _sign(head, log, now)
            log.refresh_from_db()
            if not Checkpoint.objects.filter(head=log, size=log.size).exists():
                _note(log, root_of(log), now).save(force_insert=True)
        signed += len(heads)
        if len(heads) < BATCH:
            return signed


def grown() -> QuerySet[Head, Head]:
    """Return the ledgers whose last event is in no checkpoint yet."""
    last = Coalesce(Max("checkpoints__size"), 0)
    return Head.objects.annotate(signed=last).filter(size__gt=F("signed")).order_by("id")


def root_of(head: Head) -> str:
    """Return the root over a ledger's leaves up to the size its head names."""
    return root(list(leaves(head)))


def leaves(head: Head) -> QuerySet[Leaf, str]:
    """Return the hashes of a ledger's entries in order, up to the size its head names."""
    rows = Leaf.objects.filter(head=head, seq__lt=head.size).order_by("seq")
    return rows.values_list("hash", flat=True)


def _log(at: dt.datetime) -> Head:
    """Return the log's head with the turn taken, its key named in it."""
    if not Head.objects.filter(id=LOG).exists():
        with suppress(AlreadyDone), actions.begin("checkpoints", "checkpoints.begun", by=None, at=at, id=LOG):
            pass
    log = Head.objects.select_for_update().get(id=LOG)
    named = Event.objects.filter(head=LOG, name=KEY_NAMED).order_by("-seq").first()
    if named is None or named.data["key"] != keys.own().public:
        with actions.record(log, KEY_NAMED, by=None, at=at) as entry:
            entry.data = {"key": keys.own().public}
    return log


def _sign(head: Head, log: Head, at: dt.datetime) -> Checkpoint:
    made = Checkpoint.objects.filter(head=head, size=head.size).first()
    if made is None:
        tree = root_of(head)
        made = _note(head, tree, at)
        with actions.record(log, SIGNED, by=None, at=at) as entry:
            entry.data = {"head": str(head.id), "size": head.size, "root": tree}
            made.save(force_insert=True)
    return made


def _note(head: Head, tree: str, at: dt.datetime) -> Checkpoint:
    key = keys.own()
    text = checkpoint_text(head.origin(key.name), head.size, tree)
    note = signed_note(text, key.name, key.id, key.private.sign(text.encode()))
    return Checkpoint(head=head, size=head.size, at=at, note=note)
