"""API of published rubrics."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Query, Router, Schema

from zhiping.accounts.http import Request
from zhiping.rubrics import queries
from zhiping.rubrics.models import Rubric
from zhiping.web.paging import Cursor, Page, page

router = Router(tags=["rubrics"])


class RubricOut(Schema):
    """A published version; sheets with equal `scale_sha256` can be combined."""

    id: UUID
    rubric_id: str
    version: str
    title: str
    title_en: str
    scale_sha256: str
    wording_sha256: str
    published: dt.datetime


class RubricWhole(RubricOut):
    """A published version with its file."""

    source: str


def _rubric(rubric: Rubric) -> dict[str, Any]:
    names = RubricOut.model_fields.keys() - {"id"}
    return {"id": rubric.pk} | {name: getattr(rubric, name) for name in names}


@router.get("/rubrics", response=Page[RubricOut])
def list_rubrics(request: Request, cursor: Query[Cursor]) -> dict[str, Any]:
    """Return the published rubrics."""
    return page(queries.visible_to(request.user).defer("source"), cursor, _rubric)


@router.get("/rubrics/{uuid:rubric_id}", response=RubricWhole)
def get_rubric(request: Request, rubric_id: UUID) -> dict[str, Any]:
    """Return one rubric with its file (TOML)."""
    rubric = queries.get_rubric(request.user, rubric_id)
    return {**_rubric(rubric), "source": rubric.source}
