"""Addresses of evidence."""

from django.urls import path

from zhiping.evidence.views import evidence, uploads

E = "evidence/<uuid:evidence_id>"

app_name = "evidence"
urlpatterns = [
    path("evaluations/<uuid:evaluation_id>/evidence", evidence.evidence, name="evidence"),
    path(f"{E}/withdraw", evidence.withdraw, name="withdraw-evidence"),
    path(f"{E}/file", evidence.take, name="take-file"),
    path(f"{E}/pages/<int:number>", evidence.preview, name="preview"),
    path("uploads/<uuid:upload_id>", uploads.finish, name="finish-upload"),
    path("uploads/<uuid:upload_id>/drop", uploads.drop, name="drop-upload"),
]
