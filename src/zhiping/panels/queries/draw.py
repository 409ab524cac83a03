"""Draws: what they are for, their pool and rules, and the substitutes that may step in."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, UUIDField
from django.shortcuts import get_object_or_404
from django.utils import timezone

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.queries import in_regions
from zhiping.domain import draw as rules
from zhiping.domain import lifecycle, panel
from zhiping.domain.draw import Outcome, Record
from zhiping.domain.draw_conditions import Candidate, Conditions, Rules
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.transparency.canonical import Day
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.ledger import kept
from zhiping.panels.models import Draw, Seat
from zhiping.panels.queries.pool import pool, pooled
from zhiping.statements import Given, things_of

COMPOSABLE = lifecycle.rows("evaluation", "compose_drawn")[0].sources
MOST_SHOWN = 20


@dataclass(frozen=True)
class Target:
    """The subject of a draw, an evaluation or a trip, with those evaluations that have not started."""

    subject: Evaluation | Trip
    evaluations: list[Evaluation]
    authority: Organisation

    @property
    def trip(self) -> Trip | None:
        """The trip, where the draw is for all of it."""
        return self.subject if isinstance(self.subject, Trip) else None

    @property
    def operators(self) -> list[str]:
        """The operators of the platforms: experts with ties to them are not eligible."""
        return sorted({e.platform.operator.name for e in self.evaluations})

    def days(self, today: dt.date) -> list[Day]:
        """Return the first and last day of the visits, else of the trip, else today."""
        planned = [d for e in self.evaluations for d in (e.visit_start, e.visit_end) if d]
        planned = planned or [d for d in (self.trip.starts, self.trip.ends) if d] if self.trip else planned
        ends = {min(planned, default=today), max(planned, default=today)}
        return [Day(day.isoformat()) for day in sorted(ends)]


def visible_to(user: User) -> QuerySet[Draw]:
    """Return the draws of the authorities in the person's regions."""
    return Draw.objects.filter(
        in_regions(user, "evaluation__authority__region_id")
        | in_regions(user, "trip__programme__authority__region_id")
    )


def get_draw(user: User, draw_id: UUID) -> Draw:
    """Return one draw; Http404 where the person may not see it."""
    draws = visible_to(user).select_related(
        "head", "trip__programme__authority__region", "evaluation__platform__operator",
        "evaluation__head", "evaluation__authority__region",
    )  # fmt: skip
    return get_object_or_404(draws, pk=draw_id)


def evaluations_of(subject: Evaluation | Trip) -> QuerySet[Evaluation]:
    """Return the evaluation itself, or those of the trip."""
    own = Q(trip=subject) if isinstance(subject, Trip) else Q(pk=subject.pk)
    return Evaluation.objects.filter(own).select_related("head", "platform__operator", "authority")


def authority_of(subject: Evaluation | Trip) -> Organisation:
    """Return the authority that draws; Invalid `draws.self` for a self-evaluation."""
    authority = subject.programme.authority if isinstance(subject, Trip) else subject.authority
    if authority is None:
        raise Invalid.of("draws.self")
    return authority


def target_for(subject: Evaluation | Trip) -> Target:
    """Return an evaluation or a trip as the target of a draw; Invalid `draws.self` for a self-evaluation."""
    if isinstance(subject, Trip):
        evaluations = list(evaluations_of(subject).filter(head__phase__in=COMPOSABLE).order_by("pk"))
    else:
        evaluations = [subject] if subject.head.phase in COMPOSABLE else []
    return Target(subject, evaluations, authority_of(subject))


def target_of(draw: Draw) -> Target:
    """Return the target of a draw."""
    subject = draw.trip or draw.evaluation
    if subject is None:
        raise Draw.DoesNotExist  # the table's own constraint does not admit such a row
    return target_for(subject)


def rules_for(target: Target, conditions: Conditions, today: dt.date) -> Rules:
    """Return the rules of a draw: its conditions, and the target's operators and days."""
    return conditions.rules(operators=target.operators, dates=target.days(today))


