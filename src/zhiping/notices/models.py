"""The inbox, and the addresses other systems asked to be told at."""

from django.db import models

from zhiping.accounts.models import User
from zhiping.ids import uuid7


class Notice(models.Model):
    """Something a person should know, as a code of the catalogue with its data, and where to go."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    to = models.ForeignKey(User, models.CASCADE, related_name="notices")
    code = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField()
    read = models.DateTimeField(null=True)
    mailed = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-created",)
        indexes = (models.Index(fields=("to", "read", "-created"), name="notices_inbox"),)

    def __str__(self) -> str:
        return f"{self.to}: {self.code}"


class Webhook(models.Model):
    """An address of another system that is told of events, signed with a shared secret."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=60)
    url = models.URLField(max_length=300)
    secret = models.CharField(max_length=80)
    events = models.CharField(max_length=300, blank=True)  # names, separated by spaces; empty: all
    active = models.BooleanField(default=True)
    last_status = models.CharField(max_length=200, blank=True)
    last_tried = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
