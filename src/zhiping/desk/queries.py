"""What waits for a person, by deadline, and the numbers behind it: each part one query, at any size."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from zhiping.accounts import queries as accounts
from zhiping.accounts.models import Role, User
from zhiping.accounts.rules import administrator, auditor
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import in_state
from zhiping.panels.models import Recusal, Seat
from zhiping.registry import queries as registry
from zhiping.registry.models import Platform, Trigger
from zhiping.statements import rows_of, things_of
from zhiping.web.texts import language

MOST = 10  # lines of one kind; the lists have the rest
COUNTED = ("platforms", "overdue", "soon")
SOON = dt.timedelta(days=60)
RECENT = dt.timedelta(days=7)
UNDER_WAY = (State.PLANNED, State.PREPARING, State.SCORING)


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


def desk(user: User, now: dt.datetime) -> Desk:
    """Return what waits for the person in all roles together, the earliest deadline first."""
    found, today = Desk(), timezone.localtime(now).date()
    heads = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    if user.regions or heads:
        found.tasks += [*_triggers(user, heads, today), *_recusals(user, heads)]
    if user.regions or own:
        found.tasks += _evaluations(user, own, heads, today)
    found.tasks += _seats(user, today)
    found.tasks.sort(key=lambda task: (task.due or dt.date.max, task.code))
    if user.regions:
        found.regions, sums = _regions(user, today)
        found.numbers += _numbers(sums)
    found.numbers += _offices(user, now)
    return found


def _task(code: str, url: str, due: dt.date | None, today: dt.date, **data: Any) -> Task:
    return Task(code, data, url, due, late=due is not None and due < today)


def _waiting_triggers(user: User, heads: list[Any]) -> QuerySet[Trigger]:
    answered = Evaluation.objects.filter(trigger=OuterRef("pk")).exclude(head__phase=State.CANCELLED)
    unanswered = Q(important=True, met__isnull=True) & ~Exists(answered)
    mine = accounts.in_regions(user, "platform__region_id") & (Q(important__isnull=True) | unanswered)
    asked = Q(platform__operator_id__in=heads, important__isnull=True, view="")
    waiting = Trigger.objects.filter(mine | asked, platform__ended__isnull=True).select_related("platform")
    return waiting.order_by(F("due").asc(nulls_last=True), "reported")[: 2 * MOST]


def _triggers(user: User, heads: list[Any], today: dt.date) -> Iterator[Task]:
    """Return undecided triggers, and important ones that no evaluation answers yet (6.1.2).

    The operator's head is asked for a view as long as nothing is decided.
    """
    for trigger in things_of(partial(_waiting_triggers, user, heads)):
        code = "answer_trigger" if trigger.important else "decide_trigger"
        if not any(first <= trigger.platform.region_id <= last for first, last in user.regions):
            code = "view_trigger"
        url = reverse("dossier:platform", args=[trigger.platform_id]) + "#triggers"
        yield _task(code, url, trigger.due, today, platform=trigger.platform.name)


def _waiting_recusals(user: User, heads: list[Any]) -> QuerySet[Recusal]:
    of = "seat__evaluation__platform"
    mine = accounts.in_regions(user, f"{of}__region_id") & Q(seat__evaluation__kind="authority")
    own = Q(**{f"{of}__operator_id__in": heads}, seat__evaluation__kind="self")
    waiting = Recusal.objects.filter(mine | own, granted__isnull=True)
    return waiting.select_related("seat__expert", of).order_by("asked")[:MOST]


def _recusals(user: User, heads: list[Any]) -> Iterator[Task]:
    """Return requests to step aside that the user decides on."""
    for recusal in things_of(partial(_waiting_recusals, user, heads)):
        data = {"name": recusal.seat.expert.name, "platform": recusal.seat.evaluation.platform.name}
        yield Task("decide_recusal", data, reverse("panels:decide-recusal", args=[recusal.pk]))


def _coming(user: User, own: list[Any], heads: list[Any], today: dt.date) -> QuerySet[Evaluation]:
    mine = accounts.in_regions(user, "platform__region_id") & Q(kind="authority")
    charge = (mine | Q(kind="self", platform__operator_id__in=heads)) & in_state(
        State.PLANNED, State.PREPARING
    )
    received = Q(kind="authority", platform__operator_id__in=own, visit_end__gte=today) & in_state(
        State.PREPARING, State.SCORING
    )
    found = Evaluation.objects.filter(charge | received).select_related("head", "platform")
    due = Coalesce("start_by", "visit_start").asc(nulls_last=True)
    return found.order_by(due, "pk")[: 2 * MOST]


def _evaluations(user: User, own: list[Any], heads: list[Any], today: dt.date) -> Iterator[Task]:
    """Return evaluations in preparation that the user runs, and visits an operator is to receive."""
    for evaluation in things_of(partial(_coming, user, own, heads, today)):
        url, name = reverse("dossier:evaluation", args=[evaluation.pk]), evaluation.platform.name
        if _in_charge(user, heads, evaluation):
            day = evaluation.start_by or evaluation.visit_start
            yield _task(f"{evaluation.head.phase}_evaluation", url, day, today, platform=name)
        else:
            yield Task("receive_visit", {"platform": name}, url, evaluation.visit_start)


def _in_charge(user: User, heads: list[Any], evaluation: Evaluation) -> bool:
    if evaluation.head.phase == State.SCORING:
        return False
    platform = evaluation.platform
    if evaluation.kind == "self":
        return platform.operator_id in heads
    return any(first <= platform.region_id <= last for first, last in user.regions)


def _held_seats(user: User, today: dt.date) -> QuerySet[Seat]:
    held = Seat.objects.filter(
        Q(evaluation__visit_end__isnull=True)
        | Q(evaluation__visit_end__gte=today)
        | Q(declared__isnull=True),
        expert__user=user,
        left__isnull=True,
        evaluation__head__phase__in=UNDER_WAY,
    )
    found = held.select_related("evaluation__platform", "evaluation__head")
    order = (F("evaluation__visit_start").asc(nulls_last=True), "pk")
    return found.order_by(*order)[: 2 * MOST]


def _seats(user: User, today: dt.date) -> Iterator[Task]:
    """Return declarations to sign, panels to lead to their start and visits to come."""
    for seat in things_of(partial(_held_seats, user, today)):
        evaluation, data = seat.evaluation, {"platform": seat.evaluation.platform.name}
        here = reverse("dossier:evaluation", args=[evaluation.pk])
        if seat.declared is None and seat.role != Seat.Role.SECRETARY:
            url = reverse("panels:declare", args=[evaluation.pk])
            yield _task("declare", url, evaluation.visit_start, today, **data)
        elif seat.role == Seat.Role.LEAD and evaluation.head.phase == State.PREPARING:
            yield _task("lead", here, evaluation.visit_start, today, **data)
        elif seat.role != Seat.Role.SUBSTITUTE:
            yield Task("visit", data, here, evaluation.visit_start)


def _regions(user: User, today: dt.date) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return how many platforms and evaluations stand where, and all together: two queries.

    Whoever is responsible for a province sees its league-cities, anybody else the counties.
    """
    wide = any(first.endswith("0000") for first, _ in user.regions)
    names: dict[str, str] = {}
    sums: dict[str, Counter[str]] = {}
    for code, counts, own, above in _platforms(user, today):
        at, (zh, en) = (f"{code[:4]}00", above) if wide and above[0] and code[4:] != "00" else (code, own)
        names[at] = (en if language() == "en" else "") or zh
        sums.setdefault(at, Counter()).update(counts)
    for code, counts in _in_hand(user):
        sums.setdefault(f"{code[:4]}00" if wide else code, Counter()).update(counts)
    none = dict.fromkeys((*COUNTED, "under_way"), 0)
    lines = [{"code": code, "name": names.get(code, code), **none, **sums[code]} for code in sorted(sums)]
    return lines, sum(sums.values(), Counter())


