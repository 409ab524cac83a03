"""Trips: their page, changing them, and which evaluations they group."""

from functools import partial
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.evaluations.actions import trip as actions
from zhiping.evaluations.forms import MovableFilters, TakenFilters, TripForm, trip_initial
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries import evaluation as evaluations
from zhiping.evaluations.queries import programme as queries
from zhiping.evaluations.views import evaluation as pages
from zhiping.evaluations.views.programme import address as programme_address
from zhiping.evaluations.views.programme import crumbs
from zhiping.permissions import require
from zhiping.web.choosing import Choice, chosen
from zhiping.web.forms import Form
from zhiping.web.links import link_to
from zhiping.web.listing import Listing
from zhiping.web.pages import action_button, form_page, offered
from zhiping.web.texts import say

address = link_to("evaluations:trip")
OFFERED = ("change_trip", "remove_trip", "assign_trip")


class TakeForm(Form):
    """Nothing is asked beside what is chosen."""

    texts = "programmes.take"


def trip(request: Request, trip_id: UUID) -> HttpResponse:
    """One trip: its days and its evaluations; those ticked are taken out of it."""
    trip = queries.get_trip(request.user, trip_id)
    programme, source = trip.programme, partial(evaluations.evaluations_in, request.user, trip)
    listing = _list(request, source, "programmes.taken", TakenFilters)
    context = {
        "crumbs": crumbs(programme),
        "heading": trip.name,
        "trip": trip,
        "programme": programme,
        "may": offered(request.user, programme, *OFFERED, app="evaluations"),
        "below": True,
        "drawable": trip.evaluations.filter(queries.can_be_grouped()).exists(),
    }
    choice = Choice(listing, TakeForm(request.POST or None), context, "evaluations/trip.html")
    take_out = lambda act: actions.assign_trip(  # noqa: E731
        act, programme, evaluations=chosen(choice), trip=None
    )
    return choice.answer(take_out, address(trip))


def _list(
    request: Request, source: partial[QuerySet[Evaluation]], texts: str, filters: type[MovableFilters]
) -> Listing:
    narrowed = partial(filters, user=request.user)
    return Listing(request, source, pages.columns(), texts, pages.address, narrowed, order="region")


def add_trip(request: Request, programme_id: UUID) -> HttpResponse:
    """Plan a trip."""
    programme = queries.get_programme(request.user, programme_id)
    form = TripForm(request.POST or None)
    to = lambda made: reverse("evaluations:trip", args=[made])  # noqa: E731 - known once it is written
    return form_page(request, form, actions.add_trip, crumbs=crumbs(programme), to=to, programme=programme)


def change_trip(request: Request, trip_id: UUID) -> HttpResponse:
    """Change a trip's name and days."""
    trip = queries.get_trip(request.user, trip_id)
    programme = trip.programme
    form = TripForm(request.POST or None, seen=programme.head.size, initial=trip_initial(trip))
    above = [*crumbs(programme), (trip.name, address(trip))]
    return form_page(
        request, form, actions.change_trip, crumbs=above, to=address(trip), about=programme, trip=trip,
        heading=say("programmes.change_trip"),
    )  # fmt: skip


@require_POST
def remove_trip(request: Request, trip_id: UUID) -> HttpResponse:
    """Delete a trip."""
    trip = queries.get_trip(request.user, trip_id)
    return action_button(request, actions.remove_trip, to=programme_address(trip.programme), trip=trip)


@require_POST
def propose_trips(request: Request, programme_id: UUID) -> HttpResponse:
    """Group what waits by league-city."""
    programme = queries.get_programme(request.user, programme_id)
    to = programme_address(programme) + "#trips"
    return action_button(
        request, actions.propose_trips, to=to, done="programmes.grouped", programme=programme
    )


def fill_trip(request: Request, trip_id: UUID) -> HttpResponse:
    """Choose evaluations of the programme for a trip, also from other trips."""
    trip = queries.get_trip(request.user, trip_id)
    programme = trip.programme
    require(request.user, "evaluations.assign_trip", programme)
    movable = partial(evaluations.evaluations_outside, request.user, trip, queries.GROUPED_WHILE)
    listing = _list(request, movable, "programmes.take", MovableFilters)
    above = [*crumbs(programme), (trip.name, address(trip))]
    choice = Choice(listing, TakeForm(request.POST or None), {"crumbs": above, "cancel": address(trip)})
    put_in = lambda act: actions.assign_trip(  # noqa: E731
        act, programme, evaluations=chosen(choice), trip=trip
    )
    return choice.answer(put_in, address(trip))
