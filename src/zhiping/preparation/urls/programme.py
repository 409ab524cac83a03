"""Addresses of programmes and trips."""

from django.urls import path

from zhiping.preparation.views import programme as views
from zhiping.preparation.views import trip as trips

P, T = "programmes/<uuid:programme_id>", "trips/<uuid:trip_id>"
urlpatterns = [
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/add", views.add_programme, name="add-programme"),
    path(P, views.programme, name="programme"),
    path(f"{P}/change", views.change_programme, name="change-programme"),
    path(f"{P}/policy", views.policy, name="policy"),
    path(f"{P}/guidance", views.guidance, name="guidance"),
    path(f"{P}/guidance/copy", views.copy_guidance, name="copy-guidance"),
    path(f"{P}/freeze", views.freeze_programme, name="freeze-programme"),
    path(f"{P}/reopen", views.reopen_programme, name="reopen-programme"),
    path(f"{P}/end", views.end_programme, name="end-programme"),
    path(f"{P}/evaluations/open", views.open_evaluations, name="open-evaluations"),
    path(f"{P}/evaluations/prepare", views.prepare_evaluations, name="prepare-evaluations"),
    path(f"{P}/trips/add", trips.add_trip, name="add-trip"),
    path(f"{P}/trips/propose", trips.propose_trips, name="propose-trips"),
    path(T, trips.trip, name="trip"),
    path(f"{T}/change", trips.change_trip, name="change-trip"),
    path(f"{T}/remove", trips.remove_trip, name="remove-trip"),
    path(f"{T}/fill", trips.fill_trip, name="fill-trip"),
]
