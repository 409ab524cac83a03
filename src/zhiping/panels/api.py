"""Panels for programs."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Router, Schema

from zhiping.accounts.http import Request
from zhiping.evaluations.queries import evaluation as evaluations
from zhiping.panels.models import Seat
from zhiping.panels.queries import panel as panels
from zhiping.panels.rules import inside

router = Router(tags=["panels"])


class SeatOut(Schema):
    """Somebody's place on a panel."""

    expert: UUID
    name: str
    role: str
    declared: bool | None  # null: not for the reader to know


class CheckOut(Schema):
    """One check of the panel (6.2): pass, fail or not_shown, and what it rests on."""

    code: str
    state: str
    data: dict[str, Any]


class PanelOut(Schema):
    """Who sits on the panel, and what it must meet."""

    seats: list[SeatOut]
    checks: list[CheckOut]


def _seat(found: Seat, *, told: bool) -> dict[str, Any]:
    return {
        "expert": found.expert_id,
        "name": found.expert.name,
        "role": found.role,
        "declared": found.declared is not None if told else None,
    }


@router.get("/evaluations/{uuid:evaluation_id}/panel", response=PanelOut)
def get_panel(request: Request, evaluation_id: UUID) -> dict[str, Any]:
    """Return the panel and what it must meet, as far as the person may know."""
    user = request.user
    found = evaluations.get_evaluation(user, evaluation_id)
    told = inside(user, found)
    return {
        "seats": [_seat(m.seat, told=told) for m in panels.members(user, found)],
        "checks": panels.checks(user, found, today=timezone.localdate()),
    }
