"""URL of the first page."""

from django.urls import path

from zhiping.desk import views

app_name = "desk"
urlpatterns = [path("", views.desk, name="desk")]
