"""Addresses of evaluations: the list, planning one, its moves."""

from django.urls import path

from zhiping.preparation.views import evaluation as views

E, P = "evaluations/<uuid:evaluation_id>", "platforms/<uuid:platform_id>"
urlpatterns = [
    path("evaluations/", views.evaluations, name="evaluations"),
    path(f"{E}/prepare", views.prepare_evaluation, name="prepare-evaluation"),
    path(f"{E}/start", views.start_evaluation, name="start-evaluation"),
    path(f"{E}/cancel", views.cancel_evaluation, name="cancel-evaluation"),
    path(f"{P}/evaluations", views.platform_evaluations, name="platform-evaluations"),
    path(f"{P}/evaluations/open", views.open_evaluation, name="open-evaluation"),
]
