"""Pages of operators: the list, and one of them with its platforms."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from zhiping.accounts.http import Request
from zhiping.permissions import may
from zhiping.registry import forms, queries
from zhiping.registry.sheets import operator_sheet
from zhiping.registry.views.platforms import REGION, address, columns
from zhiping.web import importing
from zhiping.web.links import link_to
from zhiping.web.listing import Column, Listing
from zhiping.web.pages import offered
from zhiping.web.texts import say

OPERATORS = (
    Column("name", "name"),
    Column("code", "code", order=()),
    Column("region", reads=REGION, show=queries.named, order=("region_id",)),
    Column("contact", "contact", order=()),
    Column("phone", "phone", order=()),
    Column("platforms", "platforms_count", numeric=True),
)


def operators(request: Request) -> HttpResponse:
    """The list of operators."""
    listing = Listing(
        request, partial(queries.operators_counted, request.user), OPERATORS, "registry.operators",
        order="name", url=link_to("registry:operator"), dress=queries.with_platforms,
        filters=partial(forms.OperatorFilters, user=request.user),
    )  # fmt: skip
    if listing.exports:
        return importing.export(request, operator_sheet(request.user), listing.found[: importing.MOST_ROWS])
    return listing.response(
        "registry/operators.html", may=offered(request.user, None, "import_operators", app="registry")
    )


def operator(request: Request, operator_id: UUID) -> HttpResponse:
    """One operator, with its platforms."""
    operator = queries.get_operator(request.user, operator_id)
    listing = Listing(
        request, partial(queries.platforms_of, request.user, operator), columns(timezone.localdate()),
        "registry.platforms", url=address, order="name",
    )  # fmt: skip
    above = [(say("registry.tabs.operators"), reverse("registry:operators"))]
    context = {
        "operator": operator,
        "place": queries.place(operator.region),
        "heading": operator.name,
        "crumbs": above,
    }
    may_change = may(request.user, "accounts.change_organisation", operator)
    return listing.response("registry/operator.html", may_change=may_change, **context)
