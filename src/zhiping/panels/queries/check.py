"""A panel as the domain reads it, and its checks (6.2)."""

import datetime as dt
from typing import Any

from django.db.models import Q, UUIDField
from django.utils import timezone

from zhiping.domain import panel as rules
from zhiping.domain.panel import Check
from zhiping.evaluations.models import Evaluation
from zhiping.experts.models import Affiliation, Training
from zhiping.panels.models import Duty, Seat
from zhiping.panels.rules import seated
from zhiping.statements import Given, Statement

_ON_PANEL = Q(expert__seats__evaluation=Given("evaluation", UUIDField()))
_TRAININGS = Statement(lambda: Training.objects.filter(_ON_PANEL).distinct())
_AFFILIATIONS = Statement(lambda: Affiliation.objects.filter(_ON_PANEL).select_related("operator").distinct())
_DUTIES = Statement(lambda: Duty.objects.filter(evaluation=Given("evaluation", UUIDField())))


def panel_of(evaluation: Evaluation) -> tuple[rules.Expert, ...]:
    """Return the panel (lead and members) as the domain reads it."""
    seats = [s for s in seated(evaluation) if s.role in (Seat.Role.LEAD, Seat.Role.MEMBER)]
    return as_panel(evaluation, seats)


def as_panel(evaluation: Evaluation, seats: list[Seat]) -> tuple[rules.Expert, ...]:
    """Return seats as the domain reads them: three queries, however many seats."""
    trainings: dict[Any, list[rules.Training]] = {}
    affiliations: dict[Any, list[rules.Affiliation]] = {}
    for t in _TRAININGS.things(evaluation=evaluation.pk):
        trainings.setdefault(t.expert_id, []).append(rules.Training(t.date, t.valid_until, t.topic))
    for a in _AFFILIATIONS.things(evaluation=evaluation.pk):
        name = a.operator.name if a.operator else a.organisation  # an operator may have been renamed since
        affiliations.setdefault(a.expert_id, []).append(rules.Affiliation(name, a.until))
    duties = _DUTIES.things(evaluation=evaluation.pk)
    return tuple(
        _expert(
            seat,
            tuple(trainings.get(seat.expert_id, ())),
            tuple(affiliations.get(seat.expert_id, ())),
            tuple(d.indicator for d in duties if d.leads_id == seat.pk),
            tuple(d.indicator for d in duties if d.checks_id == seat.pk),
        )
        for seat in seats
    )


def _expert(
    seat: Seat,
    training: tuple[rules.Training, ...],
    affiliations: tuple[rules.Affiliation, ...],
    leads: tuple[str, ...],
    checks: tuple[str, ...],
) -> rules.Expert:
    expert = seat.expert
    return rules.Expert(
        id=str(expert.pk),
        name=expert.name,
        organisation=expert.employer,
        seat="lead" if seat.role == Seat.Role.LEAD else "member",
        title=expert.title,
        rank=expert.rank,
        equivalent_ability=expert.equivalent_ability,
        training=training,
        experience=expert.experience,
        affiliations=affiliations,
        declared=_local_day(seat.declared),
        unconfirmed=seat.unconfirmed,
        joined=_local_day(seat.joined),
        conflicts=(seat.conflict,) if seat.conflict else (),
        duties=leads,
        checks=checks,
        runs=None if seat.runs is None else tuple(seat.runs),
    )


def _local_day(moment: dt.datetime | None) -> dt.date | None:
    """Return the day a moment falls on here: near midnight it is another one than in UTC."""
    return timezone.localtime(moment).date() if moment else None


def panel_checks(evaluation: Evaluation, *, today: dt.date) -> list[Check]:
    """Check the panel as it is now (6.2), for the days of the visit, else for today."""
    dates = [d for d in (evaluation.visit_start, evaluation.visit_end) if d] or [today]
    panel = panel_of(evaluation)
    return rules.checks(
        panel,
        rubric=evaluation.rubric.as_domain(),
        kind=evaluation.kind,
        operator=evaluation.platform.operator.name,
        dates=dates,
        members=len(panel),
    )


def panel_legal(evaluation: Evaluation, today: dt.date) -> bool:
    """Return whether every check of the panel passes: a need of the moves of an evaluation."""
    return all_pass(panel_checks(evaluation, today=today))


def all_pass(checks: list[Check]) -> bool:
    """Return whether every check passes."""
    return all(check["state"] == "pass" for check in checks)
