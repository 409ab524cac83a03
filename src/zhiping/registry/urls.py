"""Addresses of the register."""

from django.urls import path

from zhiping.registry import views

app_name = "registry"
urlpatterns = [
    path("platforms/", views.platforms, name="platforms"),
    path("platforms/add", views.add_platform, name="add-platform"),
    path("platforms/<uuid:platform_id>", views.platform, name="platform"),
    path("platforms/<uuid:platform_id>/change", views.change_platform, name="change-platform"),
]
