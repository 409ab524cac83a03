"""URL of the search."""

from django.urls import path

from zhiping.finding import views

app_name = "finding"
urlpatterns = [path("search/", views.search, name="search")]
