"""What the figures need of each result, so that a page does not read documents of 50 kB by the thousand."""

from typing import ClassVar

from django.db import models

from zhiping.evaluations.models import Evaluation


class Digest(models.Model):
    """The figures of an evaluation's latest result. `sha256`: of the result, which never changes.

    `facts`: the rubric's wording hash, grade and graded score, points and maximum by indicator, lost points
    with reasons by criterion, alpha, severity in points of each sheet without names; numbers as exact texts.
    """

    NOT_RECORDED: ClassVar = "derived from results, which are recorded"

    evaluation = models.OneToOneField(Evaluation, models.CASCADE, related_name="digest")
    version = models.PositiveSmallIntegerField()
    year = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    facts = models.JSONField()

    def __str__(self) -> str:
        return f"{self.year} {self.sha256[:12]}"
