"""Operators: the list, one of them with its platforms, and names offered as one types."""

from functools import partial
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from zhiping.accounts.requests import Request
from zhiping.accounts.rules import may
from zhiping.registry import forms, queries
from zhiping.registry.queries.sheets import operator_sheet
from zhiping.registry.views.asking import offered
from zhiping.registry.views.platforms import REGION, address, columns
from zhiping.web import importing
from zhiping.web.links import link_to
from zhiping.web.listing import Column, Listing

OFFERED = 20  # names
OPERATORS = (
    Column("name", "name"),
    Column("code", "code", order=()),
    Column("region", reads=REGION, show=queries.named, order=("region_id",)),
    Column("contact", "contact", order=()),
    Column("phone", "phone", order=()),
    Column("platforms", "platforms_count", numeric=True),
)


def operators(request: Request) -> HttpResponse:
    """Who runs platforms."""
    listing = Listing(
        request, partial(queries.operators_counted, request.user), OPERATORS, "registry.operators",
        order="name", url=link_to("registry:operator"), dress=queries.with_platforms,
        filters=partial(forms.OperatorFilters, user=request.user),
    )  # fmt: skip
    if request.GET.get("export") == "xlsx":
        return importing.export(operator_sheet(request.user), listing.found[: importing.MOST_ROWS])
    return listing.response("registry/operators.html", may=offered(request.user, None, "import_operators"))


def operator(request: Request, operator_id: UUID) -> HttpResponse:
    """One operator: how it is reached, what it runs."""
    found = queries.get_operator(request.user, operator_id)
    listing = Listing(
        request, partial(queries.platforms_of, request.user, found), columns(timezone.localdate()),
        "registry.platforms", url=address, order="name",
    )  # fmt: skip
    context = {"operator": found, "place": queries.place(found.region)}
    may_change = may(request.user, "accounts.change_organisation", found)
    return listing.response("registry/operator.html", may_change=may_change, **context)


def suggest(request: Request) -> HttpResponse:
    """Names that hold what somebody has typed so far."""
    text = request.GET.get("operator", "")[:120]
    found = queries.operators(request.user).filter(Q(name__icontains=text) | Q(code__icontains=text))
    return render(request, "registry/suggest.html", {"operators": found.order_by("name")[:OFFERED]})
