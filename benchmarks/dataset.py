"""Data set L: a province's register at full size, made from a seed; for figures and for counting queries.

Needs a migrated, empty database and Django set up. Rows are written in bulk with whole ledgers (heads,
events, leaves), so every page shows them as it shows those made by hand.
"""

import datetime as dt
import random
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from benchmarks import sheets
from zhiping.accounts.models import Membership, Organisation, Region, User
from zhiping.domain import policy, schedule
from zhiping.domain.lifecycle import State
from zhiping.domain.transparency.tree import leaf_hash
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.ids import uuid7
from zhiping.ledger.entry import Entry, facts, plain
from zhiping.ledger.models import Event, Head, Leaf
from zhiping.ledger.replay import Span, rows_of
from zhiping.panels.models import Seat
from zhiping.registry.models import Platform, Site, Trigger
from zhiping.rubrics.models import Rubric
from zhiping.visits.models import VisitRecord

TODAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
PASSWORD = "bench-only-8471"
_TO_SCORING = ("evaluation.prepared", "scoring.started")
_CONCLUDED = ("scoring.closed", "evaluation.concluded")
_AFTER_SCORING = {
    State.CONCLUDED: _CONCLUDED,
    State.ARCHIVED: (
        *_CONCLUDED, "draft.sent", "report.issued", "improvement.opened", "evaluation.closed",
        "evaluation.archived",
    ),
}  # fmt: skip
MOVED = {  # the events that lead to a phase
    "frozen": ("programme.frozen",),
    "preparing": _TO_SCORING[:1],
    "scoring": _TO_SCORING,
    "cancelled": ("evaluation.cancelled",),
    **{phase: (*_TO_SCORING, *events) for phase, events in _AFTER_SCORING.items()},
}
STEP = 1000  # rows per statement
FIRST = 20  # archived evaluations, one of which has a legal panel


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    platforms: int = 3000
    evaluations: int = 6000
    experts: int = 2000


@dataclass(slots=True)
class Made:
    """What a run needs to know of what was made."""

    officer: User
    expert: User
    operator: User
    platform: Platform
    evaluation: Evaluation
    programme: Programme
    pool_expert: Expert
    concluded: Evaluation
    scoring: Evaluation


