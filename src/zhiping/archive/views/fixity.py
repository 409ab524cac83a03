"""The list of checks of stored packages."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.archive.actions import fixity as actions
from zhiping.archive.forms import FixityFilters
from zhiping.archive.queries import fixity as queries
from zhiping.archive.queries.record import get_package
from zhiping.archive.views.record import address
from zhiping.permissions import require
from zhiping.texts.catalogue import language
from zhiping.web.listing import Cell, Column, Listing, state_cell
from zhiping.web.pages import action_button
from zhiping.web.templatetags.web import moment
from zhiping.web.texts import say


def fixity(request: Request) -> HttpResponse:
    """List the checks of the packages a user keeps, with the faults found."""
    require(request.user, "archive.see_fixity")
    columns = (
        Column("at", "at", show=moment),
        Column("platform", "package__evaluation__platform__name"),
        Column("edition", "package__edition", show=lambda code: say(f"archive.editions.{code}")),
        Column("outcome", "sound", show=_outcome),
        Column("faults", "faults", show=_faults, order=()),
    )
    listing = Listing(
        request, partial(queries.checks, request.user), columns, "archive.fixity", url=address,
        url_path="package__evaluation_id", filters=partial(FixityFilters), order="-at",
    )  # fmt: skip
    above = [(say("archive.records.title"), reverse("archive:records"))]
    return listing.response(crumbs=above)


def _outcome(sound: bool) -> Cell:  # noqa: FBT001 - a value of the database
    return state_cell("archive.outcomes", "sound" if sound else "faulty")


def _faults(faults: list[dict[str, Any]]) -> str:
    return say("wording.semicolon").join(fault[language()] for fault in faults)


@require_POST
def ask_check(request: Request, package_id: UUID) -> HttpResponse:
    """Have a package checked now."""
    package = get_package(request.user, package_id, "archive.ask_check")
    return action_button(
        request, actions.ask_check, to=address(package.evaluation), done="archive.check_asked",
        package=package,
    )  # fmt: skip
