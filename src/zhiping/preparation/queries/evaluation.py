"""Evaluations as somebody sees them, and as the rules read them."""

import datetime as dt
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from zhiping.accounts.models import Role, User
from zhiping.accounts.queries import in_regions
from zhiping.domain import panel as rules
from zhiping.domain.evaluation import Evaluation as Facts
from zhiping.domain.evaluation import Platform as PlatformFacts
from zhiping.domain.evaluation import Visit
from zhiping.domain.lifecycle import ProgrammeState, State
from zhiping.domain.panel import Check
from zhiping.domain.policy import Policy
from zhiping.preparation.models import Affiliation, Evaluation, Seat, Training
from zhiping.preparation.rules.evaluation import seated
from zhiping.registry.models import Platform, Trigger
from zhiping.registry.queries import NAMES


def visible_to(user: User) -> QuerySet[Evaluation]:
    """Return the evaluations of the person's regions, own platforms and panels.

    The authority sees self-evaluations of its region too; a substitute sees the evaluation it waits for.
    """
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    seats = Seat.objects.filter(expert__user=user, left__isnull=True)
    return Evaluation.objects.filter(
        in_regions(user, "platform__region_id")
        | Q(platform__operator_id__in=own)
        | Q(pk__in=seats.values("evaluation"))
    )


def in_state(*states: State) -> Q:
    """Return the condition that an evaluation stands in one of these; the kind leads to the index."""
    return Q(head__kind="evaluation", head__phase__in=states)


def evaluations(user: User) -> QuerySet[Evaluation]:
    """Return evaluations for a list, with the names around them and their state.

    Whole rows of the tables around it would take twice as long to read.
    """
    return (
        visible_to(user)
        .select_related("head", "platform__region__parent", "programme", "trip")
        .only(
            "kind", "reason", "period_start", "period_end", "start_by", "visit_start", "visit_end", "created",
            "head__phase", "head__size", "platform__name", "programme__name", "trip__name",
            *(f"platform__region__{name}" for name in NAMES),
        )
    )  # fmt: skip


def get_evaluation(user: User, evaluation_id: UUID) -> Evaluation:
    """Return one evaluation with what its pages need; Http404 where the person may not see it."""
    return get_object_or_404(
        visible_to(user)
        .select_related(
            "head",
            "platform__operator",
            "platform__region__parent",
            "programme__authority",
            "programme__head",
            "programme__rubric",
            "trip",
            "authority",
            "rubric",
            "trigger",
        )
        .defer("rubric__source", "programme__rubric__source"),
        pk=evaluation_id,
    )


def of_platform(user: User, platform: Platform) -> QuerySet[Evaluation]:
    """Return the evaluations of a platform a person sees, with what each answers, the latest first."""
    found = visible_to(user).filter(platform=platform).select_related("head", "trigger")
    return found.order_by("-period_end", "-pk")


def waiting_triggers(platform: Platform) -> QuerySet[Trigger]:
    """Return a platform's important triggers since which no evaluation has started (6.1.2)."""
    return platform.triggers.filter(important=True, met__isnull=True)


def unanswered(platform: Platform, kind: str) -> QuerySet[Trigger]:
    """Return the waiting triggers no evaluation of a kind was planned for."""
    answered = Evaluation.objects.filter(trigger=OuterRef("pk"), kind=kind)
    return waiting_triggers(platform).filter(~Exists(answered.exclude(head__phase=State.CANCELLED)))


def policy_of(evaluation: Evaluation) -> Policy:
    """Return the rulings that hold: the evaluation's own once they are fixed, else the programme's."""
    data = evaluation.policy or (evaluation.programme.policy if evaluation.programme else {})
    return as_policy(data) if data else Policy()


def as_policy(data: dict[str, Any]) -> Policy:
    """Return stored rulings as the domain's."""
    return Policy(**(data | {"step": Fraction(data["step"])}))


