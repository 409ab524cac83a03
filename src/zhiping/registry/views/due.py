"""Due dates: numbers by region, then platforms with the rule each follows."""

import datetime as dt
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.accounts.models import User
from zhiping.registry import forms, queries
from zhiping.registry.views.platforms import REGION, STANDING, address, standing_badge
from zhiping.web.listing import Column, Listing
from zhiping.web.tables import Heading
from zhiping.web.texts import say

# Each number with its list: URL name, filter, value.
NUMBERS = {
    "overdue": ("registry:due", "standing", "overdue"),
    "warning": ("registry:due", "standing", "warning"),
    "in_time": ("registry:due", "standing", "in_time"),
    "unknown": ("registry:platforms", "standing", "unknown"),
    "undecided": ("registry:triggers", "state", "undecided"),
    "to_start": ("registry:triggers", "state", "to_start"),
    "late": ("registry:triggers", "state", "overdue"),
}


def due(request: Request) -> HttpResponse:
    """The list of due platforms, the earliest first, below the numbers of each region."""
    today = timezone.localdate()
    listing = Listing(
        request, partial(queries.platforms_due, request.user), _columns(today), "registry.due", url=address,
        filters=partial(forms.DueFilters, user=request.user, today=today), order="due",
    )  # fmt: skip
    return listing.response(
        "registry/due.html", regions=lambda: _regions(request.user, today), headings=_headings()
    )


def _columns(today: dt.date) -> tuple[Column, ...]:
    return (
        Column("name", "name"),
        Column("operator", "operator__name"),
        Column("region", reads=REGION, show=queries.named, order=("region_id",)),
        Column("due", "due", order=("due", "due_warning")),
        Column("standing", reads=STANDING, show=partial(standing_badge, today)),
        Column("why", reads=queries.CLOCK, show=partial(_why, today)),
    )


def _why(today: dt.date, *clock: dt.date | None) -> str:
    code, data = queries.why_on(today, *clock)
    return say(f"registry.why.{code}", **data)


def _regions(user: User, today: dt.date) -> list[dict[str, Any]]:
    """Return each region with its numbers, each with the URL of its list."""
    return [{"name": row.name, "cells": _cells(row)} for row in queries.due_numbers(user, today)]


def _headings() -> list[Heading]:
    numbers = [Heading(say(f"registry.due.numbers.{name}"), css="numeric") for name in NUMBERS]
    return [Heading(say("registry.due.region")), *numbers]


def _cells(row: queries.Numbers) -> list[tuple[int, str]]:
    within = {"region": row.region.code} if row.region else {}
    lists = {
        key: f"{reverse(name)}?{urlencode({field: value, **within})}"
        for key, (name, field, value) in NUMBERS.items()
    }
    return [(row.counts[key], url) for key, url in lists.items()]
