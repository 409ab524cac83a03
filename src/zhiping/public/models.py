"""What an authority announces to everybody."""

from typing import ClassVar

from django.db import models

from zhiping.accounts.models import User
from zhiping.evaluations.models import Evaluation
from zhiping.reporting.models import Edition


class Announcement(models.Model):
    """The report whose result is shown to everybody; that of a corrected result is announced by itself."""

    LEDGER: ClassVar = "evaluation"

    evaluation = models.OneToOneField(
        Evaluation, models.PROTECT, primary_key=True, related_name="announcement"
    )
    edition = models.OneToOneField(Edition, models.PROTECT, related_name="announcement")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.edition)
