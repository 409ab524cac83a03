"""Addresses of chapter 6, by noun."""

from zhiping.preparation.urls import visit

app_name = "preparation"
urlpatterns = [*visit.urlpatterns]
