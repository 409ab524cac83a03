"""Draws as somebody sees them: for what, from which pool, who may step in by them."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.queries import in_regions
from zhiping.domain import draw as rules
from zhiping.domain import panel
from zhiping.domain.draw import Outcome, Record
from zhiping.domain.draw_conditions import Candidate, Rules
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import State
from zhiping.domain.transparency.canonical import Day
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.panels.models import Draw, Seat
from zhiping.panels.queries.pool import pool, pooled

OPEN = (State.PLANNED, State.PREPARING)
MOST_SHOWN = 20


@dataclass(frozen=True)
class Target:
    """What is drawn for: an evaluation or a trip, with those evaluations that are not under way yet."""

    subject: Evaluation | Trip
    evaluations: list[Evaluation]
    authority: Organisation

    @property
    def trip(self) -> Trip | None:
        """The trip, where the draw is for all of it."""
        return self.subject if isinstance(self.subject, Trip) else None

    @property
    def operators(self) -> list[str]:
        """Whoever runs one of the platforms: nobody drawn may have ties to them."""
        return sorted({e.platform.operator.name for e in self.evaluations})

    def days(self, today: dt.date) -> list[Day]:
        """Return the first and last day of the visits, else of the trip, else today."""
        planned = [d for e in self.evaluations for d in (e.visit_start, e.visit_end) if d]
        planned = planned or [d for d in (self.trip.starts, self.trip.ends) if d] if self.trip else planned
        ends = {min(planned, default=today), max(planned, default=today)}
        return [Day(day.isoformat()) for day in sorted(ends)]


def visible_to(user: User) -> QuerySet[Draw]:
    """Return the draws of the authorities in the person's regions: who supervises sees all of them."""
    return Draw.objects.filter(
        in_regions(user, "evaluation__authority__region_id")
        | in_regions(user, "trip__programme__authority__region_id")
    )


def get_draw(user: User, draw_id: UUID) -> Draw:
    """Return one draw; Http404 where the person may not see it."""
    found = visible_to(user).select_related(
        "head", "trip__programme__authority__region", "evaluation__platform__operator",
        "evaluation__head", "evaluation__authority__region",
    )  # fmt: skip
    return get_object_or_404(found, pk=draw_id)


def for_evaluation(evaluation: Evaluation) -> Target:
    """Return an evaluation as what is drawn for; Invalid `draws.self` for a self-evaluation."""
    if evaluation.authority is None:
        raise Invalid([Problem("draws.self")])
    still_open = [evaluation] if evaluation.head.phase in OPEN else []
    return Target(evaluation, still_open, evaluation.authority)


def for_trip(trip: Trip) -> Target:
    """Return a trip as what is drawn for: one query."""
    found = trip.evaluations.filter(head__phase__in=OPEN).select_related(
        "head", "platform__operator", "authority"
    )
    return Target(trip, list(found.order_by("pk")), trip.programme.authority)


def target_of(draw: Draw) -> Target:
    """Return what a draw is for."""
    if draw.trip:
        return for_trip(draw.trip)
    if draw.evaluation is None:
        raise Draw.DoesNotExist  # the table's own constraint does not admit such a row
    return for_evaluation(draw.evaluation)


def conditions(
    target: Target,
    today: dt.date,
    *,
    seats: int = 3,
    substitutes: int = 0,
    experience: int = 0,
    fields: Mapping[str, int] | None = None,
    per_employer: int = 0,
    per_region: int = 0,
    fixed: Sequence[str] = (),
    excluded: Mapping[str, str] | None = None,
) -> Rules:
    """Return what is typed as the rules of a draw, judged against the target's operators and days."""
    return Rules(
        seats=seats,
        substitutes=substitutes,
        experience=experience,
        fields={name: n for name, n in (fields or {}).items() if n},
        per_employer=per_employer,
        per_region=per_region,
        operators=target.operators,
        dates=target.days(today),
        excluded=dict(excluded or {}),
        fixed=list(fixed),
    )


