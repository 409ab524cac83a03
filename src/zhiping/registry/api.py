"""API of the register."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import ModelSchema, Query, Router, Schema, Status
from pydantic import Field

from zhiping.accounts.http import Request
from zhiping.accounts.models import Organisation, Region
from zhiping.ledger.act import Act
from zhiping.registry import actions, queries
from zhiping.registry.models import Platform, Trigger
from zhiping.web.paging import Cursor, Page, page

router = Router(tags=["registry"])
Code = Field(pattern=r"^[0-9]{6}$", examples=["150102"])
Grade = Literal["", "excellent", "qualified", "unqualified"]
CLEARED = ("service_start", "last_evaluated")  # dates a change may take away


class RegionOut(ModelSchema):
    """A division (GB/T 2260)."""

    parent: str | None = Field(alias="parent_id")

    class Meta:
        model = Region
        fields = ("code", "name", "level")


class OrganisationOut(ModelSchema):
    """An operator."""

    id: UUID = Field(alias="pk")
    region: str = Field(alias="region_id")

    class Meta:
        model = Organisation
        fields = ("name", "code")


class PlatformOut(ModelSchema):
    """A platform; send `seen` back with a change."""

    id: UUID = Field(alias="pk")
    operator: OrganisationOut
    region: str = Field(alias="region_id")
    standing: str
    seen: int = Field(alias="head.size")

    class Meta:
        model = Platform
        exclude = ("head", "operator", "region", "ended_reason", "due_warning")

    @staticmethod
    def resolve_standing(platform: Platform) -> str:
        """Return where the platform is on the annual clock."""
        return queries.standing_of(platform, timezone.localdate())


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
    """Corrections of a platform; `seen` as last read, `id` of this change."""

    id: UUID
    seen: int = Field(ge=0, le=2**31 - 1)
    name: str | None = Field(None, min_length=1, max_length=120)
    channel: Literal["offline", "online", "both"] | None = None
    url: str | None = Field(None, max_length=300, pattern=r"^(https?://.+)?$")
    service_start: dt.date | None = None
    last_evaluated: dt.date | None = None
    last_grade: Grade | None = None


class TriggerOut(ModelSchema):
    """A trigger and the decision on it; send `seen` back with a decision."""

    platform: UUID = Field(alias="platform_id")
    seen: int = Field(alias="platform.head.size")

    class Meta:
        model = Trigger
        fields = ("id", "kind", "happened", "description", "important", "reason", "due")


class TriggerIn(Schema):
    """A reported trigger (6.1.2)."""

    id: UUID
    kind: Literal["emergency", "manager", "software", "hardware"]
    happened: dt.date
    description: str = Field(min_length=1, max_length=2000)


class Decision(Schema):
    """A decision on a trigger; `seen` as last read, `id` of this decision."""

    id: UUID
    seen: int = Field(ge=0, le=2**31 - 1)
    important: bool
    reason: str = Field(min_length=1, max_length=2000)


class PlatformFilter(Cursor):
    """Filters of platforms, and the cursor."""

    q: str = Field("", max_length=100)
    region: str | None = Field(None, pattern=r"^[0-9]{6}$")
    standing: Literal["overdue", "warning", "in_time", "unknown", "ended"] | None = None


def _act(request: Request, data: Schema) -> Act:
    """Return the act of a request's body: its `id`, and what was `seen`, where it has that."""
    content = data.dict()
    return Act.of(request).submitted(content.pop("id"), content, expect=content.pop("seen", None))


@router.get("/regions", response=list[RegionOut])
def list_regions(request: Request) -> QuerySet[Region]:
    """Return the regions the person is responsible for."""
    return queries.regions(request.user)


@router.get("/operators", response=Page[OrganisationOut])
def list_operators(request: Request, cursor: Query[Cursor]) -> dict[str, Any]:
    """Return the operators the person sees."""
    return page(queries.operators(request.user), cursor)


@router.get("/platforms", response=Page[PlatformOut])
def list_platforms(request: Request, asked: Query[PlatformFilter]) -> dict[str, Any]:
    """Return the platforms the person sees, filtered."""
    platforms = queries.platforms(request.user).select_related("head")
    if asked.q:
        platforms = platforms.filter(name__icontains=asked.q)
    if asked.region:
        region = get_object_or_404(queries.regions(request.user), code=asked.region)
        platforms = platforms.filter(region_id__gte=region.code, region_id__lte=region.last_code)
    if asked.standing:
        platforms = platforms.filter(queries.standing(asked.standing, timezone.localdate()))
    return page(platforms, asked)


@router.post("/platforms", response={201: PlatformOut})
def add_platform(request: Request, data: PlatformIn) -> Status[Platform]:
    """Register a platform; the same id twice registers once."""
    user = request.user
    given = data.dict(exclude={"id"}) | {
        "operator": get_object_or_404(queries.operators(user), pk=data.operator),
        "region": get_object_or_404(queries.regions(user), pk=data.region),
    }
    made = actions.add_platform(_act(request, data), **given)
    return Status(201, queries.get_platform(user, made.pk))


@router.get("/platforms/{uuid:platform_id}", response=PlatformOut)
def get_platform(request: Request, platform_id: UUID) -> Platform:
    """Return one platform."""
    return queries.get_platform(request.user, platform_id)


@router.patch("/platforms/{uuid:platform_id}", response=PlatformOut)
def change_platform(request: Request, platform_id: UUID, data: PlatformChange) -> Platform:
    """Correct what is given; 409 where it has changed since it was read."""
    platform = queries.get_platform(request.user, platform_id)
    changes = data.dict(exclude_unset=True, exclude={"id", "seen"})
    changes = {name: value for name, value in changes.items() if value is not None or name in CLEARED}
    actions.change_platform(_act(request, data), platform, **changes)
    return queries.get_platform(request.user, platform_id)


@router.get("/triggers", response=Page[TriggerOut])
def list_triggers(request: Request, cursor: Query[Cursor]) -> dict[str, Any]:
    """Return what happened to the platforms the person sees."""
    return page(queries.triggers(request.user).select_related("platform__head"), cursor)


@router.post("/platforms/{uuid:platform_id}/triggers", response={201: TriggerOut})
def report_trigger(request: Request, platform_id: UUID, data: TriggerIn) -> Status[Trigger]:
    """Report what happened to a platform."""
    platform = queries.get_platform(request.user, platform_id)
    made = actions.report_trigger(_act(request, data), platform, **data.dict(exclude={"id"}))
    return Status(201, made)


@router.post("/triggers/{uuid:trigger_id}/decision", response=TriggerOut)
def decide_trigger(request: Request, trigger_id: UUID, data: Decision) -> Trigger:
    """Decide whether it is important (6.1.2); 409 where the platform's record has grown since it was read."""
    trigger = queries.get_trigger(request.user, trigger_id)
    actions.decide_trigger(_act(request, data), trigger, **data.dict(exclude={"id", "seen"}))
    return queries.get_trigger(request.user, trigger_id)
