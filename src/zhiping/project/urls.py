"""URLs of the site."""

from django.urls import include, path

from zhiping.operations import health
from zhiping.project import api, views
from zhiping.web import views as web

handler404 = "zhiping.project.errors.not_found"
handler403 = "zhiping.project.errors.forbidden"
handler429 = "zhiping.project.errors.too_many"
handler500 = "zhiping.project.errors.broken"

urlpatterns = [
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
    path("language", web.set_language, name="set-language"),
    path("account/", include("zhiping.accounts.sign_in_urls")),
    path("api/", views.api, name="api"),
    path("api/v1/", api.urls()),
    path("", include("zhiping.desk.urls")),
    path("", include("zhiping.finding.urls")),
    path("", include("zhiping.insights.urls")),
    path("notices/", include("zhiping.notices.urls")),
    path("operations/", include("zhiping.operations.urls")),
    path("", include("zhiping.accounts.urls")),
    path("", include("zhiping.registry.urls")),
    path("", include("zhiping.rubrics.urls")),
    path("", include("zhiping.experts.urls")),
    path("", include("zhiping.evaluations.urls")),
    path("", include("zhiping.panels.urls")),
    path("", include("zhiping.visits.urls")),
    path("", include("zhiping.evidence.urls")),
    path("", include("zhiping.scoring.urls")),
    path("", include("zhiping.reporting.urls")),
    path("", include("zhiping.improvement.urls")),
    path("", include("zhiping.archive.urls")),
    path("", include("zhiping.dossier.urls")),
    path("", include("zhiping.public.urls")),
]
