"""Seats, duties, declarations and recusals of a panel, and the draws of experts (6.2)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from zhiping.accounts.models import Invitation, User
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.experts.models import Expert
from zhiping.ids import uuid7
from zhiping.ledger.models import WithLedger


class Seat(models.Model):
    """An expert's place in one evaluation, with the declaration signed for it.

    `place` orders substitutes. `replaces`: the vacant seat for which this one stepped in;
    `joined`: the moment of it, where scoring had begun. `runs`: the indicators the member is in charge of at
    the operator, stated for a self-evaluation; None: not stated. `conflict`: what the expert declared; ""
    with `declared`: none. `reissue`: the invitation by which the expert's account was issued again before the
    declaration was signed, which counts once another officer has `confirmed` it.
    """

    class Role(models.TextChoices):
        """What the expert does on the panel."""

        LEAD = "lead"
        MEMBER = "member"
        SUBSTITUTE = "substitute"
        SECRETARY = "secretary"

    class Origin(models.TextChoices):
        """How the expert got the seat."""

        DRAWN = "drawn"
        APPOINTED = "appointed"

    LEDGER: ClassVar = "evaluation"
    SCORERS: ClassVar = (Role.LEAD, Role.MEMBER)

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="seats")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats")
    role = models.CharField(max_length=10, choices=Role.choices)
    place = models.PositiveSmallIntegerField(default=0)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    runs = models.JSONField(null=True)
    declared = models.DateTimeField(null=True)
    declared_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    on_paper = models.BooleanField(default=False)
    conflict = models.TextField(max_length=1000, blank=True)
    reissue = models.ForeignKey(Invitation, models.PROTECT, null=True, related_name="+")
    confirmed = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    left = models.DateTimeField(null=True)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    joined = models.DateTimeField(null=True)

    class Meta:
        ordering = ("place", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("evaluation", "expert"), condition=Q(left__isnull=True), name="panels_seat_once"
            ),
            models.UniqueConstraint(
                fields=("evaluation",),
                condition=Q(role="lead", left__isnull=True),
                name="panels_seat_one_lead",
            ),
            models.CheckConstraint(
                condition=Q(declared__isnull=True, declared_by__isnull=True, conflict="")
                | Q(declared__isnull=False, declared_by__isnull=False),
                name="panels_seat_declared_whole",
            ),
            models.CheckConstraint(
                condition=Q(confirmed__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed__isnull=False, confirmed_by__isnull=False, reissue__isnull=False),
                name="panels_seat_confirmed_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.expert} {self.role}"

    @property
    def unconfirmed(self) -> bool:
        """Return whether the declaration waits for the confirmation of another officer."""
        return self.reissue_id is not None and self.confirmed is None


class Duty(models.Model):
    """The seats that lead and check an indicator (6.2.3)."""

    LEDGER: ClassVar = "evaluation"

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="duties")
    indicator = models.CharField(max_length=10)
    leads = models.ForeignKey(Seat, models.PROTECT, related_name="leads")
    checks = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="checks")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "indicator"), name="panels_duty_once"),
            models.CheckConstraint(
                condition=Q(checks__isnull=True) | ~Q(checks=models.F("leads")),
                name="panels_duty_two_people",
            ),
        )

    def __str__(self) -> str:
        return self.indicator


class Recusal(models.Model):
    """A request that an expert steps aside, by the expert or by another person, and the decision."""

    LEDGER: ClassVar = "seat__evaluation"

    id = models.UUIDField(primary_key=True, default=uuid7)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="recusals")
    reason = models.TextField(max_length=1000)
    asked = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted = models.BooleanField(null=True)
    decision = models.TextField(max_length=1000, blank=True)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("seat",), condition=Q(granted__isnull=True), name="panels_recusal_one_open"
            ),
            models.CheckConstraint(
                condition=Q(granted__isnull=True, decided__isnull=True, decided_by__isnull=True, decision="")
                | (
                    Q(granted__isnull=False, decided__isnull=False, decided_by__isnull=False)
                    & ~Q(decision="")
                ),
                name="panels_recusal_decided_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.seat}: {self.reason}"


class Draw(WithLedger):
    """A draw for one evaluation or all of a trip; phases `committed`, `drawn`, `abandoned`.

    `rules`, `pool` and `commitment` are fixed when it is committed; `seed` is published when it is drawn, and
    `result` follows from rules, pool, seed and words by `domain.draw`.
    """

    SECRETS: ClassVar = ("secret",)

    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="draws")
    trip = models.ForeignKey(Trip, models.PROTECT, null=True, related_name="draws")
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, null=True, related_name="draws")
    rules = models.JSONField()
    pool = models.JSONField()
    commitment = models.CharField(max_length=64)
    secret = models.CharField(max_length=200)  # the seed, encrypted until it is drawn
    seed = models.CharField(max_length=64, blank=True)
    result = models.JSONField(null=True)
    committed = models.DateTimeField()
    drawn = models.DateTimeField(null=True)
    applied = models.DateTimeField(null=True)  # when the panels were composed of its result
    abandoned = models.TextField(max_length=1000, blank=True)  # the reason

    class Meta:
        ordering = ("-committed",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(trip__isnull=False, evaluation__isnull=True)
                | models.Q(trip__isnull=True, evaluation__isnull=False),
                name="panels_draw_for_one",
            ),
            models.UniqueConstraint(
                fields=("trip",), condition=models.Q(abandoned=""), name="panels_draw_one_of_trip"
            ),
            models.UniqueConstraint(
                fields=("evaluation",), condition=models.Q(abandoned=""), name="panels_draw_one"
            ),
        )

    def __str__(self) -> str:
        return self.commitment[:16]
