"""Tables of the ledger: heads, events with their leaves, checkpoints, the audit log."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models

from zhiping.domain.identity import folded
from zhiping.domain.lifecycle import HIDDEN
from zhiping.ids import uuid7

LOG = UUID("00000000-0000-7000-8000-000000000001")  # the ledger of all checkpoints
LOG_KIND = "checkpoints"
SYSTEM = UUID("00000000-0000-7000-8000-000000000002")  # of what belongs to the installation as a whole
SEALS = UUID("00000000-0000-7000-8000-000000000003")  # of the rows of the audit log
RESERVED = {LOG: LOG_KIND, SYSTEM: "system", SEALS: "audit"}
SIGNED, KEY_NAMED = "checkpoint.signed", "checkpoint.key_named"  # its events
SEALED = "audit.sealed"  # the event of a seal
VERIFIED = "ledger.verified"  # what the audit log calls a verification of all of them
APPEND_ONLY = ("ledger_event", "ledger_leaf", "ledger_audit", "ledger_checkpoint", "ledger_tombstone")
DISPOSABLE = {"ledger_event": "ledger_tombstone.head_id = OLD.head_id AND OLD.seq < ledger_tombstone.size"}


class Head(models.Model):
    """The row that is locked for every change of a thing: number of events, and phase."""

    NOT_RECORDED = "its phase and kind follow from the events, and are compared with them"

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField(max_length=20)
    phase = models.CharField(max_length=20, default="", blank=True)
    size = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=("kind", "phase"), name="ledger_head_kind_phase"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.id} {self.phase} {self.size}"

    @property
    def head(self) -> "Head":
        """Return the head itself, so that ledgers without a thing are written to in the same way."""
        return self

    def origin(self, name: str) -> str:
        """Return a globally unique name of the ledger; `name` is that of the installation."""
        return f"{name}/{self.kind}/{self.id}"


def open_to_view() -> models.Q:
    """Return the condition on heads that excludes hidden things (domain.lifecycle.HIDDEN).

    Their size, times and roots are in no count, checkpoint or report that others read.
    """
    hidden = models.Q()
    for kind, phases in HIDDEN.items():
        hidden |= models.Q(kind=kind, phase__in=phases)
    return ~hidden


class Event(models.Model):
    """One change with its user, time and data: the content that a leaf is the hash of."""

    NOT_RECORDED = "it is the record, and compared with its leaf"

    id = models.UUIDField(primary_key=True, default=uuid7)
    head = models.ForeignKey(Head, models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_index=True)
    data = models.JSONField(default=dict)
    nonce = models.CharField(max_length=32)
    sent = models.CharField(max_length=64, blank=True)  # keyed fingerprint of the request; not in the leaf

    class Meta:
        constraints = (models.UniqueConstraint(fields=("head", "seq"), name="ledger_event_order"),)

    def __str__(self) -> str:
        return f"{self.head_id}/{self.seq} {self.name}"

    def body(self) -> dict[str, Any]:
        """Return the value that the leaf is the hash of."""
        return {
            "at": self.at.astimezone(dt.UTC).isoformat(),
            "by": str(self.by_id) if self.by_id else None,
            "data": self.data,
            "head": str(self.head_id),
            "id": str(self.id),
            "name": self.name,
            "nonce": self.nonce,
            "seq": self.seq,
        }


class Leaf(models.Model):
    """The hash of one event (RFC 6962): kept even after the content is disposed of."""

    NOT_RECORDED = "it is the record, and compared with signed roots"

    head = models.ForeignKey(Head, models.PROTECT, related_name="leaves")
    seq = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("head", "seq"), name="ledger_leaf_order"),)

    def __str__(self) -> str:
        return f"{self.head_id}/{self.seq} {self.hash}"


class Checkpoint(models.Model):
    """A signed statement of a ledger's size and root (C2SP signed note)."""

    NOT_RECORDED = "signed, and named in the log of checkpoints"

    id = models.UUIDField(primary_key=True, default=uuid7)
    head = models.ForeignKey(Head, models.PROTECT, related_name="checkpoints")
    size = models.PositiveIntegerField()
    at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("head", "size"), name="ledger_checkpoint_size"),)

    def __str__(self) -> str:
        return self.note


class Tombstone(models.Model):
    """A disposal by two people: what a ledger held below `size` is gone, its leaf hashes stay.

    `phase`: that of the thing then. `event`: the entry of the decision, which names every ledger disposed of.
    """

    NOT_RECORDED = "named by the entry of the decision, and compared with it"

    head = models.OneToOneField(Head, models.PROTECT, primary_key=True, related_name="tombstone")
    size = models.PositiveIntegerField()
    phase = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()
    event = models.UUIDField()
    proposed_by = models.UUIDField()
    decided_by = models.UUIDField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(proposed_by=models.F("decided_by")), name="ledger_tombstone_two_people"
            ),
        )

    def __str__(self) -> str:
        return f"{self.head_id} {self.size}"


class Audit(models.Model):
    """An entry of the audit log for what changes no thing: sign-in, restricted read, export, denial."""

    NOT_RECORDED = "its hash is sealed in a ledger every minute"

    id = models.UUIDField(primary_key=True, default=uuid7)
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action} {self.subject}"


class NameKey(models.CharField[str, str]):
    """The `name` of a row in the form in which names are compared, for unique constraints."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001 - Django's signature
        """Follow the name."""
        key = folded(model_instance.name)  # type: ignore[attr-defined] # every model with a key has a name
        setattr(model_instance, self.attname, key)
        return key


def with_name_keys(row: models.Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes of a row with the key that follows from a new name."""
    keys = [f.name for f in row._meta.concrete_fields if isinstance(f, NameKey)] if "name" in values else []  # noqa: SLF001 - Django's own name
    return {**values, **{key: folded(values["name"]) for key in keys}}


class WithLedger(models.Model):
    """A thing with a ledger of its own; its identifier is its head's."""

    LEDGER: ClassVar[Any] = "pk"

    head = models.OneToOneField(Head, models.PROTECT, primary_key=True, related_name="+")

    class Meta:
        abstract = True
