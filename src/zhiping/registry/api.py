"""The register for programs."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from zhiping.accounts.requests import Request
from zhiping.registry import actions, queries
from zhiping.registry.models import Platform, Trigger
from zhiping.web.paging import Cursor, Page, page

router = Router(tags=["registry"])
Code = Field(pattern=r"^[0-9]{6}$", examples=["150102"])
Grade = Literal["", "excellent", "qualified", "unqualified"]
CLEARED = ("service_start", "last_evaluated")  # dates a change may take away


class RegionOut(Schema):
    """A division (GB/T 2260)."""

    code: str
    name: str
    level: str
    parent: str | None


class OrganisationOut(Schema):
    """An operator."""

    id: UUID
    name: str
    code: str | None
    region: str


class PlatformOut(Schema):
    """A platform as the register has it; `seen` goes back with a change."""

    id: UUID
    name: str
    operator: OrganisationOut
    region: str
    channel: str
    url: str
    service_start: dt.date | None
    ended: dt.date | None
    last_evaluated: dt.date | None
    last_grade: str
    due: dt.date | None
    standing: str
    seen: int | None = None


class PlatformIn(Schema):
    """A platform to register; `id` is the client's own, so that sending twice registers once.

    `last_evaluated` and `last_grade`: what is known of evaluations from before this system.
    """

    id: UUID
    name: str = Field(min_length=1, max_length=120, examples=["某市质量基础设施一站式服务平台"])
    operator: UUID
    region: str = Code
    channel: Literal["offline", "online", "both"]
    url: str = Field("", max_length=300, pattern=r"^(https?://.+)?$")
    service_start: dt.date | None = None
    last_evaluated: dt.date | None = Field(None, examples=["2025-09-10"])
    last_grade: Grade = ""


class PlatformChange(Schema):
    """What to correct; `seen` as last read, `id` of this change."""

    id: UUID
    seen: int = Field(ge=0, le=2**31 - 1)
    name: str | None = Field(None, min_length=1, max_length=120)
    channel: Literal["offline", "online", "both"] | None = None
    url: str | None = Field(None, max_length=300, pattern=r"^(https?://.+)?$")
    service_start: dt.date | None = None
    last_evaluated: dt.date | None = None
    last_grade: Grade | None = None


class TriggerOut(Schema):
    """What happened to a platform, and whether it is important; `seen` goes back with a decision."""

    id: UUID
    platform: UUID
    kind: str
    happened: dt.date
    description: str
    important: bool | None
    reason: str
    due: dt.date | None
    seen: int


class TriggerIn(Schema):
    """What happened to a platform (6.1.2)."""

    id: UUID
    kind: Literal["emergency", "manager", "software", "hardware"]
    happened: dt.date
    description: str = Field(min_length=1, max_length=2000)


class Decision(Schema):
    """Whether it is important, and why; `seen` as last read, `id` of this decision."""

    id: UUID
    seen: int = Field(ge=0, le=2**31 - 1)
    important: bool
    reason: str = Field(min_length=1, max_length=2000)


class PlatformFilter(Cursor):
    """Which platforms, from where on."""

    q: str = Field("", max_length=100)
    region: str | None = Field(None, pattern=r"^[0-9]{6}$")
    standing: Literal["overdue", "warning", "in_time", "unknown", "ended"] | None = None


def _operator(organisation: Any) -> dict[str, Any]:
    return {
        "id": organisation.pk,
        "name": organisation.name,
        "code": organisation.code,
        "region": organisation.region_id,
    }


def _platform(found: Platform) -> dict[str, Any]:
    shown = ("name", "channel", "url", "service_start", "ended", "last_evaluated", "last_grade", "due")
    return {
        **{name: getattr(found, name) for name in shown},
        "id": found.pk,
        "operator": _operator(found.operator),
        "region": found.region_id,
        "standing": queries.standing_of(found, timezone.localdate()),
    }


def _whole(found: Platform) -> dict[str, Any]:
    return {**_platform(found), "seen": found.head.size}


def _trigger(found: Trigger) -> dict[str, Any]:
    shown = ("kind", "happened", "description", "important", "reason", "due")
    told = {name: getattr(found, name) for name in shown}
    return {**told, "id": found.pk, "platform": found.platform_id, "seen": found.platform.head.size}


@router.get("/regions", response=list[RegionOut])
def list_regions(request: Request) -> list[dict[str, Any]]:
    """Return the regions the person is responsible for."""
    return [
        {"code": r.code, "name": r.name, "level": r.level, "parent": r.parent_id}
        for r in queries.regions(request.user)
    ]


@router.get("/operators", response=Page[OrganisationOut])
def list_operators(request: Request, cursor: Query[Cursor]) -> dict[str, Any]:
    """Return the operators the person sees."""
    return page(queries.operators(request.user), cursor, _operator)


@router.get("/platforms", response=Page[PlatformOut])
def list_platforms(request: Request, asked: Query[PlatformFilter]) -> dict[str, Any]:
    """Return the platforms the person sees, filtered."""
    found = queries.platforms(request.user)
    if asked.q:
        found = found.filter(name__icontains=asked.q)
    if asked.region:
        region = get_object_or_404(queries.regions(request.user), code=asked.region)
        found = found.filter(region_id__gte=region.code, region_id__lte=region.last_code)
    if asked.standing:
        found = found.filter(queries.standing(asked.standing, timezone.localdate()))
    return page(found, asked, _platform)


@router.post("/platforms", response={201: PlatformOut})
def add_platform(request: Request, data: PlatformIn) -> Status[dict[str, Any]]:
    """Register a platform; the same id twice registers once."""
    user = request.user
    given = data.dict() | {
        "operator": get_object_or_404(queries.operators(user), pk=data.operator),
        "region": get_object_or_404(queries.regions(user), pk=data.region),
    }
    made = actions.add_platform(by=user, now=timezone.now(), **given)
    return Status(201, _whole(queries.get_platform(user, made.pk)))


@router.get("/platforms/{uuid:platform_id}", response=PlatformOut)
def get_platform(request: Request, platform_id: UUID) -> dict[str, Any]:
    """Return one platform."""
    return _whole(queries.get_platform(request.user, platform_id))


@router.patch("/platforms/{uuid:platform_id}", response=PlatformOut)
def change_platform(request: Request, platform_id: UUID, data: PlatformChange) -> dict[str, Any]:
    """Correct what is given; 409 where somebody changed it since it was read."""
    found = queries.get_platform(request.user, platform_id)
    changes = data.dict(exclude_unset=True, exclude={"id", "seen"})
    changes = {name: value for name, value in changes.items() if value is not None or name in CLEARED}
    actions.change_platform(
        by=request.user, now=timezone.now(), platform=found, id=data.id, expect=data.seen, **changes
    )
    return _whole(queries.get_platform(request.user, platform_id))


@router.get("/triggers", response=Page[TriggerOut])
def list_triggers(request: Request, cursor: Query[Cursor]) -> dict[str, Any]:
    """Return what happened to the platforms the person sees."""
    return page(queries.triggers(request.user).select_related("platform__head"), cursor, _trigger)


@router.post("/platforms/{uuid:platform_id}/triggers", response={201: TriggerOut})
def report_trigger(request: Request, platform_id: UUID, data: TriggerIn) -> Status[dict[str, Any]]:
    """Report what happened to a platform."""
    found = queries.get_platform(request.user, platform_id)
    made = actions.report_trigger(by=request.user, now=timezone.now(), platform=found, **data.dict())
    return Status(201, _trigger(made))


@router.post("/triggers/{uuid:trigger_id}/decision", response=TriggerOut)
def decide_trigger(request: Request, trigger_id: UUID, data: Decision) -> dict[str, Any]:
    """Decide whether it is important (6.1.2); 409 where the platform's record has grown since it was read."""
    found = queries.get_trigger(request.user, trigger_id)
    given = data.dict(exclude={"seen"}) | {"expect": data.seen}
    actions.decide_trigger(by=request.user, now=timezone.now(), trigger=found, **given)
    return _trigger(queries.get_trigger(request.user, trigger_id))