def build(size: Size, *, seed: int = 1, marks: bool = False) -> Made:
    """Fill the database; the same seed creates the same register. `marks`: with sheets and results."""
    rng = random.Random(seed)
    with transaction.atomic():
        regions = list(Region.objects.filter(code__startswith="15"))
        province = next(r for r in regions if r.code == "150000")
        rubric = Rubric.objects.first()
        if rubric is None:
            raise LookupError("no rubric is published")
        officer, authority = _officer(province)
        counties = [r for r in regions if r.level == "county"]
        operators = _organisations(rng, max(1, size.platforms // 2), counties)
        platforms = _platforms(rng, size.platforms, operators)
        experts = _experts(rng, size.experts, authority, counties, operators)
        programmes = _programmes(authority, rubric)
        concluded = FIRST if marks else 0
        evaluations = _evaluations(
            rng, (size.evaluations, concluded), platforms, programmes, rubric, authority
        )
        seats = _seats(rng, evaluations, experts)
        _rest(rng, platforms, evaluations, officer)
        expert = login("bench-expert", "评审专家")
        experts[0].user = expert
        experts[0].save(update_fields=("user",))
        operator = login("bench-operator", "运营人员")
        Membership.objects.create(user=operator, organisation=platforms[0].operator, role="operator_head")
        scored, over = _scored(evaluations, seats), _over(evaluations)
        first, shown = over[:FIRST], over[0]
        if marks:
            sheets.write([s for s in scored if s.evaluation in first], officer, NOW)
            shown = sheets.conclude(over, first, NOW)
        _record(officer)
        if marks:
            sheets.write([s for s in scored if s.evaluation not in first], officer, NOW)
        for phase, events in _AFTER_SCORING.items():
            sheets.move_on([one.pk for one in over if one.head.phase == phase], len(events), phase)
    return Made(
        officer,
        expert,
        operator,
        platforms[0],
        evaluations[0],
        programmes[0],
        experts[0],
        shown,
        next(e for e in evaluations if e.head.phase == State.SCORING),
    )


def login(username: str, name: str) -> User:
    head = _heads("user", "user.added", 1)[0]
    user = User(id=head.id, username=username, name=name, password=make_password(PASSWORD))
    user.save(force_insert=True)
    return user


def _officer(province: Region) -> tuple[User, Organisation]:
    user = login("bench-officer", "监管人员")
    head = _heads("organisation", "organisation.added", 1)[0]
    authority = Organisation(head=head, kind="authority", name="某自治区市场监督管理局", region=province)
    authority.save(force_insert=True)
    Membership.objects.create(user=user, organisation=authority, role="authority")
    return user, authority


_begun: list[tuple[Head, str]] = []  # heads whose events are written at the end, when their rows are known


def _heads(kind: str, event: str, count: int, phase: Callable[[int], str] = lambda _: "") -> list[Head]:
    """Make the heads of ledgers: one event, and one for each move to the phase."""
    phases = [phase(n) for n in range(count)]
    heads = [Head(id=uuid7(), kind=kind, phase=phase, size=1 + len(MOVED.get(phase, ()))) for phase in phases]
    _write(Head, [_open(head) for head in heads])
    _begun.extend((head, event) for head in heads)
    return heads


def _open(head: Head) -> Head:
    """Return the head of an evaluation that is over as it is in scoring, when marks are given."""
    if head.phase not in _AFTER_SCORING:
        return head
    size = head.size - len(_AFTER_SCORING[State(head.phase)])
    return Head(id=head.id, kind=head.kind, phase=State.SCORING, size=size)


def _over(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    return [one for one in evaluations if one.head.phase in _AFTER_SCORING]


def _scored(evaluations: Sequence[Evaluation], seats: Sequence[Seat]) -> list[Seat]:
    """Return the seats that have a sheet: their evaluation is in scoring, or was."""
    phases = {one.pk: one.head.phase for one in evaluations}
    had = (State.SCORING, *_AFTER_SCORING)
    return [s for s in seats if s.role in Seat.SCORERS and phases[s.evaluation_id] in had]


def _record(by: User) -> None:
    """Write the events of all ledgers: the first holds every row, as actions would have recorded them."""
    rows = rows_of(Span(None, None))
    for start in range(0, len(_begun), STEP):
        events = []
        for head, begun in _begun[start : start + STEP]:
            entry = Entry(uuid7(), head, 0, TODAY)
            for row in rows.get(head.id, {}).values():
                entry.note(row, {name: [None, value] for name, value in facts(row).items()})
            for seq, name in enumerate((begun, *MOVED.get(head.phase, ()))):
                data = plain(entry.body()) if seq == 0 else {}
                nonce = secrets.token_hex(16)
                events.append(Event(head=head, seq=seq, name=name, by=by, at=NOW, data=data, nonce=nonce))
        _write(Event, events)
        _write(Leaf, [Leaf(head_id=e.head_id, seq=e.seq, hash=leaf_hash(e.body())) for e in events])
    _begun.clear()


def _write(model: Any, rows: Iterable[Any]) -> None:
    model.objects.bulk_create(rows, batch_size=STEP)


def _organisations(rng: random.Random, count: int, counties: Sequence[Region]) -> list[Organisation]:
    heads = _heads("organisation", "organisation.added", count)
    made = [
        Organisation(
            head=head,
            kind="operator",
            name=f"第{n:04d}运营中心",
            region=rng.choice(counties),
            contact="联系人",
        )
        for n, head in enumerate(heads)
    ]
    _write(Organisation, made)
    return made


def _platforms(rng: random.Random, count: int, operators: Sequence[Organisation]) -> list[Platform]:
    made = []
    rulings = policy.default("authority")
    for n, head in enumerate(_heads("platform", "platform.added", count)):
        operator = operators[n % len(operators)]
        start = dt.date(2019, 1, 1) + dt.timedelta(days=rng.randrange(2600))
        last = TODAY - dt.timedelta(days=rng.randrange(700)) if rng.random() < 0.8 else None
        if last and last < start:
            last = None
        due = schedule.annual(rulings, start, last)
        made.append(
            Platform(
                head=head, name=f"第{n:04d}质量服务平台", operator=operator, region_id=operator.region_id,
                channel=rng.choice(("offline", "online", "both")), service_start=start, last_evaluated=last,
                last_grade=rng.choice(("excellent", "qualified")) if last else "",
                due=due.due if due else None, due_warning=due.warning if due else None,
            )
        )  # fmt: skip
    _write(Platform, made)
    _write(Site, [Site(platform=p, name=f"{p.name}{k}号站点") for p in made for k in (1, 2)])
    return made


def _experts(
    rng: random.Random,
    count: int,
    keeper: Organisation,
    counties: Sequence[Region],
    operators: Sequence[Organisation],
) -> list[Expert]:
    made = [
        Expert(
            head=head,
            keeper=keeper,
            region=rng.choice(counties),
            name=f"专家{n:04d}",
            phone=f"1380000{n:04d}",
            employer=f"第{n % 300:03d}检测院",
            title="高级工程师",
            rank=rng.choice(("senior", "associate")),
            experience="参与平台建设" if rng.random() < 0.4 else "",
        )
        for n, head in enumerate(_heads("expert", "expert.added", count))
    ]
    _write(Expert, made)
    fields = [f.value for f in ExpertField.Field]
    _write(ExpertField, [ExpertField(expert=e, field=f) for e in made for f in rng.sample(fields, 2)])
    trainings = []
    for expert in made:
        day = TODAY - dt.timedelta(days=rng.randrange(900))
        trainings.append(
            Training(expert=expert, topic="评价人员培训", date=day, valid_until=day + dt.timedelta(days=730))
        )
    _write(Training, trainings)
    tied = rng.sample(made, len(made) // 5)
    _write(
        Affiliation,
        [
            Affiliation(expert=e, organisation=o.name, operator=o)
            for e in tied
            for o in (rng.choice(operators),)
        ],
    )
    return made


def _programmes(authority: Organisation, rubric: Rubric) -> list[Programme]:
    heads = _heads("programme", "programme.added", 4, phase=lambda n: "frozen" if n else "draft")
    made = [
        Programme(
            head=head, authority=authority, name=f"{2026 - n}年度评价计划", year=2026 - n, rubric=rubric,
            period_start=dt.date(2026 - n, 1, 1), period_end=dt.date(2026 - n, 12, 31),
        )
        for n, head in enumerate(heads)
    ]  # fmt: skip
    _write(Programme, made)
    _write(Trip, [Trip(programme=p, name=f"第{k:02d}组") for p in made for k in range(20)])
    return made


def _evaluations(
    rng: random.Random,
    counts: tuple[int, int],
    platforms: Sequence[Platform],
    programmes: Sequence[Programme],
    rubric: Rubric,
    authority: Organisation,
) -> list[Evaluation]:
    count, concluded = counts
    per = max(1, count // len(programmes))
    now = (State.PREPARING, State.PLANNED, State.SCORING)

    def phase(n: int) -> str:
        if n < per:
            return now[n % 3]
        if n % 7 == 0:
            return State.CANCELLED
        return State.CONCLUDED if n < per + concluded else State.ARCHIVED

    trips = {p.pk: list(p.trips.all()) for p in programmes}
    made = []
    for n, head in enumerate(_heads("evaluation", "evaluation.planned", count, phase=phase)):
        programme = programmes[min(n // per, len(programmes) - 1)]
        visit = TODAY + dt.timedelta(days=rng.randrange(-20, 60)) if rng.random() < 0.6 else None
        made.append(
            Evaluation(
                head=head, platform=platforms[n % len(platforms)], programme=programme, authority=authority,
                trip=rng.choice(trips[programme.pk]), rubric=rubric, kind="authority", reason="annual",
                period_start=programme.period_start, period_end=programme.period_end,
                visit_start=visit, visit_end=visit, created=TODAY,
            )
        )  # fmt: skip
    _write(Evaluation, made)
    return made


def _seats(rng: random.Random, evaluations: Sequence[Evaluation], experts: Sequence[Expert]) -> list[Seat]:
    roles = ("lead", "member", "member", "member", "member", "substitute")
    seats = [
        Seat(evaluation=e, expert=expert, role=role, place=place, origin="appointed")
        for e in evaluations
        for place, (role, expert) in enumerate(
            zip(roles, rng.sample(experts, min(len(roles), len(experts))), strict=False)
        )
    ]
    mine = [s for s in seats if s.role == "lead"][:8]
    for seat in mine:
        if not any(s.expert_id == experts[0].pk for s in seats if s.evaluation_id == seat.evaluation_id):
            seat.expert = experts[0]
    _write(Seat, seats)
    return seats


def _rest(
    rng: random.Random, platforms: Sequence[Platform], evaluations: Sequence[Evaluation], officer: User
) -> None:
    kinds = [k.value for k in Trigger.Kind]
    _write(
        Trigger,
        [
            Trigger(
                platform=p, kind=rng.choice(kinds), happened=TODAY, description="情况说明", reported=NOW,
                reported_by=officer,
            )
            for p in rng.sample(list(platforms), max(1, len(platforms) // 20))
        ],
    )  # fmt: skip
    _write(
        VisitRecord,
        [
            VisitRecord(
                evaluation=e, kind="appointment", day=TODAY, time=f"{9 + k}:00", subject="查阅资料",
                written_by=officer,
            )
            for e in evaluations[:: max(1, len(evaluations) // 500)]
            for k in range(4)
        ],
    )  # fmt: skip