def drawn_from(target: Target, wanted: Rules) -> list[Candidate]:
    """Return the pool as the rules judge it, in the order of names: four queries, however many experts."""
    days = [dt.date.fromisoformat(day) for day in wanted["dates"]]
    return [
        rules.entry(one.expert, wanted, region=f"{one.region[:4]}00", fields=one.fields)
        for one in pooled(pool(target.authority), days)
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a pool stands to rules: how many are in it, can be drawn, cannot and why; what is impossible."""

    total: int
    fit: int
    unfit: dict[str, int]
    problems: tuple[Problem, ...]


def standing(target: Target, found: Sequence[Candidate], today: dt.date, **typed: Any) -> Standing:
    """Return how the pool stands to what is typed."""
    wanted = conditions(target, today, **typed)
    reasons = [rules.unfit(wanted, one) for one in found]
    counted = Counter(reason for each in reasons for reason in each)
    try:
        rules.check(wanted, found)
    except Invalid as refused:
        return Standing(len(found), reasons.count([]), dict(counted), refused.problems)
    return Standing(len(found), reasons.count([]), dict(counted), ())


def named(found: Sequence[Candidate], words: str, chosen: Collection[str]) -> list[Candidate]:
    """Return the first of the pool by name or employer, but those chosen already; nobody for no words."""
    matching = (one for one in found if words in one["name"] or words in one["employer"])
    return list(islice((one for one in matching if one["id"] not in chosen), MOST_SHOWN)) if words else []


def names(draw: Draw) -> dict[str, str]:
    """Return what the people of a draw's pool are called, by id; namesakes told apart."""
    called = panel.distinct_names((one["name"], one["id"]) for one in draw.pool)
    return dict(zip((one["id"] for one in draw.pool), called, strict=True))


def state(draw: Draw) -> str:
    """Return where a draw stands: committed, drawn, applied or abandoned."""
    return state_on(draw.applied, draw.abandoned, draw.head.phase)


def state_on(applied: dt.datetime | None, abandoned: str, phase: str) -> str:
    """Return the state of a draw with these values."""
    return "applied" if applied and not abandoned else phase


def record(draw: Draw) -> Record | None:
    """Return the printed record; None while the draw is sealed."""
    if draw.result is None:
        return None
    found = rules.record(draw.rules, draw.pool, outcome(draw))
    found["unfit"] = dict(found["unfit"])  # a counter would answer to any name a template asks
    return found


def paper_facts(evaluation: Evaluation) -> dict[str, Any]:
    """Return what the paper 专家抽取记录表 says of the draw that holds here; nothing where there is none."""
    draw = live_draw(evaluation)
    if draw is None or draw.drawn is None:
        return {}
    return {"draw": record(draw), "drawn": f"{timezone.localtime(draw.drawn):%F %R}"}


def draws_of(target: Target) -> QuerySet[Draw]:
    """Return every draw made for the same thing, the abandoned ones too, the latest first."""
    found = Draw.objects.filter(trip=target.trip) if target.trip else draws_touching(target.evaluations[0])
    return _listed(found)


def draws_in(programme: Programme) -> QuerySet[Draw]:
    """Return every draw of a programme's trips and evaluations, the latest first."""
    return _listed(programme.draws.select_related("trip", "evaluation__platform"))


def _listed(found: QuerySet[Draw]) -> QuerySet[Draw]:
    """Leave out what no list shows: a pool is long."""
    return found.select_related("head").defer("pool", "rules", "result", "secret")


def draws_touching(evaluation: Evaluation) -> QuerySet[Draw]:
    """Return every draw made for an evaluation or its trip, the abandoned ones too."""
    return Draw.objects.filter(Q(evaluation=evaluation) | Q(trip__isnull=False, trip=evaluation.trip_id))


def standing_draws(target: Target) -> QuerySet[Draw]:
    """Return the draws not given up for any of the same evaluations: by itself, or with its trip."""
    if target.trip:
        own = Q(evaluation__trip=target.trip, evaluation__head__phase__in=OPEN)
        return Draw.objects.filter(Q(trip=target.trip) | own, abandoned="")
    return draws_touching(target.evaluations[0]).filter(abandoned="")


def live_draw(evaluation: Evaluation) -> Draw | None:
    """Return the draw whose result holds here; None where nobody was drawn or it was abandoned."""
    applied = draws_touching(evaluation).filter(applied__isnull=False, abandoned="")
    return applied.order_by("-applied").first()


def bound_by_draw(evaluation: Evaluation, seat: Seat) -> bool:
    """Whether only a recusal on record can change that this person sits here."""
    return seat.origin == Seat.Origin.DRAWN and live_draw(evaluation) is not None


def in_turn(draw: Draw, scoring: Sequence[Seat], waiting: Sequence[Seat], left: Sequence[Seat]) -> list[str]:
    """Return the ids of the experts whose turn it is to step in, so that every rule of the draw holds.

    `scoring` and `waiting`: who sits and who waits now; `left`: whose seats are vacant.
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
    """Return what a draw came to; Conflict `draws.not_drawn` while it is sealed."""
    found: Outcome | None = draw.result
    if found is None:
        raise Conflict([Problem("draws.not_drawn")])
    return found


def as_record(draw: Draw) -> dict[str, Any]:
    """Return what anybody needs to recompute a draw; the result only once it is drawn."""
    return {
        "format": "zhiping draw 1",
        "commitment": draw.commitment,
        "committed": draw.committed.isoformat(),
        "drawn": draw.drawn.isoformat() if draw.drawn else None,
        "rules": draw.rules,
        "pool": draw.pool,
        "result": draw.result,
    }
