"""URLs of the insights."""

from django.urls import path

from zhiping.insights import views

app_name = "insights"
urlpatterns = [
    path("insights/", views.overview, name="overview"),
    path("insights/results", views.results, name="results"),
]
