"""Addresses of self-evaluations: their own list, and planning one; the rest is as for any evaluation."""

from django.urls import path

from zhiping.preparation.views import self_evaluation as views

urlpatterns = [
    path("self-evaluations/", views.self_evaluations, name="self-evaluations"),
    path(
        "platforms/<uuid:platform_id>/self-evaluations/open",
        views.open_self_evaluation,
        name="open-self-evaluation",
    ),
]
