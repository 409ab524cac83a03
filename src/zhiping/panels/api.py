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
    """A seat of a panel."""

    expert: UUID
    name: str
    role: str
    declared: bool | None  # null: not visible to the reader
    unconfirmed: bool | None  # signed with an account issued again before, and not confirmed


class CheckOut(Schema):
    """One check of the panel (6.2): pass, fail or not_shown, and what it rests on."""

    code: str
    state: str
    data: dict[str, Any]


class PanelOut(Schema):
    """The seats of a panel, and its checks."""

    seats: list[SeatOut]
    checks: list[CheckOut]


def _seat(found: Seat, *, declarations: bool) -> dict[str, Any]:
    return {
        "expert": found.expert_id,
        "name": found.expert.name,
        "role": found.role,
        "declared": found.declared is not None if declarations else None,
        "unconfirmed": found.unconfirmed if declarations else None,
    }


@router.get("/evaluations/{uuid:evaluation_id}/panel", response=PanelOut)
def get_panel(request: Request, evaluation_id: UUID) -> dict[str, Any]:
    """Return the panel and its checks, as far as the user may see them."""
    user = request.user
    found = evaluations.get_evaluation(user, evaluation_id)
    declarations = inside(user, found)
    return {
        "seats": [_seat(m.seat, declarations=declarations) for m in panels.members(user, found)],
        "checks": panels.checks(user, found, today=timezone.localdate()),
    }
