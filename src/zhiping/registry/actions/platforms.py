"""Registering platforms and correcting what is registered; the end of their service, and who runs them."""

import datetime as dt
from copy import copy
from typing import Any

from zhiping.accounts.models import Organisation, Region
from zhiping.domain import policy, register, schedule
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.registry.models import Platform


def add_platform(act: Act, *, operator: Organisation, region: Region, **facts: Any) -> Platform:
    """Register a platform (3.3); its first evaluation falls due twelve months after service started (6.1.1).

    `facts`: the other fields of a platform. Raises Invalid `registry.name_taken` where the operator has a
    platform of this name already, and what `domain.register` finds untrue.
    """
    with act.begin("registry.add_platform", "platform", "platform.added", about=region) as entry:
        platform = Platform(head=entry.head, operator=operator, region=region, **facts)
        _check(platform, act.today)
        update_due(platform)
        entry.add(platform, taken=_taken(platform))
    return platform


def change_platform(act: Act, platform: Platform, **changes: Any) -> None:
    """Correct what the register has of a platform; raises as `add_platform` does."""
    with act.record("registry.change_platform", platform, "platform.changed") as entry:
        _change(entry, platform, **changes)
        act.require("registry.change_platform", platform)  # not into a region of another authority


def correct_platform(act: Act, platform: Platform, *, url: str) -> None:
    """Correct what the operator's head knows best; name, region and dates are the authority's."""
    with act.record("registry.correct_platform", platform, "platform.changed") as entry:
        _change(entry, platform, url=url)


def move_platform(act: Act, platform: Platform, *, operator: Organisation, reason: str) -> None:
    """Hand a platform over to another operator."""
    with act.record("registry.move_platform", platform, "platform.moved") as entry:
        _change(entry, platform, operator=operator)
        entry.data = {"reason": reason}


def end_service(act: Act, platform: Platform, *, ended: dt.date, reason: str) -> None:
    """Record the end of a platform's service: nothing falls due for it any more. Can be taken back."""
    with act.record("registry.end_service", platform, "platform.ended") as entry:
        if platform.ended:
            raise Conflict.of("registry.ended_already", day=str(platform.ended))
        _change(entry, platform, ended=ended, ended_reason=reason)


def resume_service(act: Act, platform: Platform) -> None:
    """Record that a platform serves again, or never stopped."""
    with act.record("registry.resume_service", platform, "platform.resumed") as entry:
        if not platform.ended:
            raise Conflict.of("registry.not_ended")
        _change(entry, platform, ended=None, ended_reason="")


def update_due(platform: Platform) -> None:
    """Set the stored due date to what the rule gives (6.1.1)."""
    since = (platform.service_start, platform.last_evaluated)
    rule = None if platform.ended else schedule.annual(policy.default("authority"), *since)
    platform.due = rule.due if rule else None
    platform.due_warning = rule.warning if rule else None


def with_due(platform: Platform, changes: dict[str, Any]) -> tuple[Platform, dict[str, Any]]:
    """Return a platform as changes would make it, and the changes with the due date that follows.

    The platform itself stays as it is: an entry records what a change makes of it.
    """
    after = copy(platform)
    for name, value in changes.items():
        setattr(after, name, value)
    update_due(after)
    return after, {**changes, "due": after.due, "due_warning": after.due_warning}


def _change(entry: Entry, platform: Platform, **changes: Any) -> None:
    after, changes = with_due(platform, changes)
    _check(after, entry.today)
    entry.change(platform, **changes, taken=_taken(after))


def _check(platform: Platform, today: dt.date) -> None:
    known = {name: getattr(platform, name) for name in register.FACTS}
    if problems := list(register.platform_problems(today, **known)):
        raise Invalid(problems)


def _taken(platform: Platform) -> Problem:
    return Problem("registry.name_taken", {"name": platform.name}, ("name",))
