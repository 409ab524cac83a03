"""Who may be asked to sit on a panel, as the rules read them: as many queries for ten experts as for all."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from zhiping.accounts.models import Organisation, subtree
from zhiping.domain import panel as rules
from zhiping.preparation.models import Affiliation, Evaluation, Expert, ExpertField, Seat, Training


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
    """Return who may sit in an evaluation: for a self-evaluation the operator's own people."""
    if evaluation.authority is None:
        return Expert.objects.filter(keeper=evaluation.platform.operator_id, left_pool__isnull=True)
    return pool(evaluation.authority)


def free(evaluation: Evaluation) -> QuerySet[Expert]:
    """Return who may sit in an evaluation and does not yet."""
    seats = Seat.objects.filter(evaluation=evaluation, expert=OuterRef("pk"), left__isnull=True)
    return pool_of(evaluation).filter(~Exists(seats))


def as_experts(experts: QuerySet[Expert], dates: list[dt.date]) -> list[rules.Expert]:
    """Return experts as the rules read them, before they sit anywhere: three queries.

    Training that had ended before the first of the days is not read.
    """
    trainings: dict[Any, list[rules.Training]] = defaultdict(list)
    affiliations: dict[Any, list[rules.Affiliation]] = defaultdict(list)
    counts = Q(valid_until__isnull=True) | Q(valid_until__gte=min(dates))
    found = Training.objects.filter(counts, expert__in=experts)
    for key, date, until, topic in found.values_list("expert_id", "date", "valid_until", "topic"):
        trainings[key].append(rules.Training(date, until, topic))
    ties = Affiliation.objects.filter(expert__in=experts).annotate(registered=F("operator__name"))
    for key, name, registered, until in ties.values_list("expert_id", "organisation", "registered", "until"):
        affiliations[key].append(rules.Affiliation(registered or name, until))
    return [
        rules.Expert(
            id=str(e.pk),
            name=e.name,
            organisation=e.employer,
            title=e.title,
            rank=e.rank,
            equivalent_ability=e.equivalent_ability,
            training=tuple(trainings.get(e.pk, ())),
            experience=e.experience,
            affiliations=tuple(affiliations.get(e.pk, ())),
        )
        for e in experts
    ]


def fields_of(experts: QuerySet[Expert]) -> dict[str, list[str]]:
    """Return what each of the experts knows about, by id: one query."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, field in ExpertField.objects.filter(expert__in=experts).values_list("expert_id", "field"):
        found[str(key)].append(field)
    return found


def visit_days(evaluation: Evaluation, today: dt.date) -> list[dt.date]:
    """Return the days a panel must be legal on: those of the visit, while none is planned today."""
    return [d for d in (evaluation.visit_start, evaluation.visit_end) if d] or [today]
