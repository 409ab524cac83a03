"""Addresses of chapter 6, by noun."""

from zhiping.preparation.urls import (
    dossier,
    draw,
    evaluation,
    expert,
    panel,
    papers,
    programme,
    self_evaluation,
    visit,
)

app_name = "preparation"
urlpatterns = [
    *dossier.urlpatterns,
    *draw.urlpatterns,
    *evaluation.urlpatterns,
    *expert.urlpatterns,
    *panel.urlpatterns,
    *papers.urlpatterns,
    *programme.urlpatterns,
    *self_evaluation.urlpatterns,
    *visit.urlpatterns,
]
