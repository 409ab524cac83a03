"""What is due: by region in numbers, then platform by platform with the rule it follows."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.accounts.requests import Request
from zhiping.registry import forms, queries
from zhiping.registry.models import Platform
from zhiping.registry.views.platforms import READS, address, standing
from zhiping.web.listing import Cell, Column, Listing
from zhiping.web.texts import say

# Each number with the list behind it: address name, filter, its value.
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
    """What falls due, the earliest first, above it how many per region."""
    today = timezone.localdate()
    listing = Listing(
        request, queries.platforms(request.user).filter(due__isnull=False), _columns(today), "registry.due",
        url=address, filters=forms.DueFilters(request.GET, user=request.user, today=today), order="due",
        reads=READS,
    )  # fmt: skip
    return listing.response(
        "registry/due.html", regions=lambda: _regions(request.user, today), headings=NUMBERS
    )


def _columns(today: dt.date) -> tuple[Column, ...]:
    return (
        Column("name", lambda p: Cell(p.name, address(p)), ("name",)),
        Column("operator", lambda p: p.operator.name, ("operator__name",)),
        Column("region", lambda p: queries.place(p.region), ("region_id",)),
        Column("due", lambda p: p.due, ("due", "due_warning")),
        Column("standing", lambda p: standing(p, today)),
        Column("why", lambda p: _why(p, today)),
    )


def _why(platform: Platform, today: dt.date) -> str:
    code, data = queries.why(platform, today)
    return say(f"registry.why.{code}", **data)


def _regions(user: User, today: dt.date) -> list[dict[str, Any]]:
    """Each region with its numbers, each number with the list behind it."""
    return [{"name": row.name, "cells": _cells(row)} for row in queries.due_numbers(user, today)]


def _cells(row: queries.Numbers) -> list[tuple[str, int, str]]:
    within = {"region": row.region.code} if row.region else {}
    lists = {
        key: f"{reverse(name)}?{urlencode({field: value, **within})}"
        for key, (name, field, value) in NUMBERS.items()
    }
    return [(key, row.counts[key], url) for key, url in lists.items()]
