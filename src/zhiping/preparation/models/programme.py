"""A year's or a trip's set of evaluations with one set of rules."""

from django.db import models

from zhiping.accounts.models import Organisation
from zhiping.domain.policy import Policy
from zhiping.ids import uuid7
from zhiping.ledger.models import Kept
from zhiping.rubrics.models import Rubric


def default_policy() -> dict[str, object]:
    """Return the rulings an authority's programme starts with."""
    return dict(Policy().as_data())


class Programme(Kept):
    """A set of evaluations under one rubric, policy and guidance; phases `draft`, `frozen`, `closed`.

    Policy (`domain.policy`) and guidance (criterion id → how it is read) can be edited while `draft`.
    """

    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="programmes")
    name = models.CharField(max_length=120)
    year = models.PositiveSmallIntegerField()
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="+")
    policy = models.JSONField(default=default_policy)
    policy_reason = models.TextField(max_length=1000, blank=True)  # for deadlines longer than usual
    guidance = models.JSONField(default=dict)
    basis = models.TextField(max_length=2000, blank=True)
    period_start = models.DateField()
    period_end = models.DateField()

    class Meta:
        """A name once per authority."""

        ordering = ("-year", "name")
        constraints = (
            models.UniqueConstraint(fields=("authority", "name"), name="preparation_programme_name"),
            models.CheckConstraint(
                condition=models.Q(period_end__gte=models.F("period_start")),
                name="preparation_programme_period",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Trip(models.Model):
    """One team visiting several platforms."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="trips")
    name = models.CharField(max_length=120)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    note = models.TextField(max_length=1000, blank=True)

    class Meta:
        """A name once per programme."""

        ordering = ("starts", "name")
        constraints = (
            models.UniqueConstraint(fields=("programme", "name"), name="preparation_trip_name"),
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("starts")),
                name="preparation_trip_dates",
            ),
        )

    def __str__(self) -> str:
        return self.name
