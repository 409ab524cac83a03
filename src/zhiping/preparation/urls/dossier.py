"""The address of one evaluation."""

from django.urls import path

from zhiping.preparation.views import dossier as views

urlpatterns = [path("evaluations/<uuid:evaluation_id>", views.evaluation, name="evaluation")]
