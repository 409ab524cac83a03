"""URLs of operations."""

from django.urls import path

from zhiping.operations import views

app_name = "operations"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("checks/", views.checks, name="checks"),
    path("records/", views.records, name="records"),
    path("records/checkpoint", views.checkpoint, name="checkpoint"),
    path("records/keepers/<uuid:authority_id>/add", views.add_keeper, name="add-keeper"),
    path("records/keepers/<uuid:keeper_id>/remove", views.remove_keeper, name="remove-keeper"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>", views.job, name="job"),
    path("jobs/<uuid:job_id>/retry", views.retry, name="retry"),
]
