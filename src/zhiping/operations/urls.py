"""URLs of operations."""

from django.urls import path

from zhiping.operations import views

app_name = "operations"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("checks/", views.checks, name="checks"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>", views.job, name="job"),
    path("jobs/<uuid:job_id>/retry", views.retry, name="retry"),
]
