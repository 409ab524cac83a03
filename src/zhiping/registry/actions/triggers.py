"""What happened to a platform and may restart an evaluation (6.1.2): reported, seen, decided, met."""

import datetime as dt
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.models import Role, User
from zhiping.accounts.rules import require
from zhiping.domain import policy, register, schedule
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.ids import uuid7
from zhiping.ledger import actions as ledger
from zhiping.notices import actions as notices
from zhiping.registry.models import Platform, Trigger
from zhiping.registry.queries import officers_over


def report_trigger(
    *,
    by: User,
    now: dt.datetime,
    platform: Platform,
    kind: str,
    happened: dt.date,
    description: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Trigger:
    """Report an emergency, a change of an important manager, a software upgrade or a hardware update.

    The authority's officers are told, or the operator where an officer reports. Raises Invalid
    `registry.future` for a day that is still to come.
    """
    require(by, "registry.report_trigger", platform)
    if found := list(register.trigger_problems(timezone.localdate(now), happened)):
        raise Invalid(found)
    with ledger.record(platform, "trigger.reported", by=by, at=now, id=id, expect=expect) as entry:
        trigger = Trigger(
            id=id or uuid7(), platform=platform, kind=kind, happened=happened, description=description,
            reported_by=by, reported=now,
        )  # fmt: skip
        trigger.save(force_insert=True)
        said = {"kind": kind, "happened": str(happened), "description": description}
        entry.data = {"trigger": str(trigger.pk), **said}
        _tell(trigger, "registry.trigger_reported", by=by, now=now)
    return trigger


def view_trigger(
    *,
    by: User,
    now: dt.datetime,
    trigger: Trigger,
    view: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Trigger:
    """Note what the operator's head thinks of it; the decision stays the authority's."""
    require(by, "registry.view_trigger", trigger.platform)
    with ledger.record(trigger.platform, "trigger.viewed", by=by, at=now, id=id, expect=expect) as entry:
        trigger.refresh_from_db(fields=("important",))
        if trigger.important is not None:
            raise Conflict([Problem("registry.decided_already")])
        trigger.view = view
        trigger.save(update_fields=("view",))
        entry.data = {"trigger": str(trigger.pk), "view": view}
    return trigger


def decide_trigger(
    *,
    by: User,
    now: dt.datetime,
    trigger: Trigger,
    important: bool,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Trigger:
    """Decide whether it is important; if so an evaluation must start by the day the policy gives.

    A decision can be changed by another one as long as no evaluation was started for it.
    """
    require(by, "registry.decide_trigger", trigger.platform)
    with ledger.record(trigger.platform, "trigger.decided", by=by, at=now, id=id, expect=expect) as entry:
        trigger.refresh_from_db(fields=("met",))
        if trigger.met:
            raise Conflict([Problem("registry.met_already", {"day": str(trigger.met)})])
        due = schedule.trigger_due(policy.default("authority"), timezone.localdate(now))
        trigger.important, trigger.reason, trigger.decided_by, trigger.decided = important, reason, by, now
        trigger.due = due if important else None
        trigger.save(update_fields=("important", "reason", "decided_by", "decided", "due"))
        data = {"trigger": str(trigger.pk), "important": important, "reason": reason}
        entry.data = {**data, "due": str(trigger.due or "")}
        _tell(trigger, "registry.trigger_decided", by=by, now=now)
    return trigger


def meet_trigger(*, by: User, now: dt.datetime, trigger: Trigger, id: UUID | None = None) -> Trigger:
    """Note that the evaluation an important trigger called for has started."""
    require(by, "registry.meet_trigger", trigger.platform)
    with ledger.record(trigger.platform, "trigger.met", by=by, at=now, id=id) as entry:
        trigger.met = timezone.localdate(now)
        trigger.save(update_fields=("met",))
        entry.data = {"trigger": str(trigger.pk)}
    return trigger


def _tell(trigger: Trigger, code: str, *, by: User, now: dt.datetime) -> None:
    """Tell the other side: the operator what an officer did, the nearest authority what the operator did."""
    platform = trigger.platform
    staff = User.objects.filter(
        memberships__organisation_id=platform.operator_id,
        memberships__role__in=(Role.OPERATOR, Role.OPERATOR_HEAD),
        is_active=True,
    ).distinct()
    people = officers_over(platform.region) if by in staff else staff
    url = f"{reverse('dossier:platform', args=[platform.pk])}#triggers"
    notices.notify(to=people.exclude(pk=by.pk), code=code, data={"platform": platform.name}, url=url, now=now)
