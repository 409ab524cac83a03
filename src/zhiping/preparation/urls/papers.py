"""Addresses of papers."""

from django.urls import path

from zhiping.preparation.views import papers as views

urlpatterns = [
    path("evaluations/<uuid:evaluation_id>/papers", views.papers, name="papers"),
    path("evaluations/<uuid:evaluation_id>/papers/<slug:stage>", views.make, name="make-papers"),
    path("programmes/<uuid:programme_id>/papers", views.ask, name="ask-bundle"),
    path("programmes/<uuid:programme_id>/papers/made", views.bundles, name="bundles"),
    path("papers/<uuid:bundle_id>", views.bundle, name="bundle"),
    path("papers/<uuid:bundle_id>/file", views.take, name="take-bundle"),
    path("authorities/<uuid:authority_id>/templates", views.templates, name="paper-templates"),
    path("authorities/<uuid:authority_id>/templates/drop", views.drop, name="drop-template"),
]
