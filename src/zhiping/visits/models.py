"""Lines of a visit's record, bundles of papers, and templates of an authority's own."""

from typing import ClassVar

from django.db import models

from zhiping.accounts.models import Organisation, User
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.ids import uuid7
from zhiping.registry.models import Site


class VisitRecord(models.Model):
    """One line of a visit: an appointment, a signature, a meeting, a site, an interview.

    `subject`: what, which topic; `who`: the people concerned, with the `role` of one.
    """

    LEDGER: ClassVar = "evaluation"

    class Kind(models.TextChoices):
        """The content of the line."""

        APPOINTMENT = "appointment"
        SIGN_IN = "sign_in"
        OPENING = "opening"
        CLOSING = "closing"
        SITE = "site"
        INTERVIEW = "interview"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="visit_records")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    day = models.DateField(null=True, blank=True)
    time = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=200, blank=True)
    who = models.CharField(max_length=300, blank=True)
    role = models.CharField(max_length=120, blank=True)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(max_length=4000, blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("day", "time", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("evaluation", "kind"),
                condition=models.Q(kind__in=("opening", "closing")),
                name="visits_visit_one_meeting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Bundle(models.Model):
    """The papers of a stage for every evaluation of a programme or trip, made by a worker into one file."""

    NOT_RECORDED = "made from recorded rows, and made again at any time"

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
        ordering = ("-asked",)

    def __str__(self) -> str:
        return f"{self.programme} {self.stage}"


class PaperTemplate(models.Model):
    """An authority's own Word template for one paper; the newest counts."""

    LEDGER: ClassVar = "authority"

    id = models.UUIDField(primary_key=True, default=uuid7)
    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="paper_templates")
    paper = models.CharField(max_length=30)
    language = models.CharField(max_length=2)
    content = models.BinaryField()
    uploaded = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("authority", "paper", "language"), name="visits_paper_template_once"
            ),
        )

    def __str__(self) -> str:
        return self.paper
