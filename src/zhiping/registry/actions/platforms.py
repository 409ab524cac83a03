"""Registering platforms and correcting what is registered; the end of their service, and who runs them."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from zhiping.accounts.models import Organisation, Region, User
from zhiping.accounts.rules import require
from zhiping.domain import policy, register, schedule
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.ledger import actions as ledger
from zhiping.registry.models import Platform


def add_platform(
    *,
    by: User,
    now: dt.datetime,
    name: str,
    operator: Organisation,
    region: Region,
    channel: str,
    url: str = "",
    service_start: dt.date | None = None,
    last_evaluated: dt.date | None = None,
    last_grade: str = "",
    id: UUID | None = None,
) -> Platform:
    """Register a platform (3.3); its first evaluation falls due twelve months after service started (6.1.1).

    `last_evaluated`, `last_grade`: what is known from before. Raises Invalid `registry.name_taken` where the
    operator has a platform of this name already, and what `domain.register` finds untrue.
    """
    require(by, "registry.add_platform", region)
    with ledger.begin("platform", "platform.added", by=by, at=now, id=id) as entry:
        platform = Platform(
            head=entry.head, name=name, operator=operator, region=region, channel=channel, url=url,
            service_start=service_start, last_evaluated=last_evaluated, last_grade=last_grade,
        )  # fmt: skip
        store(platform, now, new=True)
        entry.data = facts(platform)
    return platform


def change_platform(
    *,
    by: User,
    now: dt.datetime,
    platform: Platform,
    id: UUID | None = None,
    expect: int | None = None,
    **changes: Any,
) -> Platform:
    """Correct what the register says of a platform; what changed is recorded with what it was."""
    require(by, "registry.change_platform", platform)
    with ledger.record(platform, "platform.changed", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = _apply(platform, changes, now)
        require(by, "registry.change_platform", platform)  # not into somebody else's region
    return platform


def correct_platform(
    *,
    by: User,
    now: dt.datetime,
    platform: Platform,
    url: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Platform:
    """Correct what the operator's head knows best; name, region and dates are the authority's."""
    require(by, "registry.correct_platform", platform)
    with ledger.record(platform, "platform.changed", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = _apply(platform, {"url": url}, now)
    return platform


def move_platform(
    *,
    by: User,
    now: dt.datetime,
    platform: Platform,
    operator: Organisation,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Platform:
    """Hand a platform over to another operator."""
    require(by, "registry.move_platform", platform)
    with ledger.record(platform, "platform.moved", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = {**_apply(platform, {"operator": operator}, now), "reason": reason}
    return platform


def end_service(
    *,
    by: User,
    now: dt.datetime,
    platform: Platform,
    ended: dt.date,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Platform:
    """Note that a platform serves no longer: nothing falls due for it any more. Can be taken back."""
    require(by, "registry.end_service", platform)
    with ledger.record(platform, "platform.ended", by=by, at=now, id=id, expect=expect) as entry:
        if platform.ended:
            raise Conflict([Problem("registry.ended_already", {"day": str(platform.ended)})])
        entry.data = _apply(platform, {"ended": ended, "ended_reason": reason}, now)
    return platform


def resume_service(
    *, by: User, now: dt.datetime, platform: Platform, id: UUID | None = None, expect: int | None = None
) -> Platform:
    """Note that a platform serves again, or never stopped."""
    require(by, "registry.resume_service", platform)
    with ledger.record(platform, "platform.resumed", by=by, at=now, id=id, expect=expect) as entry:
        if not platform.ended:
            raise Conflict([Problem("registry.not_ended")])
        entry.data = _apply(platform, {"ended": None, "ended_reason": ""}, now)
    return platform


def facts(platform: Platform) -> dict[str, str]:
    """Return what the register says of a platform, as plain text for the ledger."""
    return {
        "name": platform.name,
        "operator": str(platform.operator_id),
        "region": platform.region_id,
        "channel": platform.channel,
        "url": platform.url,
        "service_start": str(platform.service_start or ""),
        "ended": str(platform.ended or ""),
        "ended_reason": platform.ended_reason,
        "last_evaluated": str(platform.last_evaluated or ""),
        "last_grade": platform.last_grade,
    }


def changed(before: dict[str, str], after: dict[str, str]) -> dict[str, Any]:
    """Return what differs, each with what it was and what it is."""
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def reckon_due(platform: Platform) -> None:
    """Keep the stored due date what the rule says (6.1.1)."""
    since = (platform.service_start, platform.last_evaluated)
    rule = None if platform.ended else schedule.annual(policy.default("authority"), *since)
    platform.due = rule.due if rule else None
    platform.due_warning = rule.warning if rule else None


def store(platform: Platform, now: dt.datetime, *, new: bool = False) -> None:
    """Keep a platform whose facts can be true; raises Invalid for every one that cannot."""
    problems = register.platform_problems(
        timezone.localdate(now),
        service_start=platform.service_start,
        ended=platform.ended,
        last_evaluated=platform.last_evaluated,
        last_grade=platform.last_grade,
    )
    if found := list(problems):
        raise Invalid(found)
    reckon_due(platform)
    try:
        with transaction.atomic():
            platform.save(force_insert=new)
    except IntegrityError as error:
        raise Invalid([Problem("registry.name_taken", {"name": platform.name}, ("name",))]) from error


def _apply(platform: Platform, changes: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    before = facts(platform)
    for name, value in changes.items():
        setattr(platform, name, value)
    store(platform, now)
    return changed(before, facts(platform))
