"""Published rubrics for programs."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Query, Router, Schema

from zhiping.accounts.requests import Request
from zhiping.rubrics import queries
from zhiping.rubrics.models import Rubric
from zhiping.web.paging import Cursor, Page, page

router = Router(tags=["rubrics"])


class RubricOut(Schema):
    """One published version; the two hashes tell whether sheets belong together."""

    id: UUID
    rubric_id: str
    version: str
    title: str
    title_en: str
    scale_sha256: str
    wording_sha256: str
    published: dt.datetime


class RubricWhole(RubricOut):
    """With the file as it was published."""

    source: str


def _rubric(found: Rubric) -> dict[str, Any]:
    return {name: getattr(found, name) for name in RubricOut.model_fields if name != "id"} | {"id": found.pk}


@router.get("/rubrics", response=Page[RubricOut])
def list_rubrics(request: Request, cursor: Query[Cursor]) -> dict[str, Any]:
    """Return the published rubrics."""
    return page(queries.visible_to(request.user).defer("source"), cursor, _rubric)


@router.get("/rubrics/{uuid:rubric_id}", response=RubricWhole)
def get_rubric(request: Request, rubric_id: UUID) -> dict[str, Any]:
    """Return one rubric with its file (TOML)."""
    found = queries.get_rubric(request.user, rubric_id)
    return {**_rubric(found), "source": found.source}
