"""Evidence of an evaluation, files that are still arriving, and pictures of files that arrived."""

from typing import ClassVar

from django.db import models

from zhiping.accounts.models import User
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7


class Evidence(models.Model):
    """A file, or a document seen on site of which there is none, for criteria of an evaluation.

    `criteria`: ids separated by spaces; a document seen on site may have none. `date`: of the fact, as the
    document states it; `at`: when it was handed in. `kind` is the file's (`documents.attachments.kinds`) or
    SEEN. A row stays: one handed in by mistake is withdrawn with a reason.
    """

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("sha256",)
    SEEN: ClassVar = "seen"

    class Side(models.TextChoices):
        """Who handed it in: the operator, or the panel and those in charge."""

        OPERATOR = "operator"
        PANEL = "panel"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=5)
    side = models.CharField(max_length=8, choices=Side.choices)
    criteria = models.CharField(max_length=400, blank=True)
    caption = models.CharField(max_length=200)
    number = models.CharField(max_length=60, blank=True)
    date = models.CharField(max_length=20, blank=True)
    page = models.CharField(max_length=20, blank=True)
    place = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    sm3 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.TextField(max_length=1000, blank=True)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="seen", sha256="", sm3="", size=0, name="")
                | (
                    ~models.Q(kind="seen") & ~models.Q(sha256="") & ~models.Q(sm3="") & ~models.Q(criteria="")
                ),
                name="evidence_evidence_file",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn__isnull=True, withdrawn_by__isnull=True, withdrawn_reason="")
                | (
                    models.Q(withdrawn__isnull=False, withdrawn_by__isnull=False)
                    & ~models.Q(withdrawn_reason="")
                ),
                name="evidence_evidence_withdrawn",
            ),
        )

    def __str__(self) -> str:
        return self.caption

    @property
    def ids(self) -> tuple[str, ...]:
        """The criteria it supports."""
        return tuple(self.criteria.split())


class Upload(models.Model):
    """A file that is still arriving in pieces, or has arrived and waits for its criteria.

    Its bytes are in the folder of uploads; their number is how far it is. `name`: with its folders.
    """

    NOT_RECORDED = "an unfinished file; what becomes of it is recorded as evidence"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="+")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=1000)
    length = models.PositiveBigIntegerField()
    created = models.DateTimeField()

    class Meta:
        ordering = ("created", "id")

    def __str__(self) -> str:
        return self.name


class Preview(models.Model):
    """The pictures of a file's first pages; `pages`: how many were made, `total`: how many the file has."""

    NOT_RECORDED = "made from the file, and made again at any time"

    sha256 = models.CharField(primary_key=True, max_length=64)
    pages = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.sha256
