"""URLs of rubrics."""

from django.urls import path

from zhiping.rubrics import views

app_name = "rubrics"
urlpatterns = [
    path("rubrics/", views.rubrics, name="rubrics"),
    path("rubrics/new", views.new, name="new"),
    path("rubrics/draft", views.draft, name="draft"),
    path("rubrics/draft.<str:kind>", views.draft_file, name="draft-file"),
    path("rubrics/publish", views.publish, name="publish"),
    path("rubrics/<uuid:rubric_id>", views.rubric, name="rubric"),
    path("rubrics/<uuid:rubric_id>/table.<str:kind>", views.rubric_file, name="rubric-file"),
    path("rubrics/<uuid:rubric_id>/compare", views.compare, name="compare"),
    path("rubrics/<uuid:rubric_id>/withdraw", views.withdraw, name="withdraw"),
    path("rubrics/<uuid:rubric_id>/restore", views.restore, name="restore"),
]
