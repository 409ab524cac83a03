"""Operators: the list, one of them with its platforms, and names offered as one types."""

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
from zhiping.registry.views.platforms import READS, address, columns
from zhiping.web import importing
from zhiping.web.links import link_to
from zhiping.web.listing import Column, Listing

OFFERED = 20  # names
READS_OPERATOR = (
    "name", "code", "contact", "phone", "platforms_count", *(f"region__{name}" for name in queries.NAMES),
)  # fmt: skip


OPERATORS = (
    Column("name", lambda o: o.name, ("name",)),
    Column("code", lambda o: o.code),
    Column("region", lambda o: queries.place(o.region), ("region_id",)),
    Column("contact", lambda o: o.contact),
    Column("phone", lambda o: o.phone),
    Column("platforms", lambda o: o.platforms_count, ("platforms_count",), numeric=True),
)


def operators(request: Request) -> HttpResponse:
    """Who runs platforms."""
    listing = Listing(
        request, queries.with_platforms(queries.operators(request.user)), OPERATORS, "registry.operators",
        order="name", url=link_to("registry:operator"), reads=READS_OPERATOR, dress=queries.with_platforms,
        filters=forms.OperatorFilters(request.GET, user=request.user),
    )  # fmt: skip
    if request.GET.get("export") == "xlsx":
        return importing.export(operator_sheet(request.user), listing.found[: importing.MOST_ROWS])
    return listing.response("registry/operators.html", may=offered(request.user, None, "import_operators"))


def operator(request: Request, operator_id: UUID) -> HttpResponse:
    """One operator: how it is reached, what it runs."""
    found = queries.get_operator(request.user, operator_id)
    listing = Listing(
        request, queries.platforms(request.user).filter(operator=found), columns(timezone.localdate()),
        "registry.platforms", url=address, order="name", reads=READS,
    )  # fmt: skip
    context = {"operator": found, "place": queries.place(found.region)}
    may_change = may(request.user, "accounts.change_organisation", found)
    return listing.response("registry/operator.html", may_change=may_change, **context)


def suggest(request: Request) -> HttpResponse:
    """Names that hold what somebody has typed so far."""
    text = request.GET.get("operator", "")[:120]
    found = queries.operators(request.user).filter(Q(name__icontains=text) | Q(code__icontains=text))
    return render(request, "registry/suggest.html", {"operators": found.order_by("name")[:OFFERED]})
