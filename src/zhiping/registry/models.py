"""Platforms, their sites and the events that restart an evaluation (3, 6.1)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from zhiping.accounts.models import Organisation, Region, User
from zhiping.ids import uuid7
from zhiping.ledger.models import NameKey, WithLedger


class Platform(WithLedger):
    """A quality infrastructure one-stop service platform (3.3): what is evaluated.

    `last_evaluated` and `last_grade` are what is known of evaluations from before this system; `due` and
    `due_warning` follow from them by `domain.schedule.annual` and are stored, so lists can sort.
    """

    class Channel(models.TextChoices):
        """The ways in which a platform serves."""

        OFFLINE = "offline"
        ONLINE = "online"
        BOTH = "both"

    name = models.CharField(max_length=120)
    name_key = NameKey(max_length=200)
    operator = models.ForeignKey(Organisation, models.PROTECT, related_name="platforms")
    region = models.ForeignKey(Region, models.PROTECT, related_name="platforms")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    url = models.URLField(max_length=300, blank=True)
    service_start = models.DateField(null=True, blank=True)
    ended = models.DateField(null=True, blank=True)
    ended_reason = models.CharField(max_length=300, blank=True)
    last_evaluated = models.DateField(null=True, blank=True)
    last_grade = models.CharField(max_length=12, blank=True)
    due = models.DateField(null=True)
    due_warning = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("operator", "name_key"), name="registry_platform_name"),
            models.CheckConstraint(
                condition=Q(ended__isnull=True)
                | Q(service_start__isnull=True)
                | Q(ended__gte=models.F("service_start")),
                name="registry_platform_dates",
            ),
        )
        indexes = (
            models.Index(fields=("region", "name"), name="registry_platform_region"),
            models.Index(fields=("due",), name="registry_platform_due"),
        )

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A counter or hall of a platform."""

    LEDGER: ClassVar = "platform"

    id = models.UUIDField(primary_key=True, default=uuid7)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="sites")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    closed = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("platform", "name"), name="registry_site_name"),)

    def __str__(self) -> str:
        return self.name


class Trigger(models.Model):
    """An event at a platform that may restart an evaluation (6.1.2), and whether it is important."""

    LEDGER: ClassVar = "platform"

    class Kind(models.TextChoices):
        """The four kinds the standard names."""

        EMERGENCY = "emergency"
        MANAGER = "manager"
        SOFTWARE = "software"
        HARDWARE = "hardware"

    id = models.UUIDField(primary_key=True, default=uuid7)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="triggers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    happened = models.DateField()
    description = models.TextField(max_length=2000)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reported = models.DateTimeField()
    important = models.BooleanField(null=True)
    reason = models.TextField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided = models.DateTimeField(null=True)
    due = models.DateField(null=True)  # last day to start, where important
    met = models.DateField(null=True)  # the day the evaluation it called for was started
    view = models.TextField(max_length=2000, blank=True)  # what the operator's head thinks of it

    class Meta:
        ordering = ("-happened", "-reported")
        constraints = (
            models.CheckConstraint(
                condition=Q(important__isnull=True, decided__isnull=True, decided_by__isnull=True, reason="")
                | (
                    Q(important__isnull=False, decided__isnull=False, decided_by__isnull=False)
                    & ~Q(reason="")
                ),
                name="registry_trigger_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(due__isnull=True) | Q(important=True), name="registry_trigger_due_if_important"
            ),
        )
        indexes = (models.Index(fields=("important", "due"), name="registry_trigger_open"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.happened}"
