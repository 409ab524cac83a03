"""Published rubrics as whole documents, and each legal mark as a row that a mark can point to."""

from functools import cache
from typing import ClassVar

from django.db import models

from zhiping.accounts.models import User
from zhiping.documents.files import rubric_file
from zhiping.domain import rubric as rubrics
from zhiping.domain.errors import Conflict, Problem
from zhiping.ledger.models import Kept

APPEND_ONLY = ("rubrics_rubric", "rubrics_legalmark")


class Rubric(Kept):
    """One published version of a rubric (Annex A): never changed, only followed by another.

    Whether new programmes may take it is the phase of its head (domain.lifecycle.RubricState).
    """

    UNRECORDED: ClassVar = ("source",)  # `wording_sha256` is recorded, and checked at every reading

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
        """A version once."""

        ordering = ("-published",)
        constraints = (models.UniqueConstraint(fields=("rubric_id", "version"), name="rubrics_version_once"),)

    def __str__(self) -> str:
        return f"{self.title} {self.version}"

    def called(self, language: str) -> str:
        """Return the title in a language, the Chinese where there is no other."""
        return self.title_en or self.title if language == "en" else self.title

    def as_domain(self) -> rubrics.Rubric:
        """Return the table as the rules read it; read once per process, because it never changes."""
        return table_of(self.wording_sha256)


@cache
def table_of(wording_sha256: str) -> rubrics.Rubric:
    """Return a published table by the hash of its words; raises Conflict where the source was altered."""
    source = Rubric.objects.values_list("source", flat=True).get(wording_sha256=wording_sha256)
    found = rubric_file.loads(source).rubric
    if found is None or found.wording_sha256 != wording_sha256:
        raise Conflict([Problem("rubrics.altered")])  # somebody reached the database past the triggers
    return found


class LegalMark(models.Model):
    """A mark somebody may give for a criterion, and with which step; exact, as text."""

    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="legal_marks")
    criterion = models.CharField(max_length=20)
    points = models.CharField(max_length=12)
    halves = models.BooleanField()  # legal only where the policy's step is 0.5

    class Meta:
        """A mark once."""

        constraints = (
            models.UniqueConstraint(fields=("rubric", "criterion", "points"), name="rubrics_mark_once"),
        )

    def __str__(self) -> str:
        return f"{self.criterion}: {self.points}"
