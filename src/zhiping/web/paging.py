"""Cursor pages of the API: stable while rows are added, and as fast at any depth as the first."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import Field

T = TypeVar("T")
MOST = 200


class Page(Schema, Generic[T]):
    """Some items, and the cursor of the next page; null after the last."""

    items: list[T]
    next: UUID | None = None


class Cursor(Schema):
    """The `next` of the page before, and the size of a page."""

    after: UUID | None = None
    limit: int = Field(50, ge=1, le=MOST)


def page(
    queryset: QuerySet[Any], cursor: Cursor, show: Callable[[Any], Any] = lambda row: row
) -> dict[str, Any]:
    """Return a page of a queryset in the order of ids, which is the order of creation.

    `show` makes an item of a row, where the schema does not read the row itself.
    """
    rows = queryset.order_by("pk")
    if cursor.after:
        rows = rows.filter(pk__gt=cursor.after)
    objects: list[Model] = list(rows[: cursor.limit + 1])
    more = len(objects) > cursor.limit
    return {
        "items": [show(row) for row in objects[: cursor.limit]],
        "next": objects[cursor.limit - 1].pk if more else None,
    }
