"""Addresses of chapter 6, by noun."""

from django.urls import URLPattern

app_name = "preparation"
urlpatterns: list[URLPattern] = []
