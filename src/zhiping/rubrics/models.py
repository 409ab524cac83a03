"""Published rubrics and their legal marks."""

from functools import cache
from typing import ClassVar

from django.db import models

from zhiping.accounts.models import User
from zhiping.documents.files import rubric_file
from zhiping.domain import rubric as rubrics
from zhiping.domain.errors import Conflict, Problem
from zhiping.ledger.models import WithLedger

APPEND_ONLY = ("rubrics_rubric", "rubrics_legalmark")


class Rubric(WithLedger):
    """A published version of a rubric (Annex A); immutable, a change is published as a new version.

    The phase of its head decides whether new programmes can use it (domain.lifecycle.RubricState).
    """

    HASHED: ClassVar = ("source",)

    rubric_id = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    scale_sha256 = models.CharField(max_length=64)
    wording_sha256 = models.CharField(max_length=64, unique=True)
    source = models.TextField()  # the TOML file, as published
    published = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-published",)
        constraints = (models.UniqueConstraint(fields=("rubric_id", "version"), name="rubrics_version_once"),)

    def __str__(self) -> str:
        return f"{self.title} {self.version}"

    def title_in(self, language: str) -> str:
        """Return the title in a language, falling back to Chinese."""
        return self.title_en or self.title if language == "en" else self.title

    def as_domain(self) -> rubrics.Rubric:
        """Return the table as a domain object, cached per process because it is immutable."""
        return table_of(self.wording_sha256)


@cache
def table_of(wording_sha256: str) -> rubrics.Rubric:
    """Return a published table by its wording hash; raises Conflict if the stored source was altered."""
    source = Rubric.objects.values_list("source", flat=True).get(wording_sha256=wording_sha256)
    table = rubric_file.loads(source).rubric
    if table is None or table.wording_sha256 != wording_sha256:
        raise Conflict([Problem("rubrics.altered")])  # the append-only triggers were bypassed
    return table


class LegalMark(models.Model):
    """A legal mark for a criterion, as exact text; marks refer to it by foreign key.

    The foreign key makes the database refuse illegal marks.
    """

    LEDGER: ClassVar = "rubric"

    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="legal_marks")
    criterion = models.CharField(max_length=20)
    points = models.CharField(max_length=12)
    halves = models.BooleanField()  # legal only if the policy's step is 0.5

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("rubric", "criterion", "points"), name="rubrics_mark_once"),
        )

    def __str__(self) -> str:
        return f"{self.criterion}: {self.points}"
