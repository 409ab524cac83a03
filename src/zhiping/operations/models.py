"""Addresses outside the server that keep its checkpoints."""

from typing import ClassVar

from django.db import models

from zhiping.accounts.models import Organisation
from zhiping.ids import uuid7


class Keeper(models.Model):
    """An e-mail address or URL to which an authority has a checkpoint sent every day."""

    LEDGER: ClassVar = "organisation"
    UNRECORDED: ClassVar = dict.fromkeys(("sent", "tried", "status"), "progress of sending")

    id = models.UUIDField(primary_key=True, default=uuid7)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="keepers")
    address = models.CharField(max_length=300)
    added = models.DateTimeField()
    sent = models.DateTimeField(null=True)  # the last one that was accepted
    tried = models.DateTimeField(null=True)
    status = models.CharField(max_length=20, blank=True)  # an HTTP status, or a key of `notices.statuses`

    class Meta:
        ordering = ("address",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "address"), name="operations_keeper_once"),
        )

    def __str__(self) -> str:
        return self.address
