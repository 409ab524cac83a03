"""The inbox, and the addresses other systems asked to be told at."""

from django.db import models

from zhiping.accounts.models import User
from zhiping.ids import uuid7
from zhiping.texts.catalogue import sayer


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

    def said(self, language: str) -> str:
        """Say the notice: `draw.done` stands in the catalogue as `draw.notices.done`.

        One from long ago, whose text is gone or asks for other data, is told by its code.
        """
        area, _, name = self.code.partition(".")
        try:
            return sayer(language)(f"{area}.notices.{name}", **self.data)
        except (KeyError, FileNotFoundError):
            return self.code


class Preference(models.Model):
    """How somebody wants to be told; without a row, by e-mail too."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="preference")
    mail = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.mail}"


class Webhook(models.Model):
    """An address of another system that is told of events, signed with a shared secret.

    The secret follows from the server's key, the identifier and `turn`, so no table holds it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=60)
    url = models.URLField(max_length=300)
    turn = models.PositiveIntegerField(default=1)  # how often a secret was made
    events = models.JSONField(default=list)  # names; empty: all that may go out
    active = models.BooleanField(default=True)
    created = models.DateTimeField()
    swept = models.DateTimeField()  # events are collected up to here
    due = models.DateTimeField()  # not before this moment: another worker is at it, or it failed just now
    last_status = models.CharField(max_length=20, blank=True)
    last_tried = models.DateTimeField(null=True)

    class Meta:
        """By name."""

        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event for one address: sent until it is taken, or given up; numbered in the order of sending."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.UUIDField()
    payload = models.JSONField()
    created = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=20, blank=True)  # an HTTP status, or a code of `notices.statuses`
    done = models.DateTimeField(null=True)
    taken = models.BooleanField(default=False)

    class Meta:
        """An event once per address; the oldest goes first."""

        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("webhook", "event"), name="notices_delivery_once"),)
        indexes = (models.Index(fields=("webhook", "done"), name="notices_delivery_open"),)

    def __str__(self) -> str:
        return f"{self.webhook}: {self.event}"
