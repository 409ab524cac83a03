"""The index of the search: things, their texts, and how far each ledger is indexed."""

from typing import ClassVar

from django.db import models

from zhiping.ledger.models import Head

_DERIVED = "derived from what is recorded; made again by `zhiping reindex`"


class Entry(models.Model):
    """A thing that is found. `place` orders results: by kind, the latest year first."""

    NOT_RECORDED: ClassVar = _DERIVED

    kind = models.CharField(max_length=12)
    place = models.PositiveIntegerField()
    year = models.PositiveSmallIntegerField(null=True)
    key = models.UUIDField()
    ledger = models.UUIDField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="finding_entry_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


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

    head = models.OneToOneField(Head, models.PROTECT, primary_key=True, related_name="+")
    size = models.PositiveIntegerField()
    version = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.head_id} {self.size}"
