"""Bundles of papers being made, and an authority's own templates."""

from django.db import models

from zhiping.accounts.models import Organisation, User
from zhiping.ids import uuid7
from zhiping.preparation.models.programme import Programme, Trip


class Bundle(models.Model):
    """The papers of a stage for every evaluation of a programme or trip, made by a worker into one file."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="bundles")
    trip = models.ForeignKey(Trip, models.PROTECT, null=True, related_name="bundles")
    stage = models.CharField(max_length=10)
    language = models.CharField(max_length=2)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked = models.DateTimeField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    file = models.CharField(max_length=64, blank=True)  # SHA-256 of the finished file, its name in the folder
    finished = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-asked",)

    def __str__(self) -> str:
        return f"{self.programme} {self.stage}"


class PaperTemplate(models.Model):
    """An authority's own Word template for one paper; the newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="paper_templates")
    paper = models.CharField(max_length=30)
    language = models.CharField(max_length=2)
    content = models.BinaryField()
    uploaded = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        """One in force per paper and language."""

        constraints = (
            models.UniqueConstraint(
                fields=("authority", "paper", "language"), name="preparation_paper_template_once"
            ),
        )

    def __str__(self) -> str:
        return self.paper
