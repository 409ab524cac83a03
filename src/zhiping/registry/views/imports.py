"""Imports of platforms, operators and regions; the list of regions."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.permissions import require
from zhiping.registry import actions, queries
from zhiping.registry.sheets import operator_sheet, platform_sheet, region_sheet
from zhiping.web import importing
from zhiping.web.listing import Column, Listing
from zhiping.web.pages import offered
from zhiping.web.texts import say


def import_platforms(request: Request) -> HttpResponse:
    """Upload a sheet of platforms."""
    require(request.user, "registry.import_platforms")
    sheet = platform_sheet(request.user, timezone.localdate())
    return importing.start(request, sheet, preview="registry:import-platforms-preview")


def platforms_preview(request: Request, upload_id: UUID) -> HttpResponse:
    """Preview what the sheet would do, and confirm."""
    require(request.user, "registry.import_platforms")
    sheet = platform_sheet(request.user, timezone.localdate())
    return importing.review(request, sheet, upload_id, actions.import_platforms, done="registry:platforms")


def import_operators(request: Request) -> HttpResponse:
    """Upload a sheet of operators."""
    require(request.user, "registry.import_operators")
    return importing.start(request, operator_sheet(request.user), preview="registry:import-operators-preview")


def operators_preview(request: Request, upload_id: UUID) -> HttpResponse:
    """Preview what the sheet would do, and confirm."""
    require(request.user, "registry.import_operators")
    sheet = operator_sheet(request.user)
    return importing.review(request, sheet, upload_id, actions.import_operators, done="registry:operators")


def import_regions(request: Request) -> HttpResponse:
    """Upload a sheet of regions."""
    require(request.user, "registry.import_regions")
    return importing.start(request, region_sheet(), preview="registry:import-regions-preview")


def regions_preview(request: Request, upload_id: UUID) -> HttpResponse:
    """Preview what the sheet would do, and confirm."""
    require(request.user, "registry.import_regions")
    return importing.review(
        request, region_sheet(), upload_id, actions.import_regions, done="registry:regions"
    )


def regions(request: Request) -> HttpResponse:
    """The administrative divisions known here: public facts, the same for all users."""
    columns = (
        Column("code", "code"),
        Column("name", "name"),
        Column("name_en", "name_en"),
        Column("level", "level", order=(), show=lambda level: say(f"registry.region_levels.{level}")),
        Column("parent", "parent__name", order=()),
    )
    source = partial(queries.divisions, request.user)
    listing = Listing(request, source, columns, "registry.regions", url=lambda _: "", order="code")
    if listing.exports:
        return importing.export(request, region_sheet(), listing.found[: importing.MOST_ROWS])
    return listing.response(
        "registry/regions.html", may=offered(request.user, None, "import_regions", app="registry")
    )
