"""API of the pool of experts."""

from typing import Any
from uuid import UUID

from ninja import Query, Router, Schema

from zhiping.accounts.http import Request
from zhiping.experts import queries as experts
from zhiping.experts.models import Expert
from zhiping.web.paging import Cursor, Page, page

router = Router(tags=["experts"])


class ExpertOut(Schema):
    """An expert of the pool."""

    id: UUID
    name: str
    employer: str
    title: str
    region: str


def _expert(expert: Expert) -> dict[str, Any]:
    shown = ("name", "employer", "title")
    return {**{name: getattr(expert, name) for name in shown}, "id": expert.pk, "region": expert.region_id}


@router.get("/experts", response=Page[ExpertOut])
def list_experts(request: Request, cursor: Query[Cursor]) -> dict[str, Any]:
    """Return the experts of the pools visible to the user."""
    return page(experts.visible_to(request.user), cursor, _expert)
