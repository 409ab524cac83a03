"""Pages of organisations."""

from functools import partial
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from zhiping.accounts import queries
from zhiping.accounts.actions import organisations as actions
from zhiping.accounts.forms import OrganisationFilters, OrganisationForm
from zhiping.accounts.http import Request
from zhiping.accounts.models import Organisation
from zhiping.ledger import queries as ledger
from zhiping.permissions import may, require
from zhiping.web.links import link_to
from zhiping.web.listing import Column, Listing
from zhiping.web.pages import form_page
from zhiping.web.texts import say

link = link_to("accounts:organisation")

OFFERED = 20  # names while one types
FIELDS = ("name", "code", "region", "address", "contact", "phone")


def organisations(request: Request) -> HttpResponse:
    """List authorities and operators."""
    require(request.user, "accounts.see_organisations")
    columns = (
        Column("name", "name"),
        Column("kind", "kind", show=lambda kind: say(f"accounts.kinds.{kind}")),
        Column("region", "region__name", order=("region_id",)),
        Column("code", "code"),
        Column("people", "people", numeric=True),
    )
    listing = Listing(
        request, partial(queries.organisation_list, request.user), columns, "accounts.organisations",
        url=link, filters=partial(OrganisationFilters, user=request.user),
        order="name", dress=queries.with_people, empty_url=reverse("accounts:add-organisation"),
    )  # fmt: skip
    return listing.response("accounts/organisations.html")


def organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """Show an organisation with its members and timeline."""
    organisation = queries.get_organisation(request.user, organisation_id)
    context = {
        "organisation": organisation,
        "heading": organisation.name,
        "crumbs": _crumbs() if may(request.user, "accounts.see_organisations") else [],
        "members": queries.members(request.user, organisation),
        "sees_people": may(request.user, "accounts.see_people"),
        "may_change": may(request.user, "accounts.change_organisation", organisation),
        "timeline": ledger.timeline(organisation.pk),
    }
    return render(request, "accounts/organisation.html", context)


def add_organisation(request: Request) -> HttpResponse:
    """Add an authority or an operator."""
    return form_page(
        request, OrganisationForm(request.POST or None, user=request.user), actions.add_organisation,
        permission="accounts.see_organisations", about=None, crumbs=_crumbs(), to=link,
        heading=say("accounts.organisations.add"),
    )  # fmt: skip


def change_organisation(request: Request, organisation_id: UUID) -> HttpResponse:
    """Correct the facts of an organisation."""
    organisation = queries.get_organisation(request.user, organisation_id)
    shown = {name: getattr(organisation, name) for name in FIELDS}
    form = OrganisationForm(
        request.POST or None, user=request.user, seen=organisation.head.size, initial=shown
    )
    return form_page(
        request, form, actions.change_organisation, organisation=organisation, crumbs=_crumbs(organisation),
        to=link(organisation), heading=say("accounts.organisation.change"),
    )  # fmt: skip


def _crumbs(organisation: Organisation | None = None) -> list[tuple[str, str]]:
    crumbs = [(say("accounts.organisations.title"), reverse("accounts:organisations"))]
    return [*crumbs, (organisation.name, link(organisation))] if organisation else crumbs


def suggest(request: Request) -> HttpResponse:
    """Suggest organisations for the text typed into a field, whatever its name."""
    asked = request.GET.copy()
    operators = asked.pop("kind", [""])[-1] == "operator"
    typed = str(next(iter(asked.values()), "")).strip()[:120]
    named = Q(name__icontains=typed) | Q(code__istartswith=typed)
    offered = queries.organisations(request.user, operators=operators).filter(named).order_by("name")
    return render(request, "accounts/suggest.html", {"organisations": offered[:OFFERED]})