def _counted(user: User, today: dt.date) -> QuerySet[Platform, Any]:
    """Count by code alone, which an index keeps in order; the names of a code are all the same."""
    overdue, soon = registry.standing("overdue", today), Q(due__gte=today, due__lte=today + SOON)
    counts = (Count("pk"), Count("pk", filter=overdue), Count("pk", filter=soon))
    names = [Min(f"region__{'parent__' * above}{name}") for above in (0, 1) for name in ("name", "name_en")]
    live = Platform.objects.filter(accounts.in_regions(user, "region_id"), ended__isnull=True).order_by()
    numbers = dict(zip(COUNTED, counts, strict=True))
    said = {f"name{n}": name for n, name in enumerate(names)}
    return live.values_list("region_id").annotate(**numbers, **said)


def _platforms(user: User, today: dt.date) -> Iterator[tuple[str, dict[str, int], list[str], list[str]]]:
    for code, *row in rows_of(partial(_counted, user, today)):
        yield code, dict(zip(COUNTED, row, strict=False)), row[-4:-2], row[-2:]


def _counted_states(user: User) -> QuerySet[Evaluation, Any]:
    states = Evaluation.objects.filter(accounts.in_regions(user, "platform__region_id"), kind="authority")
    rows = states.filter(in_state(*UNDER_WAY)).values_list("platform__region_id", "head__phase")
    return rows.annotate(n=Count("pk")).order_by()


def _in_hand(user: User) -> Iterator[tuple[str, dict[str, int]]]:
    for code, phase, n in rows_of(partial(_counted_states, user)):
        yield code, {phase: n, "under_way": n}


def _numbers(sums: Counter[str]) -> list[Number]:
    """Return an officer's numbers, each as its list would count."""
    platforms, evaluations = reverse("registry:platforms"), reverse("evaluations:evaluations")
    return [
        Number("platforms", sums["platforms"], platforms),
        Number("overdue", sums["overdue"], f"{platforms}?standing=overdue", "danger"),
        Number("soon", sums["soon"], f"{platforms}?sort=due", "warning"),
        *(Number(state, sums[state], f"{evaluations}?state={state}") for state in UNDER_WAY),
    ]


def _offices(user: User, now: dt.datetime) -> list[Number]:
    """Return what an administrator or an auditor looks at first."""
    if administrator(user):
        failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).count()
        waiting = User.objects.filter(accounts.state("waiting")).count()
        people = reverse("accounts:people")
        return [
            Number("failed_jobs", failed, reverse("operations:overview"), "danger"),
            Number("waiting_people", waiting, f"{people}?state=waiting", "warning"),
        ]
    if auditor(user):
        since = timezone.localtime(now - RECENT).date()
        midnight = timezone.make_aware(dt.datetime.combine(since, dt.time()))
        denied = accounts.audit_log(user).filter(action="denied", at__gte=midnight).count()
        url = f"{reverse('accounts:audit')}?action=denied&since={since}"
        return [Number("denials", denied, url, "warning")]
    return []