def drawn_from(target: Target, wanted: Rules) -> list[Candidate]:
    """Return the pool as the rules judge it, in the order of names: four queries, however many experts."""
    days = [dt.date.fromisoformat(day) for day in wanted["dates"]]
    return [
        rules.entry(one.expert, wanted, region=f"{one.region[:4]}00", fields=one.fields)
        for one in pooled(pool(target.authority), days)
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of a pool are eligible, how many not and why, and why no draw is possible."""

    total: int
    fit: int
    unfit: dict[str, int]
    problems: tuple[Problem, ...]


def standing(pool: Sequence[Candidate], wanted: Rules) -> Standing:
    """Return which of a pool can be drawn by some rules."""
    reasons = [rules.unfit(wanted, one) for one in pool]
    counted = Counter(reason for each in reasons for reason in each)
    problems: tuple[Problem, ...] = ()
    try:
        rules.check(wanted, pool)
    except Invalid as refused:
        problems = refused.problems
    return Standing(len(pool), reasons.count([]), dict(counted), problems)


def named(pool: Sequence[Candidate], words: str, chosen: Collection[str]) -> list[Candidate]:
    """Return the first of the pool by name or employer, except those chosen; none without words."""
    matching = (one for one in pool if words in one["name"] or words in one["employer"])
    return list(islice((one for one in matching if one["id"] not in chosen), MOST_SHOWN)) if words else []


def names(draw: Draw) -> dict[str, str]:
    """Return the names of a draw's pool by id, with a suffix where two are equal."""
    distinct = panel.distinct_names((one["name"], one["id"]) for one in draw.pool)
    return dict(zip((one["id"] for one in draw.pool), distinct, strict=True))


def state(draw: Draw) -> str:
    """Return the state of a draw: committed, drawn, applied or abandoned."""
    return state_on(draw.applied, draw.abandoned, draw.head.phase)


def state_on(applied: dt.datetime | None, abandoned: str, phase: str) -> str:
    """Return the state of a draw with these values."""
    return "applied" if applied and not abandoned else phase


def record(draw: Draw) -> Record | None:
    """Return the printed record; None while the draw is sealed."""
    if draw.result is None:
        return None
    printed = rules.record(draw.rules, draw.pool, outcome(draw))
    printed["unfit"] = dict(printed["unfit"])  # a counter would answer to any name a template asks
    return printed


def paper_facts(evaluation: Evaluation) -> dict[str, Any]:
    """Return the facts of the paper 专家抽取记录表; none where no draw holds."""
    draw = live_draw(evaluation)
    if draw is None or draw.drawn is None:
        return {}
    drawn = f"{timezone.localtime(draw.drawn):%F %R}"
    return {"draw": record(draw), "drawn": drawn, "checkpoint": kept.printed()}


def draws_of(target: Target) -> QuerySet[Draw]:
    """Return every draw made for the same subject, the abandoned ones too, the latest first."""
    return _listed(_draws_for(target.subject))


def draws_in(programme: Programme) -> QuerySet[Draw]:
    """Return every draw of a programme's trips and evaluations, the latest first."""
    return _listed(programme.draws.select_related("trip", "evaluation__platform"))


def latest_draws(programme: Programme, most: int) -> list[Draw]:
    """Return the latest draws of a programme's trips and evaluations."""
    return things_of(partial(_latest_draws, most), programme=programme.pk)


def _latest_draws(most: int) -> QuerySet[Draw]:
    found = Draw.objects.filter(programme=Given("programme", UUIDField()))
    return _listed(found.select_related("trip", "evaluation__platform"))[:most]


def _listed(draws: QuerySet[Draw]) -> QuerySet[Draw]:
    """Defer the columns that no list shows: a pool is long."""
    return draws.select_related("head").defer("pool", "rules", "result", "secret")


def _draws_for(subject: Evaluation | Trip) -> QuerySet[Draw]:
    return Draw.objects.filter(trip=subject) if isinstance(subject, Trip) else draws_touching(subject)


def draws_touching(evaluation: Evaluation) -> QuerySet[Draw]:
    """Return every draw made for an evaluation or its trip, the abandoned ones too."""
    return Draw.objects.filter(Q(evaluation=evaluation) | Q(trip__isnull=False, trip=evaluation.trip_id))


def standing_draws(target: Target) -> QuerySet[Draw]:
    """Return the draws for any of the same evaluations, by itself or with its trip, not abandoned."""
    draws = _draws_for(target.subject)
    if target.trip:
        draws |= Draw.objects.filter(evaluation__in=target.evaluations)
    return draws.filter(abandoned="")


def live_draw(evaluation: Evaluation) -> Draw | None:
    """Return the draw of an evaluation that was applied and not abandoned; None where there is none."""
    applied = draws_touching(evaluation).filter(applied__isnull=False, abandoned="")
    return applied.order_by("-applied").first()


def bound_by_draw(evaluation: Evaluation, seat: Seat) -> bool:
    """Return whether a seat changes only by a granted recusal."""
    return seat.origin == Seat.Origin.DRAWN and live_draw(evaluation) is not None


def in_turn(draw: Draw, scoring: Sequence[Seat], waiting: Sequence[Seat], left: Sequence[Seat]) -> list[str]:
    """Return the ids of the experts whose turn it is to step in, so that every rule of the draw holds.

    `scoring`, `waiting`: the seats of members and substitutes now; `left`: the vacant ones.
    """
    known = {one["id"] for one in draw.pool}
    leaving = [str(s.expert_id) for s in left if str(s.expert_id) in known]
    staying = [str(s.expert_id) for s in scoring if str(s.expert_id) in known]
    ready = {str(s.expert_id) for s in waiting}
    now = outcome(draw).copy()
    now["substitutes"] = [one for one in now["substitutes"] if one["id"] in ready]
    now["members"] = [*staying, *leaving]
    return rules.who_may_replace(draw.rules, draw.pool, now, leaving)


def outcome(draw: Draw) -> Outcome:
    """Return the result of a draw; Conflict `draws.not_drawn` while it is sealed."""
    result: Outcome | None = draw.result
    if result is None:
        raise Conflict.of("draws.not_drawn")
    return result


def as_record(draw: Draw) -> dict[str, Any]:
    """Return everything that recomputing a draw needs; the result only once it is drawn."""
    return {
        "format": "zhiping draw 1",
        "commitment": draw.commitment,
        "committed": draw.committed.isoformat(),
        "drawn": draw.drawn.isoformat() if draw.drawn else None,
        "rules": draw.rules,
        "pool": draw.pool,
        "result": draw.result,
    }
