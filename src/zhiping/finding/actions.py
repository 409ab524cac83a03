"""Keep the index in step with the ledgers."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from zhiping.domain.identity import searchable
from zhiping.finding.models import Entry, Indexed, Text, id_of
from zhiping.finding.queries import SEARCHED, VERSION, behind
from zhiping.finding.words import grams
from zhiping.ledger.act import Act
from zhiping.web.searching import Searched, Words, lines

BATCH = 200  # ledgers in one transaction


def index_changed(act: Act) -> int:
    """Index what changed: the ledgers that have another size than when they were indexed; return how many.

    Sizes are read before texts. What commits in between changes a size again, so the next run finds it; a run
    that is killed leaves its last batch to the next.
    """
    act.require("finding.index_changed")
    done = 0
    while grown := behind(BATCH):
        with transaction.atomic():
            _index(grown)
        done += len(grown)
    return done


def rebuild(act: Act) -> int:
    """Make the whole index again; return the number of ledgers."""
    act.require("finding.rebuild")
    with transaction.atomic():
        Indexed.objects.all().delete()
        Text.objects.all().delete()
        Entry.objects.all().delete()
    return index_changed(act)


def _index(grown: Mapping[UUID, int]) -> None:
    for rank, one in enumerate(SEARCHED):
        found = list(one.words(grown.keys()))
        old = Entry.objects.filter(Q(ledger__in=grown) | Q(key__in=[w.key for w in found]), kind=one.kind)
        Text.objects.filter(entry__in=old.values("pk")).delete()
        old.delete()
        _add(rank, one, found)
    rows = [Indexed(head_id=key, size=size, version=VERSION) for key, size in grown.items()]
    names = ("size", "version")
    Indexed.objects.bulk_create(rows, update_conflicts=True, unique_fields=("head",), update_fields=names)


def _add(rank: int, searched: Searched, found: list[Words]) -> None:
    """Insert entries with their texts."""
    entries = Entry.objects.bulk_create([_entry(rank, searched.kind, one) for one in found])
    Text.objects.bulk_create(
        [_text(entry, one) for entry, one in zip(entries, found, strict=True)], batch_size=200
    )


def _entry(rank: int, kind: str, one: Words) -> Entry:
    key = id_of(rank, one.year, one.key)
    return Entry(id=key, kind=kind, year=one.year, key=one.key, ledger=one.ledger)


def _text(entry: Entry, one: Words) -> Text:
    folded = searchable(lines(one.title, one.body))
    return Text(entry=entry, title=one.title, body=one.body, folded=folded, grams=grams(folded))
