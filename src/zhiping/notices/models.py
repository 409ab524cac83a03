"""Notices, e-mail preferences, webhooks and their deliveries."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from zhiping.ids import uuid7
from zhiping.ledger.models import SYSTEM
from zhiping.texts.catalogue import say


class Notice(models.Model):
    """A notice to one person: code and data of a text in the catalogue, and the page to open.

    The text is rendered when shown, because the reader may change the language.
    """

    NOT_RECORDED = "an inbox; each notice repeats an event"

    id = models.UUIDField(primary_key=True, default=uuid7)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    code = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField()
    read = models.DateTimeField(null=True)
    mailed = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created",)
        indexes = (models.Index(fields=("to", "read", "-created"), name="notices_inbox"),)

    def __str__(self) -> str:
        return f"{self.to}: {self.code}"

    def text(self) -> str:
        """Return the text of the notice; code `draw.done` has the key `draw.notices.done`.

        Returns the code for an old notice whose text was removed or needs other data.
        """
        area, _, name = self.code.partition(".")
        try:
            return say(f"{area}.notices.{name}", **self.data)
        except (KeyError, FileNotFoundError):
            return self.code


class Preference(models.Model):
    """A user's preferences; without a row, notices are e-mailed too."""

    NOT_RECORDED = "a preference of the person"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preference"
    )
    mail = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.mail}"


class Webhook(models.Model):
    """A URL of another system that receives events, signed with a shared secret.

    The secret is derived from the server's key, the primary key and `turn`, so it is not stored.
    """

    LEDGER: ClassVar = SYSTEM
    UNRECORDED: ClassVar = dict.fromkeys(
        ("swept", "due", "last_status", "last_tried"), "progress of deliveries"
    )

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=60)
    url = models.URLField(max_length=300)
    turn = models.PositiveIntegerField(default=1)  # number of the current secret
    events = models.JSONField(default=list)  # names of events; empty: all
    active = models.BooleanField(default=True)
    created = models.DateTimeField()
    swept = models.DateTimeField()  # events up to this time have been collected
    due = models.DateTimeField()  # earliest time of the next delivery: later after a claim or a failure
    last_status = models.CharField(max_length=20, blank=True)
    last_tried = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """An event to send to a webhook, until accepted or given up; the primary key is the order of sending."""

    NOT_RECORDED = "a queue of events that the ledgers hold"

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.UUIDField()
    payload = models.JSONField()
    created = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=20, blank=True)  # an HTTP status, or a key of `notices.statuses`
    done = models.DateTimeField(null=True)
    taken = models.BooleanField(default=False)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("webhook", "event"), name="notices_delivery_once"),)
        indexes = (models.Index(fields=("webhook", "done"), name="notices_delivery_open"),)

    def __str__(self) -> str:
        return f"{self.webhook}: {self.event}"
