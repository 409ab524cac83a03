"""Panels in the states tests need: opened, composed, declared, under way, of a trip."""

import datetime as dt

from tests.server.cast import NOW, unchecked

from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.ledger.act import Act
from zhiping.panels.actions.duties import share_duties
from zhiping.panels.actions.panel import seat_expert
from zhiping.panels.models import Seat

VISIT = (dt.date(2026, 6, 10), dt.date(2026, 6, 11))


def opened(cast, platform="a", *, phase="preparing", authority="a", **facts):
    """Return an evaluation of a platform with its visit planned."""
    with unchecked().begin("", "evaluation", "evaluation.planned", phase=phase) as entry:
        evaluation = Evaluation(
            **{
                "head": entry.head,
                "platform": cast.platform(platform) if isinstance(platform, str) else platform,
                "authority": cast.organisation(authority) if authority else None,
                "rubric": cast.rubric,
                "kind": "authority" if authority else "self",
                "reason": "annual",
                "period_start": dt.date(2025, 1, 1),
                "period_end": dt.date(2025, 12, 31),
                "visit_start": VISIT[0],
                "visit_end": VISIT[1],
                "created": NOW.date(),
                **facts,
            }
        )
        entry.add(evaluation)
    return evaluation


def fresh(evaluation):
    """Return the evaluation as a new request would read it."""
    found = Evaluation.objects.select_related("head", "platform__operator", "authority", "rubric")
    return found.get(pk=evaluation.pk)


def phase(evaluation, name):
    """Move an evaluation on to a phase, whatever the moves need."""
    states = ("planned", "preparing", "scoring", "deliberating", "concluded")
    evaluation.refresh_from_db()
    at = states.index(evaluation.head.phase)
    for move in ("prepare_evaluation", "start_evaluation", "close_scoring", "conclude")[
        at : states.index(name)
    ]:
        make(evaluation, move)


def make(evaluation, move):
    """Make a move, whatever it needs."""
    with unchecked(evaluation).move(evaluation, move) as entry:
        entry.held.update(entry.move.needs)


def composed(
    cast, evaluation, *, names=("lead", "member", "member2"), substitutes=(), conflict="", until="", by=None
):
    """Seat a declared panel with duties; the first name leads, `conflict` is declared by the second."""
    by = by or cast.officer
    found = {}
    roles = dict.fromkeys(names, "member") | dict.fromkeys(substitutes, "substitute") | {names[0]: "lead"}
    for name, role in roles.items():
        expert = cast.expert(name)
        found[name] = seat_expert(Act(by, NOW), evaluation=evaluation, expert=expert, role=role)
    for name, seat in found.items():
        seat.declared, seat.declared_by = NOW, by
        seat.conflict = conflict if name == names[1] else ""
        seat.save()
    share_duties(Act(by, NOW), evaluation=fresh(evaluation))
    evaluation.refresh_from_db()
    if until:
        phase(evaluation, until)
    return found


def trip(cast):
    """Return two evaluations of one trip, of platforms in two cities, under the province's programme."""
    with unchecked().begin("", "programme", "programme.added", phase="draft") as entry:
        programme = Programme(
            head=entry.head, authority=cast.organisation("province"), name="2026年计划", year=2026,
            rubric=cast.rubric, period_start=dt.date(2025, 1, 1),
            period_end=dt.date(2025, 12, 31),
        )  # fmt: skip
        entry.add(programme)
    made = Trip(programme=programme, name="第一组", starts=VISIT[0], ends=VISIT[1])
    made.save()
    given = {"programme": programme, "trip": made, "authority": "province"}
    return opened(cast, "a", **given), opened(cast, "b", **given)


def expert(cast, name, *, keeper="province", trained=True, tie=None, fields=("testing",), **facts):
    """Return an expert of a pool who passes every check by default."""
    with unchecked().begin("", "expert", "expert.added") as entry:
        given = {
            "rank": "senior",
            "title": "高级工程师",
            "employer": f"{name}的单位",
            "experience": "",
        } | facts
        made = Expert(
            head=entry.head, keeper=cast.organisation(keeper), region_id="150100", name=name, **given
        )
        entry.add(made)
    if trained:
        Training(expert=made, topic="培训", date=dt.date(2026, 1, 10), valid_until=dt.date(2028, 1, 9)).save()
    if tie:
        Affiliation(expert=made, organisation="旧名", operator=tie).save()
    for field in fields:
        ExpertField(expert=made, field=field).save()
    return made


def named(name):
    """Return an expert by name."""
    return Expert.objects.get(name=name)


def seats(evaluation):
    """Return who sits now, by name."""
    held = Seat.objects.filter(evaluation=evaluation, left=None).select_related("expert")
    return {s.expert.name: s for s in held}
