"""Open evaluations, one or many, prepare, cancel and restore them."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Exists, QuerySet

from zhiping.accounts.models import Organisation
from zhiping.domain import dates, lifecycle, policy, schedule
from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.domain.lifecycle import ProgrammeState, State
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.evaluations.queries import evaluation as queries
from zhiping.evaluations.queries.programme import candidates, under_way
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry, add_each, change_each
from zhiping.notices import actions as notices
from zhiping.registry.models import Platform, Trigger
from zhiping.rubrics.models import Rubric
from zhiping.web.links import page


def open_evaluation(
    act: Act,
    platform: Platform,
    *,
    programme: Programme | None = None,
    rubric: Rubric | None = None,
    period_start: dt.date | None = None,
    period_end: dt.date | None = None,
    reason: str = "",
    trigger: Trigger | None = None,
    purpose: str = "",
    start_by: dt.date | None = None,
) -> Evaluation:
    """Plan an evaluation led by an authority (6.1.3), in a programme or by itself.

    In a programme rubric and period are the programme's; else they must be given, and the default rulings
    hold. `reason` is proposed from the facts where none is given (domain.schedule.reason). Raises Conflict
    `evaluations.under_way`, `evaluations.programme_closed`, `evaluations.trigger_answered`,
    `evaluations.ended`; Invalid `evaluations.incomplete`, `evaluations.not_important`,
    `evaluations.other_region`, and what cannot be (domain.dates).
    """
    with act.begin(
        "evaluations.open_evaluation", "evaluation", "evaluation.planned", about=platform,
        phase=State.PLANNED, locks=(platform, programme),
    ) as entry:  # fmt: skip
        if programme:
            act.require("evaluations.open_evaluations", programme)
            rubric, period_start, period_end = programme.rubric, programme.period_start, programme.period_end
        if rubric is None or period_start is None or period_end is None:
            raise Invalid.of("evaluations.incomplete")
        authority = _authority_of(programme, platform) if programme else _own_authority(act, platform)
        evaluation = Evaluation(
            head=entry.head, kind="authority", platform=platform, programme=programme, authority=authority,
            rubric=rubric, period_start=period_start, period_end=period_end, trigger=trigger, purpose=purpose,
            policy={} if programme else policy.default("authority").as_data(), created=act.today,
            reason=_reason(platform, period_end.year, reason, trigger),
            start_by=start_by or (trigger.due if trigger else platform.due),
        )  # fmt: skip
        _plan(entry, evaluation)
    return evaluation


def open_self_evaluation(
    act: Act,
    platform: Platform,
    *,
    rubric: Rubric,
    period_start: dt.date,
    period_end: dt.date,
    reason: str = "",
    trigger: Trigger | None = None,
    purpose: str = "",
) -> Evaluation:
    """Plan a self-evaluation by the operator, under the default rulings for one (domain.policy.default).

    Raises what `open_evaluation` raises.
    """
    with act.begin(
        "evaluations.open_self_evaluation", "evaluation", "evaluation.planned", about=platform,
        phase=State.PLANNED, locks=(platform,),
    ) as entry:  # fmt: skip
        evaluation = Evaluation(
            head=entry.head, kind="self", platform=platform, rubric=rubric, period_start=period_start,
            period_end=period_end, trigger=trigger, purpose=purpose, created=act.today,
            policy=policy.default("self").as_data(), start_by=trigger.due if trigger else None,
            reason=_reason(platform, period_end.year, reason, trigger),
        )  # fmt: skip
        _plan(entry, evaluation)
    return evaluation


def open_evaluations(
    act: Act,
    programme: Programme,
    *,
    platforms: QuerySet[Platform],
    purpose: str = "",
    start_by: dt.date | None = None,
) -> int:
    """Plan an evaluation of each of many platforms; return how many.

    `platforms`: those the person sees and chose. Those that the programme cannot include, or that have got an
    evaluation since, are skipped; Conflict `evaluations.none_left` where none remains. Each starts by
    `start_by`, else by the day its platform is due.
    """
    with act.move(programme, "open_evaluations", locks=(platforms,)) as entry:
        chosen = list(candidates(programme, Platform.objects.filter(pk__in=entry.locked)))
        if not chosen:
            raise Conflict.of("evaluations.none_left")
        with act.caused(entry).begin_many(
            "evaluations.open_evaluation", "evaluation", "evaluation.planned", len(chosen),
            phase=State.PLANNED,
        ) as entries:  # fmt: skip
            rows = [
                Evaluation(
                    head=each.head, kind="authority", platform=platform, programme=programme,
                    authority_id=programme.authority_id, rubric_id=programme.rubric_id,
                    period_start=programme.period_start, period_end=programme.period_end, purpose=purpose,
                    reason=_reason(platform, programme.period_end.year), created=act.today,
                    start_by=start_by or platform.due,
                )
                for platform, each in zip(chosen, entries, strict=True)
            ]  # fmt: skip
            add_each(zip(entries, rows, strict=True))
        entry.data = {"evaluations": [row.pk for row in rows]}
    return len(chosen)


def prepare_evaluation(act: Act, evaluation: Evaluation) -> None:
    """Begin the preparation: panel, duties, declarations, visit; raise Conflict with each missing need."""
    with act.move(evaluation, "prepare_evaluation", locks=(evaluation.platform,)) as entry:
        entry.check(queries.NEEDS)


def prepare_evaluations(act: Act, programme: Programme) -> int:
    """Begin the preparation of every planned evaluation of a programme; return how many."""
    planned = programme.evaluations.filter(head__phase=State.PLANNED, platform__ended__isnull=True)
    platforms = Platform.objects.filter(pk__in=planned.values("platform"))
    with act.move(programme, "prepare_evaluations", locks=(planned, platforms)) as entry:
        waiting = list(
            planned.filter(pk__in=entry.locked).select_related("head", "platform", "programme__head")
        )
        with act.caused(entry).move_many(waiting, "prepare_evaluation") as entries:
            for each in entries:
                each.check(queries.NEEDS)
        entry.data = {"evaluations": [evaluation.pk for evaluation in waiting]}
    return len(waiting)


def cancel_evaluation(act: Act, evaluation: Evaluation, *, reason: str) -> None:
    """End an evaluation that has no result yet; notify the people it concerns.

    It stays on record with the reason, and can be restored for some days.
    """
    with act.move(evaluation, "cancel_evaluation", reason=reason) as entry:
        entry.change(evaluation, cancelled=act.now, cancelled_in=entry.before)
        notify_concerned(act, evaluation, "evaluations.cancelled", reason)


def restore_evaluation(act: Act, evaluation: Evaluation, *, reason: str) -> None:
    """Return a cancelled evaluation to the state it had, with its panel, visit and deadlines.

    It leaves its trip where experts were drawn for the trip in between: it was no part of that draw. Raises
    Conflict `lifecycle.restorable` once it is too late, and what `open_evaluation` raises where the platform
    cannot have it any more.
    """
    platform, programme = evaluation.platform, evaluation.programme
    with act.move(evaluation, "restore_evaluation", reason=reason, locks=(platform, programme)) as entry:
        entry.check(queries.NEEDS)
        if evaluation.programme and evaluation.programme.head.phase == ProgrammeState.CLOSED:
            raise Conflict.of("evaluations.programme_closed")
        if queries.lacks_frozen_rules(evaluation):
            raise Conflict.of("evaluations.programme_reopened")
        _check_free(evaluation)
        trip = queries.trip_after(evaluation, evaluation.cancelled)
        entry.change(evaluation, cancelled=None, cancelled_in="", trip=trip)
        notify_concerned(act, evaluation, "evaluations.restored", reason)


def notify_concerned(act: Act, evaluation: Evaluation, code: str, reason: str) -> None:
    """Notify the other people an evaluation concerns of what happened to it, and why."""
    people = queries.concerned(evaluation).exclude(pk=act.by.pk)
    data, url = {"platform": evaluation.platform.name, "reason": reason}, page("evaluation", evaluation)
    notices.notify(to=people, code=code, data=data, url=url, now=act.now)


def group_evaluation(act: Act, evaluations: Sequence[Evaluation], *, trip: Trip | None) -> None:
    """Put evaluations into a trip of their programme, or with None out of theirs."""
    with act.move_many(evaluations, "group_evaluation") as entries:
        change_each((entry, entry.subject, {"trip": trip}) for entry in entries)


def _plan(entry: Entry, evaluation: Evaluation) -> None:
    """Insert an evaluation if its platform, locked by now, can have it."""
    serves = Platform.objects.values_list("service_start", flat=True).get(pk=evaluation.platform_id)
    known = {
        "period_start": evaluation.period_start,
        "period_end": evaluation.period_end,
        "service_start": serves,
    }
    dates.check(known, fields={"service_start": "period_end"})
    _check_free(evaluation)
    entry.add(evaluation)


def _check_free(evaluation: Evaluation) -> None:
    """Raise Conflict where the platform is out of service or has another evaluation for the same."""
    platform = Platform.objects.filter(pk=evaluation.platform_id)
    if not platform.filter(ended__isnull=True).exists():
        raise Conflict.of("evaluations.ended")
    if evaluation.trigger:
        _check_trigger(evaluation, evaluation.trigger)
    others = under_way(evaluation.kind, evaluation.period_start, evaluation.period_end)
    if platform.filter(Exists(others.exclude(pk=evaluation.pk))).exists():
        raise Conflict.of("evaluations.under_way")


def _check_trigger(evaluation: Evaluation, trigger: Trigger) -> None:
    if not trigger.important or trigger.platform_id != evaluation.platform_id:
        raise Invalid.of("evaluations.not_important", "trigger")
    others = trigger.evaluations.filter(kind=evaluation.kind).exclude(pk=evaluation.pk)
    if others.exclude(head__phase=State.CANCELLED).exists():
        raise Conflict.of("evaluations.trigger_answered")


def _authority_of(programme: Programme, platform: Platform) -> Organisation:
    """Return the authority of a locked programme; raise where it cannot include the platform."""
    programme.refresh_from_db()
    if not lifecycle.possible("programme", "open_evaluations", programme.head.phase):
        raise Conflict.of("evaluations.programme_closed")
    region = programme.authority.region
    if not region.code <= platform.region_id <= region.last_code:
        raise Invalid.of("evaluations.other_region", "programme")
    return programme.authority


def _own_authority(act: Act, platform: Platform) -> Organisation:
    """Return the authority for which the person leads an evaluation of the platform."""
    authority = queries.office_over(act.by, platform)
    if authority is None:
        raise NotAllowed.of("accounts.not_allowed", permission="evaluations.open_evaluation")
    return authority


def _reason(platform: Platform, year: int, reason: str = "", trigger: Trigger | None = None) -> str:
    proposed = schedule.reason(
        year, last=platform.last_evaluated, grade=platform.last_grade, trigger=trigger is not None
    )
    return proposed if trigger else reason or proposed
