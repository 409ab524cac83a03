"""Improvement of an evaluation (8.4.2): a measure for each finding, its proof and recheck, extensions."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from zhiping.accounts.models import User
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7
from zhiping.rubrics.models import LegalMark

MOST = 2000  # characters of a text


class Improvement(models.Model):
    """What follows the report of an evaluation: choice, deadline, sample, closing.

    `choice`, `follow_up`: of an unqualified platform only. `due`: the last day, once it is opened. The seed
    of the sample is committed to at opening (domain.improvement) and published when the sample is drawn:
    `secret` holds it encrypted until then. `sampled`: how many findings the sample has. `reminded`: the last
    reminder, of the deadline `reminded_for`. Closing is proposed by one person and carried out by another.
    """

    LEDGER: ClassVar = "evaluation"
    SECRETS: ClassVar = ("secret",)

    class Choice(models.TextChoices):
        """What an unqualified platform has to do."""

        RECTIFY = "rectify"
        REEVALUATE = "reevaluate"

    evaluation = models.OneToOneField(
        Evaluation, models.PROTECT, primary_key=True, related_name="improvement"
    )
    choice = models.CharField(max_length=10, choices=Choice.choices, blank=True)
    choice_reason = models.TextField(max_length=MOST, blank=True)
    chosen = models.DateTimeField(null=True)
    follow_up = models.ForeignKey(Evaluation, models.PROTECT, null=True, related_name="+")
    opened = models.DateTimeField(null=True)
    due = models.DateField(null=True)
    commitment = models.CharField(max_length=64, blank=True)
    secret = models.CharField(max_length=200, blank=True)
    seed = models.CharField(max_length=64, blank=True)
    words = models.CharField(max_length=200, blank=True)
    sampled = models.PositiveSmallIntegerField(null=True)
    drawn = models.DateTimeField(null=True)
    reminded = models.CharField(max_length=10, blank=True)
    reminded_for = models.DateField(null=True)
    proposed = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(choice="", follow_up__isnull=True)
                | Q(choice="rectify", follow_up__isnull=True)
                | Q(choice="reevaluate", follow_up__isnull=False),
                name="improvement_improvement_choice",
            ),
            models.CheckConstraint(
                condition=Q(opened__isnull=True, due__isnull=True)
                | Q(opened__isnull=False, due__isnull=False),
                name="improvement_improvement_opened_whole",
            ),
            models.CheckConstraint(
                condition=Q(drawn__isnull=True, seed="", sampled__isnull=True)
                | (Q(drawn__isnull=False, sampled__isnull=False) & ~Q(seed="")),
                name="improvement_improvement_drawn_whole",
            ),
            models.CheckConstraint(
                condition=Q(closed__isnull=True, closed_by__isnull=True)
                | (
                    Q(closed__isnull=False, closed_by__isnull=False, proposed_by__isnull=False)
                    & ~Q(closed_by=F("proposed_by"))
                ),
                name="improvement_improvement_two_people",
            ),
        )

    def __str__(self) -> str:
        return f"{self.due or ''}"


class Action(models.Model):
    """What the operator does about a finding: measure, owner, deadline, and what became of it.

    `fact`: what the panel stated at the fact check, "" where the reason of the result is the fact.
    `outcome`, `done`: as the operator reported it. `verdict`: of the last recheck, "" again once the operator
    reports something new; `legal`: the points found then. `place`: in the order of the sample, from 1.
    """

    LEDGER: ClassVar = "evaluation"

    class Verdict(models.TextChoices):
        """What a recheck found: mended, not mended, or no longer asked for, with the reason."""

        ACCEPTED = "accepted"
        REFUSED = "refused"
        WAIVED = "waived"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="improvement_actions")
    criterion = models.CharField(max_length=20)
    fact = models.TextField(blank=True)
    measure = models.TextField(max_length=MOST, blank=True)
    owner = models.CharField(max_length=60, blank=True)
    deadline = models.DateField(null=True)
    outcome = models.TextField(max_length=MOST, blank=True)
    done = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    legal = models.ForeignKey(LegalMark, models.PROTECT, null=True, related_name="+", db_index=False)
    place = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "criterion"), name="improvement_action_once"),
            models.CheckConstraint(
                condition=Q(done__isnull=True, done_by__isnull=True)
                | (Q(done__isnull=False, done_by__isnull=False) & ~Q(outcome="")),
                name="improvement_action_done_whole",
            ),
            models.CheckConstraint(
                condition=Q(legal__isnull=True) | Q(verdict="accepted"), name="improvement_action_points"
            ),
        )

    def __str__(self) -> str:
        return self.criterion

    @property
    def planned(self) -> bool:
        """Whether measure, owner and deadline are written."""
        return bool(self.measure and self.owner and self.deadline)

    @property
    def closed(self) -> bool:
        """Whether a recheck closed the finding (销号)."""
        return self.verdict in CLOSED


CLOSED = (Action.Verdict.ACCEPTED, Action.Verdict.WAIVED)


class Proof(models.Model):
    """Proof of a measure: a file, or without one a document that can be seen on site, by its name.

    A row stays: proof given by mistake is withdrawn with a reason.
    """

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("file",)

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="+")
    action = models.ForeignKey(Action, models.PROTECT, related_name="proofs")
    caption = models.CharField(max_length=200, blank=True)
    file = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    withdrawn = models.TextField(max_length=1000, blank=True)  # the reason

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(caption="", file=""), name="improvement_proof_of_something"),
        )

    def __str__(self) -> str:
        return self.caption or self.file_name


class Recheck(models.Model):
    """A recheck of a measure (复核), with its reason; a later one counts."""

    LEDGER: ClassVar = "evaluation"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="+")
    action = models.ForeignKey(Action, models.PROTECT, related_name="rechecks")
    verdict = models.CharField(max_length=8, choices=Action.Verdict.choices)
    reason = models.TextField(max_length=MOST)
    legal = models.ForeignKey(LegalMark, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.verdict} {self.reason[:40]}"


class Extension(models.Model):
    """A later deadline the operator asked for (延期申请): of one measure, or with `action` None of all.

    `granted` None: not decided yet.
    """

    LEDGER: ClassVar = "evaluation"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="extensions")
    action = models.ForeignKey(Action, models.PROTECT, null=True, related_name="+")
    until = models.DateField()
    reason = models.TextField(max_length=MOST)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted = models.BooleanField(null=True)
    answer = models.TextField(max_length=MOST, blank=True)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(granted__isnull=True, decided__isnull=True, decided_by__isnull=True)
                | Q(granted__isnull=False, decided__isnull=False, decided_by__isnull=False),
                name="improvement_extension_decided_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.until}"
