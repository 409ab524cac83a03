"""Addresses of visits."""

from django.urls import path

from zhiping.preparation.views import visit as views

urlpatterns = [
    path("evaluations/<uuid:evaluation_id>/visit", views.visit, name="visit"),
    path("evaluations/<uuid:evaluation_id>/visit/plan", views.plan, name="plan-visit"),
    path("evaluations/<uuid:evaluation_id>/visit/propose", views.propose, name="propose-timetable"),
    path("evaluations/<uuid:evaluation_id>/visit/<uuid:record_id>", views.line, name="visit-line"),
    path(
        "evaluations/<uuid:evaluation_id>/visit/<uuid:record_id>/remove",
        views.remove,
        name="remove-visit-line",
    ),
]