def panel_of(evaluation: Evaluation) -> tuple[rules.Expert, ...]:
    """Return the panel (lead and members who sit now) as the rules read it."""
    seats = [s for s in seated(evaluation) if s.role in (Seat.Role.LEAD, Seat.Role.MEMBER)]
    return as_panel(evaluation, seats)


def as_panel(evaluation: Evaluation, seats: list[Seat]) -> tuple[rules.Expert, ...]:
    """Return seats as the rules read them: three queries, however many seats."""
    trainings: dict[Any, list[rules.Training]] = {}
    affiliations: dict[Any, list[rules.Affiliation]] = {}
    on_panel = Q(expert__seats__evaluation=evaluation)
    for t in Training.objects.filter(on_panel).distinct():
        trainings.setdefault(t.expert_id, []).append(rules.Training(t.date, t.valid_until, t.topic))
    for a in Affiliation.objects.filter(on_panel).select_related("operator").distinct():
        name = a.operator.name if a.operator else a.organisation  # an operator may have been renamed since
        affiliations.setdefault(a.expert_id, []).append(rules.Affiliation(name, a.until))
    duties = list(evaluation.duties.all())
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
    """Check the panel as it stands (6.2), for the days of the visit, else for today."""
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


def held(evaluation: Evaluation, today: dt.date) -> set[str]:
    """Return the codes of what holds for the moves that lead to the start (domain.lifecycle)."""
    if evaluation.head.phase == State.PLANNED:
        return named(evaluation)
    legal = all(check["state"] == "pass" for check in panel_checks(evaluation, today=today))
    return named(evaluation) | ({"panel_legal"} if legal else set())


def named(evaluation: Evaluation) -> set[str]:
    """Return the codes of what holds, other than the panel's legality."""
    programme = evaluation.programme
    facts = {
        "platform_named": evaluation.platform.ended is None,
        "rubric_named": True,  # these two by the database
        "period_named": True,
        "policy_named": bool(programme or evaluation.policy),
        "rules_frozen": programme is None or programme.head.phase != ProgrammeState.DRAFT,
        "visit_planned": evaluation.visit_start is not None,
        "entry_0_written": True,  # by the move itself
    }
    return {code for code, holds in facts.items() if holds}


def as_domain(evaluation: Evaluation) -> Facts:
    """Return an evaluation as papers and results read it (visit records are added by `queries.visit`)."""
    platform, programme, seats = evaluation.platform, evaluation.programme, seated(evaluation)
    scoring = [s for s in seats if s.role in Seat.SCORERS]
    people = as_panel(evaluation, scoring + [s for s in seats if s.role == Seat.Role.SUBSTITUTE])
    return Facts(
        platform=PlatformFacts(
            name=platform.name,
            operator=platform.operator.name,
            channel=platform.channel,  # type: ignore[arg-type] # the model's choices are the domain's
            region=platform.region.name,
            address=platform.operator.address,
            sites=tuple(s.name for s in platform.sites.filter(closed__isnull=True)),
            url=platform.url,
            contact=platform.operator.contact,
            service_start=platform.service_start,
        ),
        kind=evaluation.kind,  # type: ignore[arg-type] # the model's choices are the domain's
        reason=evaluation.reason,  # type: ignore[arg-type] # the model's choices are the domain's
        purpose=evaluation.purpose,
        authority=evaluation.authority.name if evaluation.authority else "",
        programme=programme.name if programme else "",
        basis=tuple(filter(None, (programme.basis if programme else "").splitlines())),
        period=(evaluation.period_start, evaluation.period_end),
        policy=policy_of(evaluation),
        panel=people[: len(scoring)],
        substitutes=people[len(scoring) :],
        secretary="、".join(s.expert.name for s in seats if s.role == Seat.Role.SECRETARY),
        visit=Visit(start=evaluation.visit_start, end=evaluation.visit_end, place=evaluation.visit_place),
        guidance=evaluation.guidance or (programme.guidance if programme else {}),
    )
