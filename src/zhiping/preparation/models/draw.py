"""A verifiable draw of experts: rules, pool and the seed's commitment first, the result after."""

from django.db import models

from zhiping.ledger.models import Kept
from zhiping.preparation.models.evaluation import Evaluation
from zhiping.preparation.models.programme import Programme, Trip


class Draw(Kept):
    """A draw for one evaluation or all of a trip; phases `committed`, `drawn`, `abandoned`.

    `rules`, `pool` and `commitment` are fixed when it is committed; `seed` is told when it is drawn, and
    `result` follows from the four by `domain.draw`.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="draws")
    trip = models.ForeignKey(Trip, models.PROTECT, null=True, related_name="draws")
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, null=True, related_name="draws")
    rules = models.JSONField()
    pool = models.JSONField()
    commitment = models.CharField(max_length=64)
    secret = models.CharField(max_length=200)  # the seed, sealed until it is drawn
    seed = models.CharField(max_length=64, blank=True)
    result = models.JSONField(null=True)
    committed = models.DateTimeField()
    drawn = models.DateTimeField(null=True)
    applied = models.DateTimeField(null=True)  # the moment its result took its seats
    abandoned = models.TextField(max_length=1000, blank=True)  # the reason; it stays on record

    class Meta:
        """For a trip or for one evaluation, and one at a time."""

        ordering = ("-committed",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(trip__isnull=False, evaluation__isnull=True)
                | models.Q(trip__isnull=True, evaluation__isnull=False),
                name="preparation_draw_for_one",
            ),
            models.UniqueConstraint(
                fields=("trip",), condition=models.Q(abandoned=""), name="preparation_draw_one_of_trip"
            ),
            models.UniqueConstraint(
                fields=("evaluation",), condition=models.Q(abandoned=""), name="preparation_draw_one"
            ),
        )

    def __str__(self) -> str:
        return self.commitment[:16]
