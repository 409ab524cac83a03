"""What waits for a person, by deadline, and the numbers behind it: each part one query, at any size."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from zhiping.accounts.models import Region, Role, User
from zhiping.domain.lifecycle import State
from zhiping.preparation.models import Evaluation, Recusal, Seat
from zhiping.preparation.queries.evaluation import visible_to as evaluations_of
from zhiping.registry import queries as registry
from zhiping.registry.models import Platform, Trigger

MOST = 10  # lines of one kind; the lists have the rest
UNDER_WAY = (State.PLANNED, State.PREPARING, State.SCORING, State.DELIBERATING)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: the key of its sentence, what the sentence needs, where to do it, by when."""

    code: str
    data: dict[str, Any]
    url: str
    due: dt.date | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """One number with the list behind it."""

    code: str
    value: int
    url: str
    tone: str = ""


@dataclass(slots=True)
class Desk:
    """A person's first page."""

    tasks: list[Task] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    regions: list[dict[str, Any]] = field(default_factory=list)


def desk(user: User, today: dt.date) -> Desk:
    """Return what waits for the person in all roles together, the earliest deadline first."""
    found = Desk()
    if user.regions:
        found.tasks += [*_triggers(user, today), *_recusals(user)]
        found.numbers = _numbers(user, today)
        found.regions = _regions(user, today)
    if user.regions or user.organisations(Role.OPERATOR_HEAD):
        found.tasks += _evaluations(user, today)
    found.tasks += _seats(user, today)
    found.tasks.sort(key=lambda task: (task.due or dt.date.max, task.code))
    return found


def _task(code: str, url: str, due: dt.date | None, today: dt.date, **data: Any) -> Task:
    return Task(code, data, url, due, late=due is not None and due < today)


def _triggers(user: User, today: dt.date) -> Iterator[Task]:
    """Triggers nobody has decided on, and important ones no evaluation answers yet (6.1.2)."""
    mine = registry.in_regions(user, "platform__region_id")
    answered = Evaluation.objects.filter(trigger=OuterRef("pk")).exclude(head__phase=State.CANCELLED)
    waiting = Trigger.objects.filter(mine).filter(
        Q(important__isnull=True) | (Q(important=True) & ~Exists(answered))
    )
    for trigger in waiting.select_related("platform").order_by("due", "reported")[:MOST]:
        code = "decide_trigger" if trigger.important is None else "answer_trigger"
        url = reverse("registry:platform", args=[trigger.platform_id]) + "#triggers"
        yield _task(code, url, trigger.due, today, platform=trigger.platform.name)


def _recusals(user: User) -> Iterator[Task]:
    mine = registry.in_regions(user, "seat__evaluation__platform__region_id")
    waiting = Recusal.objects.filter(mine, granted__isnull=True, seat__evaluation__kind="authority")
    for recusal in waiting.select_related("seat__expert", "seat__evaluation__platform")[:MOST]:
        evaluation = recusal.seat.evaluation
        url = reverse("preparation:panel", args=[evaluation.pk])
        yield Task(
            "decide_recusal", {"name": recusal.seat.expert.name, "platform": evaluation.platform.name}, url
        )


def _evaluations(user: User, today: dt.date) -> Iterator[Task]:
    """Evaluations in preparation that the person has in charge."""
    heads = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    charge = (registry.in_regions(user, "platform__region_id") & Q(kind="authority")) | Q(
        kind="self", platform__operator_id__in=heads
    )
    open_ = Evaluation.objects.filter(charge, head__phase__in=(State.PLANNED, State.PREPARING))
    for evaluation in open_.select_related("head", "platform").order_by("start_by", "visit_start", "pk")[
        :MOST
    ]:
        code = f"{evaluation.head.phase}_evaluation"
        url = reverse("preparation:evaluation", args=[evaluation.pk])
        due = evaluation.start_by or evaluation.visit_start
        yield _task(code, url, due, today, platform=evaluation.platform.name)


def _seats(user: User, today: dt.date) -> Iterator[Task]:
    """Declarations to sign and visits to come, for somebody who sits on panels."""
    seats = Seat.objects.filter(
        expert__user=user,
        left__isnull=True,
        evaluation__head__phase__in=(State.PLANNED, State.PREPARING, State.SCORING),
    )
    found = seats.select_related("evaluation__platform", "evaluation__head")
    for seat in found.order_by("evaluation__visit_start")[: 2 * MOST]:
        evaluation = seat.evaluation
        unsigned = seat.declared is None and seat.role != Seat.Role.SECRETARY
        code = "declare" if unsigned else "visit"
        url = reverse(f"preparation:{'declare' if unsigned else 'evaluation'}", args=[evaluation.pk])
        yield _task(code, url, evaluation.visit_start, today, platform=evaluation.platform.name)


def _numbers(user: User, today: dt.date) -> list[Number]:
    soon = today + dt.timedelta(days=60)
    live = Platform.objects.filter(registry.in_regions(user, "region_id"), ended__isnull=True)
    counted = live.aggregate(
        platforms=Count("pk"),
        overdue=Count("pk", filter=Q(due__lt=today)),
        soon=Count("pk", filter=Q(due__gte=today, due__lte=soon)),
    )
    states = evaluations_of(user).filter(kind="authority", head__phase__in=UNDER_WAY)
    under_way = dict(states.values_list("head__phase").annotate(n=Count("pk")))
    platforms, evaluations = reverse("registry:platforms"), reverse("preparation:evaluations")
    return [
        Number("platforms", counted["platforms"], platforms),
        Number("overdue", counted["overdue"], f"{platforms}?standing=overdue", "danger"),
        Number("soon", counted["soon"], f"{platforms}?sort=due"),
        *(Number(s, under_way.get(s, 0), f"{evaluations}?state={s}") for s in UNDER_WAY[:3]),
    ]


def _regions(user: User, today: dt.date) -> list[dict[str, Any]]:
    """Return per league-city (or county, for a league-city's officer) how many platforms stand where."""
    in_hand = Evaluation.objects.filter(platform=OuterRef("pk"), kind="authority", head__phase__in=UNDER_WAY)
    rows = (
        Platform.objects.filter(registry.in_regions(user, "region_id"), ended__isnull=True)
        .values("region_id")
        .annotate(
            platforms=Count("pk"),
            overdue=Count("pk", filter=Q(due__lt=today)),
            under_way=Count("pk", filter=Exists(in_hand)),
        )
    )
    level = "county" if all(not first.endswith("0000") for first, _ in user.regions) else "city"
    names = {
        region.code: region.name
        for region in Region.objects.filter(registry.in_regions(user, "code")).only("code", "name")
    }
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        code = row["region_id"] if level == "county" else f"{row['region_id'][:4]}00"
        total = found.setdefault(
            code, {"code": code, "name": names.get(code, code), "platforms": 0, "overdue": 0, "under_way": 0}
        )
        for key in ("platforms", "overdue", "under_way"):
            total[key] += row[key]
    return [found[code] for code in sorted(found)]
