"""Changing the register."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from zhiping.accounts.models import Organisation, Region, User
from zhiping.accounts.rules import require
from zhiping.domain import policy, schedule
from zhiping.domain.errors import Invalid, Problem
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
    id: UUID | None = None,
) -> Platform:
    """Register a platform (3.3); its first evaluation falls due twelve months after service started (6.1.1).

    Raises Invalid `registry.name_taken` where the operator has a platform of this name already.
    """
    require(by, "registry.add_platform", region)
    with ledger.begin("platform", "platform.added", by=by, at=now, id=id) as entry:
        platform = Platform(
            head=entry.head, name=name, operator=operator, region=region, channel=channel, url=url,
            service_start=service_start,
        )  # fmt: skip
        _store(platform, new=True)
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
        before = facts(platform)
        for name, value in changes.items():
            setattr(platform, name, value)
        if "region" in changes:
            require(by, "registry.change_platform", platform)
        _store(platform)
        after = facts(platform)
        entry.data = {k: [before[k], after[k]] for k in after if before[k] != after[k]}
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
        "last_evaluated": str(platform.last_evaluated or ""),
        "last_grade": platform.last_grade,
    }


def _store(platform: Platform, *, new: bool = False) -> None:
    _reckon_due(platform)
    try:
        platform.save(force_insert=new)
    except IntegrityError as error:
        raise Invalid([Problem("registry.name_taken", {"name": platform.name}, ("name",))]) from error


def _reckon_due(platform: Platform) -> None:
    """Keep the stored due date what the rule says (6.1.1)."""
    rule = None if platform.ended else schedule.annual(
        policy.default("authority"), platform.service_start, platform.last_evaluated
    )  # fmt: skip
    platform.due = rule.due if rule else None
    platform.due_warning = rule.warning if rule else None
