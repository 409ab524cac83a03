"""Published rubrics as whole documents, and each legal mark as a row that a mark can point to."""

from django.db import models

from zhiping.accounts.models import User
from zhiping.ledger.models import Kept


class Rubric(Kept):
    """One published version of a rubric (Annex A): never changed, only followed by another."""

    rubric_id = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    scale_sha256 = models.CharField(max_length=64)
    wording_sha256 = models.CharField(max_length=64, unique=True)
    source = models.TextField()  # the TOML file, as published
    published = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        """A version once."""

        ordering = ("-published",)
        constraints = (
            models.UniqueConstraint(fields=("rubric_id", "version"), name="rubrics_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class LegalMark(models.Model):
    """A mark somebody may give for a criterion, by level and with which step; exact, as text."""

    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="legal_marks")
    criterion = models.CharField(max_length=10)
    points = models.CharField(max_length=12)
    halves = models.BooleanField()  # legal only where the policy's step is 0.5

    class Meta:
        """A mark once."""

        constraints = (
            models.UniqueConstraint(fields=("rubric", "criterion", "points"), name="rubrics_mark_once"),
        )

    def __str__(self) -> str:
        return f"{self.criterion}: {self.points}"
