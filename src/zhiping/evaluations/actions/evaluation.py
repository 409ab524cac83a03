"""Opening evaluations, one or many, preparing and cancelling them."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import Exists, QuerySet
from django.utils import timezone

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.rules import require
from zhiping.domain import lifecycle, policy, schedule
from zhiping.domain.errors import Conflict, Invalid, NotAllowed, Problem
from zhiping.domain.lifecycle import ProgrammeState, State
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries import evaluation as queries
from zhiping.evaluations.queries.programme import candidates, under_way
from zhiping.ledger import actions as ledger
from zhiping.ledger.actions import Entry
from zhiping.registry.models import Platform, Trigger
from zhiping.rubrics.models import Rubric


def open_evaluation(
    *,
    by: User,
    now: dt.datetime,
    platform: Platform,
    programme: Programme | None = None,
    rubric: Rubric | None = None,
    period_start: dt.date | None = None,
    period_end: dt.date | None = None,
    reason: str = "",
    trigger: Trigger | None = None,
    purpose: str = "",
    start_by: dt.date | None = None,
    id: UUID | None = None,
) -> Evaluation:
    """Plan an evaluation led by an authority (6.1.3), in a programme or by itself.

    In a programme rubric and period are the programme's; else they must be given, and the usual rulings
    hold. `reason` is proposed from the facts where none is given (domain.schedule.reason). Raises Conflict
    `evaluations.under_way`, `evaluations.programme_closed`, `evaluations.trigger_answered`,
    `evaluations.ended`; Invalid `evaluations.incomplete`, `evaluations.not_important`,
    `evaluations.other_region`, `evaluations.period`.
    """
    require(by, "evaluations.open_evaluation", platform)
    if programme:
        require(by, "evaluations.open_evaluations", programme)
        rubric, period_start, period_end = programme.rubric, programme.period_start, programme.period_end
    if rubric is None or period_start is None or period_end is None:
        raise Invalid([Problem("evaluations.incomplete")])
    with ledger.begin("evaluation", "evaluation.planned", by=by, at=now, id=id, phase=State.PLANNED) as entry:
        authority = _take_programme(programme, platform) if programme else _authority(by, platform)
        evaluation = Evaluation(
            head=entry.head, kind="authority", platform=platform, programme=programme, authority=authority,
            rubric=rubric, period_start=period_start, period_end=period_end, trigger=trigger, purpose=purpose,
            policy={} if programme else policy.default("authority").as_data(), created=_day(now),
            reason=_reason(platform, period_end.year, reason, trigger),
            start_by=start_by or (trigger.due if trigger else platform.due),
        )  # fmt: skip
        _plan(evaluation, entry)
    return evaluation


def open_self_evaluation(
    *,
    by: User,
    now: dt.datetime,
    platform: Platform,
    rubric: Rubric,
    period_start: dt.date,
    period_end: dt.date,
    reason: str = "",
    trigger: Trigger | None = None,
    purpose: str = "",
    id: UUID | None = None,
) -> Evaluation:
    """Plan a self-evaluation by the operator, under the rulings that hold for one (domain.policy.default).

    Raises what `open_evaluation` raises.
    """
    require(by, "evaluations.open_self_evaluation", platform)
    with ledger.begin("evaluation", "evaluation.planned", by=by, at=now, id=id, phase=State.PLANNED) as entry:
        evaluation = Evaluation(
            head=entry.head, kind="self", platform=platform, rubric=rubric, period_start=period_start,
            period_end=period_end, trigger=trigger, purpose=purpose, created=_day(now),
            policy=policy.default("self").as_data(), start_by=trigger.due if trigger else None,
            reason=_reason(platform, period_end.year, reason, trigger),
        )  # fmt: skip
        _plan(evaluation, entry)
    return evaluation


def open_evaluations(
    *,
    by: User,
    now: dt.datetime,
    programme: Programme,
    platforms: QuerySet[Platform],
    purpose: str = "",
    start_by: dt.date | None = None,
    id: UUID | None = None,
) -> int:
    """Plan an evaluation of each of many platforms; return how many.

    `platforms`: what the person sees and chose. Those the programme may not take, or that got an evaluation
    meanwhile, are passed over; Conflict `evaluations.none_left` where none remains. Each starts by
    `start_by`, else by the day its platform is due.
    """
    require(by, "evaluations.open_evaluations", programme)
    with ledger.record(programme, "programme.evaluations_opened", by=by, at=now, id=id) as entry:
        _not_closed(programme)
        ledger.hold(platforms)
        chosen = list(candidates(programme, platforms).select_related("operator"))
        if not chosen:
            raise Conflict([Problem("evaluations.none_left")])
        name, phase = "evaluation.planned", State.PLANNED
        with ledger.begin_many("evaluation", name, len(chosen), by=by, at=now, phase=phase) as entries:
            rows = [
                _planned(
                    programme, platform, each, now, {"purpose": purpose, "start_by": start_by or platform.due}
                )
                for platform, each in zip(chosen, entries, strict=True)
            ]
            Evaluation.objects.bulk_create(rows)
        entry.data = {"evaluations": [str(row.pk) for row in rows]}
    return len(chosen)


def prepare_evaluation(
    *, by: User, now: dt.datetime, evaluation: Evaluation, id: UUID | None = None, expect: int | None = None
) -> None:
    """Begin the preparation: panel, duties, declarations, visit.

    Raises Conflict with everything that is still missing (domain.lifecycle.ensure).
    """
    require(by, "evaluations.prepare_evaluation", evaluation)
    with ledger.move(evaluation, "prepare_evaluation", by=by, at=now, id=id, expect=expect):
        ledger.hold(Platform.objects.filter(pk=evaluation.platform_id))
        lifecycle.ensure("evaluation", "prepare_evaluation", State.PLANNED, queries.named(evaluation))


def prepare_evaluations(*, by: User, now: dt.datetime, programme: Programme, id: UUID | None = None) -> int:
    """Begin the preparation of every planned evaluation of a programme at once; return how many."""
    require(by, "evaluations.prepare_evaluations", programme)
    planned = programme.evaluations.filter(head__phase=State.PLANNED, platform__ended__isnull=True)
    with ledger.record(programme, "programme.preparation_begun", by=by, at=now, id=id) as entry:
        ledger.hold(planned)
        ledger.hold(Platform.objects.filter(pk__in=planned.values("platform")))
        waiting = list(planned.select_related("head", "platform", "programme__head"))
        with ledger.move_many(waiting, "prepare_evaluation", by=by, at=now):
            for evaluation in waiting:
                lifecycle.ensure("evaluation", "prepare_evaluation", State.PLANNED, queries.named(evaluation))
        entry.data = {"evaluations": [str(evaluation.pk) for evaluation in waiting]}
    return len(waiting)


def cancel_evaluation(
    *,
    by: User,
    now: dt.datetime,
    evaluation: Evaluation,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """End an evaluation that has no result yet; it stays on record with the reason.

    Raises Invalid `evaluations.reason` where none is given.
    """
    require(by, "evaluations.cancel_evaluation", evaluation)
    if not reason.strip():
        raise Invalid([Problem("evaluations.reason", where=("reason",))])
    with ledger.move(evaluation, "cancel_evaluation", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = {"reason": reason}


def facts(evaluation: Evaluation) -> dict[str, str | None]:
    """Return what a planned evaluation is, as plain text for the ledger."""
    keys = ("platform", "programme", "authority", "rubric", "trigger")
    named = {key: getattr(evaluation, f"{key}_id") for key in keys}
    return {key: str(value) if value else None for key, value in named.items()} | {
        "kind": evaluation.kind,
        "reason": evaluation.reason,
        "period_start": str(evaluation.period_start),
        "period_end": str(evaluation.period_end),
        "start_by": str(evaluation.start_by or "") or None,
        "purpose": evaluation.purpose,
    }


def _plan(evaluation: Evaluation, entry: Entry) -> None:
    """Decide and store, under the turn of the platform."""
    ledger.hold(Platform.objects.filter(pk=evaluation.platform_id))
    _may_be_planned(evaluation)
    evaluation.save(force_insert=True)
    entry.data = facts(evaluation)


def _may_be_planned(evaluation: Evaluation) -> None:
    start, end = evaluation.period_start, evaluation.period_end
    if end < start:
        raise Invalid([Problem("evaluations.period", where=("period_end",))])
    found = Platform.objects.filter(pk=evaluation.platform_id)
    if not found.filter(ended__isnull=True).exists():
        raise Conflict([Problem("evaluations.ended")])
    trigger = evaluation.trigger
    if trigger and (not trigger.important or trigger.platform_id != evaluation.platform_id):
        raise Invalid([Problem("evaluations.not_important", where=("trigger",))])
    if (
        trigger
        and trigger.evaluations.filter(kind=evaluation.kind).exclude(head__phase=State.CANCELLED).exists()
    ):
        raise Conflict([Problem("evaluations.trigger_answered")])
    if found.filter(Exists(under_way(evaluation.kind, start, end))).exists():
        raise Conflict([Problem("evaluations.under_way")])


def _planned(
    programme: Programme, platform: Platform, entry: Entry, now: dt.datetime, given: dict[str, Any]
) -> Evaluation:
    """Return one of many, with the dates and rubric of its programme; tell its ledger."""
    start, end = programme.period_start, programme.period_end
    evaluation = Evaluation(
        head=entry.head, kind="authority", platform=platform, programme=programme,
        authority_id=programme.authority_id, rubric_id=programme.rubric_id, period_start=start,
        period_end=end, reason=_reason(platform, end.year), created=_day(now), **given,
    )  # fmt: skip
    entry.data = facts(evaluation)
    return evaluation


def _take_programme(programme: Programme, platform: Platform) -> Organisation:
    ledger.hold(Programme.objects.filter(pk=programme.pk))
    programme.refresh_from_db()
    _not_closed(programme)
    region = programme.authority.region
    if not region.code <= platform.region_id <= region.last_code:
        raise Invalid([Problem("evaluations.other_region", where=("programme",))])
    return programme.authority


def _not_closed(programme: Programme) -> None:
    if programme.head.phase == ProgrammeState.CLOSED:
        raise Conflict([Problem("evaluations.programme_closed")])


def _authority(by: User, platform: Platform) -> Organisation:
    """Return the authority for which the person leads an evaluation of the platform."""
    for authority in by.organisations(Role.AUTHORITY):
        if authority.region_id <= platform.region_id <= authority.region.last_code:
            return authority
    raise NotAllowed([Problem("accounts.not_allowed", {"permission": "evaluations.open_evaluation"})])


def _reason(platform: Platform, year: int, reason: str = "", trigger: Trigger | None = None) -> str:
    proposed = schedule.reason(
        year, last=platform.last_evaluated, grade=platform.last_grade, trigger=trigger is not None
    )
    return proposed if trigger else reason or proposed


def _day(now: dt.datetime) -> dt.date:
    return timezone.localtime(now).date()
