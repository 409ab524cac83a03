"""Experts who may have a seat, as the domain reads them: as many queries for ten as for all."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce

from zhiping.accounts.models import Organisation, subtree
from zhiping.domain import panel as rules
from zhiping.evaluations.models import Evaluation
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.panels.models import Seat


def pool(authority: Organisation) -> QuerySet[Expert]:
    """Return the experts an authority may call: kept by authorities below it, above it or by itself.

    People an operator keeps for its self-evaluations are never among them.
    """
    first, last = subtree(authority.region_id)
    above = {f"{first[:2]}0000", f"{first[:4]}00"}
    return Expert.objects.filter(
        Q(keeper__region_id__gte=first, keeper__region_id__lte=last) | Q(keeper__region_id__in=above),
        keeper__kind=Organisation.Kind.AUTHORITY,
        left_pool__isnull=True,
    )


def pool_of(evaluation: Evaluation) -> QuerySet[Expert]:
    """Return the experts for an evaluation: for a self-evaluation the operator's own people."""
    if evaluation.authority is None:
        return Expert.objects.filter(keeper=evaluation.platform.operator_id, left_pool__isnull=True)
    return pool(evaluation.authority)


def free(evaluation: Evaluation) -> QuerySet[Expert]:
    """Return the experts for an evaluation who have no seat in it yet."""
    seats = Seat.objects.filter(evaluation=evaluation, expert=OuterRef("pk"), left__isnull=True)
    return pool_of(evaluation).filter(~Exists(seats))


@dataclass(frozen=True, slots=True)
class Pooled:
    """An expert of a pool as the rules read it, with what only a draw asks for."""

    expert: rules.Expert
    region: str
    fields: Sequence[str]


def pooled(experts: QuerySet[Expert], dates: list[dt.date]) -> list[Pooled]:
    """Return experts before they sit anywhere, in the order asked for: four queries, however many.

    Training that had ended before the first of the days is not read. Rows are put together by their keys as
    the database writes them: making identifiers of them all took half the time.
    """
    counts = Q(valid_until__isnull=True) | Q(valid_until__gte=min(dates))
    training = _grouped(Training.objects.filter(counts, expert__in=experts), "date", "valid_until", "topic")
    ties = Affiliation.objects.filter(expert__in=experts)
    affiliations = _grouped(ties, Coalesce("operator__name", "organisation"), "until")
    fields = _grouped(ExpertField.objects.filter(expert__in=experts), "field")
    rows = experts.annotate(key=Cast("pk", TextField())).values_list(
        "key", "pk", "name", "employer", "title", "rank", "equivalent_ability", "experience", "region_id"
    )
    return [
        Pooled(
            rules.Expert(
                id=str(pk),
                name=name,
                organisation=employer,
                title=title,
                rank=rank,
                equivalent_ability=ability,
                training=tuple(rules.Training(*facts) for facts in training.get(key, ())),
                experience=experience,
                affiliations=tuple(rules.Affiliation(*facts) for facts in affiliations.get(key, ())),
            ),
            region,
            [field for (field,) in fields.get(key, ())],
        )
        for key, pk, name, employer, title, rank, ability, experience, region in rows
    ]


def _grouped(found: QuerySet[Any], *facts: Any) -> dict[str, list[tuple[Any, ...]]]:
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for key, *rest in found.values_list(Cast("expert_id", TextField()), *facts):
        grouped.setdefault(key, []).append(tuple(rest))
    return grouped


def visit_days(evaluation: Evaluation, today: dt.date) -> list[dt.date]:
    """Return the days a panel must be legal on: those of the visit, while none is planned today."""
    return [d for d in (evaluation.visit_start, evaluation.visit_end) if d] or [today]
