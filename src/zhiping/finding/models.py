"""The index of the search: things, their texts, and how far each ledger is indexed."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from zhiping.ledger.models import Head

KEY_BITS = 46  # 17 are the place, one the sign
_DERIVED = "derived from what is recorded; made again by `zhiping reindex`"


class Entry(models.Model):
    """A thing that is found. Its id orders results: by kind, the latest year first (`id_of`)."""

    NOT_RECORDED: ClassVar = _DERIVED

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField(null=True)
    key = models.UUIDField()
    ledger = models.UUIDField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="finding_entry_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


def id_of(rank: int, year: int | None, key: UUID) -> int:
    """Return the id of an entry: the rank of its kind, its year, and KEY_BITS of its key.

    The bits are random in a UUID of version 7: 10,000 things of a kind and year have two alike once in a
    million installations.
    """
    place = rank * 10_000 + 9_999 - (year or 0)
    return place << KEY_BITS | key.int & (1 << KEY_BITS) - 1


class Text(models.Model):
    """The texts of a thing: as they are shown, as they are compared, and their grams (`finding.words`).

    The migration indexes the grams in the way of each database.
    """

    NOT_RECORDED: ClassVar = _DERIVED

    entry = models.OneToOneField(Entry, models.CASCADE, primary_key=True, related_name="text")
    title = models.TextField()
    body = models.TextField()
    folded = models.TextField()
    grams = models.TextField()

    def __str__(self) -> str:
        return self.title


class Indexed(models.Model):
    """The size of a ledger when its texts were read, and the version of the code that read them."""

    NOT_RECORDED: ClassVar = _DERIVED

    head = models.OneToOneField(Head, models.CASCADE, primary_key=True, related_name="+")
    size = models.PositiveIntegerField()
    version = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.head_id} {self.size}"
