"""One platform, one rubric version, one period, one panel."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from zhiping.accounts.models import Organisation
from zhiping.domain.evaluation import KINDS, REASONS
from zhiping.ledger.models import Kept
from zhiping.preparation.models.programme import Programme, Trip
from zhiping.registry.models import Platform, Trigger
from zhiping.rubrics.models import Rubric


class Evaluation(Kept):
    """An evaluation (6.1.3); its state is its ledger's phase (`domain.lifecycle`).

    `policy` and `guidance` are copied from the programme when the first mark becomes possible; before that an
    evaluation of a programme follows the programme's. `authority` is empty for a self-evaluation.
    """

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="evaluations")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="evaluations")
    trip = models.ForeignKey(Trip, models.PROTECT, null=True, related_name="evaluations")
    authority = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=[(k, k) for k in KINDS])
    reason = models.CharField(max_length=10, choices=[(r, r) for r in REASONS])
    trigger = models.ForeignKey(Trigger, models.PROTECT, null=True, related_name="evaluations")
    purpose = models.CharField(max_length=300, blank=True)
    period_start = models.DateField()
    period_end = models.DateField()
    policy = models.JSONField(default=dict)
    guidance = models.JSONField(default=dict)
    start_by = models.DateField(null=True)  # last day to start, from trigger or annual clock
    visit_start = models.DateField(null=True, blank=True)
    visit_end = models.DateField(null=True, blank=True)
    visit_place = models.CharField(max_length=200, blank=True)
    created = models.DateField()

    class Meta:
        """Facts that always belong together; lists begin with what starts first."""

        indexes = (models.Index(fields=("start_by", "head"), name="preparation_evaluation_start"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="authority", authority__isnull=False)
                | Q(kind="self", authority__isnull=True, programme__isnull=True),
                name="preparation_evaluation_kind",
            ),
            models.CheckConstraint(
                condition=Q(reason="trigger", trigger__isnull=False)
                | (~Q(reason="trigger") & Q(trigger__isnull=True)),
                name="preparation_evaluation_trigger",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="preparation_evaluation_period"
            ),
            models.CheckConstraint(
                condition=Q(visit_start__isnull=True, visit_end__isnull=True)
                | Q(visit_end__gte=F("visit_start")),
                name="preparation_evaluation_visit",
            ),
            models.CheckConstraint(
                condition=Q(trip__isnull=True) | Q(programme__isnull=False),
                name="preparation_evaluation_trip",
            ),
        )

    def __str__(self) -> str:
        return f"{self.platform} {self.period_end.year}"

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        """Forget who sat here and what was drawn, too: what a ledger's turn decides is read in that turn."""
        for kept in ("seated", "live_draw"):
            self.__dict__.pop(kept, None)
        super().refresh_from_db(*args, **options)
