"""Programmes, their trips, and evaluations: one platform, one rubric version, one period."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from zhiping.accounts.models import Organisation
from zhiping.domain.evaluation import KINDS, REASONS
from zhiping.domain.lifecycle import State
from zhiping.domain.policy import Policy
from zhiping.ids import uuid7
from zhiping.ledger.models import WithLedger
from zhiping.registry.models import Platform, Trigger
from zhiping.rubrics.models import Rubric


def default_policy() -> dict[str, object]:
    """Return the rulings an authority's programme starts with."""
    return dict(Policy().as_data())


class Programme(WithLedger):
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
    letters = models.JSONField(default=dict)  # what its letters share (domain.letters)
    basis = models.TextField(max_length=2000, blank=True)
    period_start = models.DateField()
    period_end = models.DateField()

    class Meta:
        ordering = ("-year", "name")
        constraints = (
            models.UniqueConstraint(fields=("authority", "name"), name="evaluations_programme_name"),
            models.CheckConstraint(
                condition=models.Q(period_end__gte=models.F("period_start")),
                name="evaluations_programme_period",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Trip(models.Model):
    """One team visiting several platforms."""

    LEDGER: ClassVar = "programme"

    id = models.UUIDField(primary_key=True, default=uuid7)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="trips")
    name = models.CharField(max_length=120)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    note = models.TextField(max_length=1000, blank=True)

    class Meta:
        ordering = ("starts", "name")
        constraints = (
            models.UniqueConstraint(fields=("programme", "name"), name="evaluations_trip_name"),
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("starts")),
                name="evaluations_trip_dates",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Evaluation(WithLedger):
    """An evaluation (6.1.3); its state is its ledger's phase (`domain.lifecycle`).

    `policy` and `guidance` are copied from the programme when the first mark becomes possible; before that an
    evaluation of a programme follows the programme's. `authority` is empty for a self-evaluation.
    `visit_office`: the office below that plans and records the visit, while that is delegated. `grade` and
    `score` (the graded one, as printed) are of its result once it is concluded.
    """

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="evaluations")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="evaluations")
    trip = models.ForeignKey(Trip, models.PROTECT, null=True, related_name="evaluations")
    authority = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    reason = models.CharField(max_length=10, choices=[(r, r) for r in REASONS])
    trigger = models.ForeignKey(Trigger, models.PROTECT, null=True, related_name="evaluations")
    purpose = models.CharField(max_length=300, blank=True)
    period_start = models.DateField()
    period_end = models.DateField()
    policy = models.JSONField(default=dict)
    guidance = models.JSONField(default=dict)
    letters = models.JSONField(default=dict)  # its own letters; what they leave out is the programme's
    start_by = models.DateField(null=True)  # last day to start, from trigger or annual clock
    visit_start = models.DateField(null=True, blank=True)
    visit_end = models.DateField(null=True, blank=True)
    visit_place = models.CharField(max_length=200, blank=True)
    visit_office = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    created = models.DateField()
    urged = models.DateField(null=True)  # the day of the last reminder by an office that does not run it
    grade = models.CharField(max_length=12, blank=True)
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    suspended = models.DateTimeField(null=True)
    suspended_in = models.CharField(max_length=20, blank=True)  # the phase to which resuming leads back
    cancelled = models.DateTimeField(null=True)
    cancelled_in = models.CharField(max_length=20, blank=True)  # the phase to which restoring leads back

    class Meta:
        indexes = (models.Index(fields=("start_by", "head"), name="evaluations_evaluation_start"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="authority", authority__isnull=False)
                | Q(kind="self", authority__isnull=True, programme__isnull=True),
                name="evaluations_evaluation_kind",
            ),
            models.CheckConstraint(
                condition=Q(reason="trigger", trigger__isnull=False)
                | (~Q(reason="trigger") & Q(trigger__isnull=True)),
                name="evaluations_evaluation_trigger",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="evaluations_evaluation_period"
            ),
            models.CheckConstraint(
                condition=Q(visit_start__isnull=True, visit_end__isnull=True)
                | Q(visit_end__gte=F("visit_start")),
                name="evaluations_evaluation_visit",
            ),
            models.CheckConstraint(
                condition=Q(trip__isnull=True) | Q(programme__isnull=False),
                name="evaluations_evaluation_trip",
            ),
            models.CheckConstraint(
                condition=Q(suspended__isnull=True, suspended_in="")
                | (Q(suspended__isnull=False) & ~Q(suspended_in="")),
                name="evaluations_evaluation_suspended",
            ),
            models.CheckConstraint(
                condition=Q(cancelled__isnull=True, cancelled_in="")
                | (Q(cancelled__isnull=False) & ~Q(cancelled_in="")),
                name="evaluations_evaluation_cancelled",
            ),
        )

    def __str__(self) -> str:
        return f"{self.platform} {self.period_end.year}"

    @property
    def reached(self) -> State:
        """The state that a suspended or cancelled evaluation had reached; of others their state."""
        phase = self.head.phase
        if phase == State.CANCELLED:
            phase = self.cancelled_in or State.PLANNED
        if phase == State.SUSPENDED:
            phase = self.suspended_in or State.PLANNED
        return State(phase)
