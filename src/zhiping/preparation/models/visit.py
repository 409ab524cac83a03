"""What was planned and done on site (6.1.4, 8.5.1)."""

from django.db import models

from zhiping.accounts.models import User
from zhiping.ids import uuid7
from zhiping.preparation.models.evaluation import Evaluation
from zhiping.registry.models import Site


class VisitRecord(models.Model):
    """One line of a visit: an appointment, a signature, a meeting, a site, a document, an interview.

    `subject`: what, which document, which topic; `who`: the people concerned, with the `role` of one;
    `number`: of a document, with its date and page; `criteria`: ids separated by spaces.
    """

    class Kind(models.TextChoices):
        """What the line tells."""

        APPOINTMENT = "appointment"
        SIGN_IN = "sign_in"
        OPENING = "opening"
        CLOSING = "closing"
        SITE = "site"
        SEEN = "seen"
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
    number = models.CharField(max_length=60, blank=True)
    date = models.CharField(max_length=20, blank=True)
    page = models.CharField(max_length=20, blank=True)
    criteria = models.CharField(max_length=200, blank=True)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(max_length=4000, blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        """In the order of the day; one opening and one closing meeting."""

        ordering = ("day", "time", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("evaluation", "kind"),
                condition=models.Q(kind__in=("opening", "closing")),
                name="preparation_visit_one_meeting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
