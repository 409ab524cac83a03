"""Events at a platform that may restart an evaluation (6.1.2): reported, commented, decided, met."""

import datetime as dt

from django.urls import reverse

from zhiping.accounts.models import Role, User
from zhiping.domain import policy, register, schedule
from zhiping.domain.errors import Conflict, Invalid
from zhiping.ledger.act import Act
from zhiping.notices import actions as notices
from zhiping.registry.models import Platform, Trigger
from zhiping.registry.queries import officers_over


def report_trigger(
    act: Act, platform: Platform, *, kind: str, happened: dt.date, description: str
) -> Trigger:
    """Report an emergency, a change of an important manager, a software upgrade or a hardware update.

    Notifies the authority's officers, or the operator where an officer reports. Raises Invalid
    `registry.future` for a day that is still to come.
    """
    with act.record("registry.report_trigger", platform, "trigger.reported") as entry:
        if problems := list(register.trigger_problems(act.today, happened)):
            raise Invalid(problems)
        trigger = Trigger(
            id=entry.id, platform=platform, kind=kind, happened=happened, description=description,
            reported_by=act.by, reported=act.now,
        )  # fmt: skip
        entry.add(trigger)
        _notify(act, trigger, "registry.trigger_reported")
    return trigger


def view_trigger(act: Act, trigger: Trigger, *, view: str) -> None:
    """Record what the operator's head thinks of a trigger; the decision stays the authority's."""
    with act.record("registry.view_trigger", trigger.platform, "trigger.viewed") as entry:
        trigger.refresh_from_db(fields=("important",))
        if trigger.important is not None:
            raise Conflict.of("registry.decided_already")
        entry.change(trigger, view=view)


def decide_trigger(act: Act, trigger: Trigger, *, important: bool, reason: str) -> None:
    """Decide whether a trigger is important; if so an evaluation must start by the day the policy gives.

    A decision can be changed by another one as long as no evaluation was started for it.
    """
    with act.record("registry.decide_trigger", trigger.platform, "trigger.decided") as entry:
        trigger.refresh_from_db(fields=("met",))
        if trigger.met:
            raise Conflict.of("registry.met_already", day=str(trigger.met))
        due = schedule.trigger_due(policy.default("authority"), act.today) if important else None
        entry.change(
            trigger, important=important, reason=reason, due=due, decided_by=act.by, decided=act.now
        )  # fmt: skip
        _notify(act, trigger, "registry.trigger_decided")


def meet_trigger(act: Act, trigger: Trigger) -> None:
    """Record that the evaluation an important trigger called for has started."""
    with act.record("registry.meet_trigger", trigger.platform, "trigger.met") as entry:
        entry.change(trigger, met=act.today)


def _notify(act: Act, trigger: Trigger, code: str) -> None:
    """Notify the other side: the operator of what an officer did, else the nearest authority."""
    platform = trigger.platform
    staff = User.objects.filter(
        memberships__organisation_id=platform.operator_id,
        memberships__role__in=(Role.OPERATOR, Role.OPERATOR_HEAD),
        is_active=True,
    ).distinct()
    people = (officers_over(platform.region) if act.by in staff else staff).exclude(pk=act.by.pk)
    url = f"{reverse('dossier:platform', args=[platform.pk])}#triggers"
    notices.notify(to=people, code=code, data={"platform": platform.name}, url=url, now=act.now)
