"""URLs of the pool of experts."""

from django.urls import path

from zhiping.experts import views

E = "experts/<uuid:expert_id>"
T, A = f"{E}/trainings", f"{E}/affiliations"

app_name = "experts"
urlpatterns = [
    path("experts/", views.experts, name="experts"),
    path("experts/add", views.add_expert, name="add-expert"),
    path("experts/import", views.import_experts, name="import-experts"),
    path("experts/import/<uuid:upload_id>", views.import_preview, name="import-experts-preview"),
    path("experts/export", views.export_experts, name="export-experts"),
    path("experts/me", views.own_entry, name="own-entry"),
    path(f"{E}/change", views.change_expert, name="change-expert"),
    path(f"{E}/contact", views.correct_contact, name="correct-contact"),
    path(f"{E}/phone", views.show_phone, name="show-phone"),
    path(f"{E}/leave", views.leave_pool, name="leave-pool"),
    path(f"{E}/return", views.return_to_pool, name="return-to-pool"),
    path(f"{E}/account", views.open_account, name="open-account"),
    path(f"{T}/add", views.training, name="add-training"),
    path(f"{T}/<int:training_id>", views.training, name="training"),
    path(f"{T}/<int:training_id>/remove", views.remove_training, name="remove-training"),
    path(f"{A}/add", views.affiliation, name="add-affiliation"),
    path(f"{A}/<int:affiliation_id>", views.affiliation, name="affiliation"),
    path(f"{A}/<int:affiliation_id>/remove", views.remove_affiliation, name="remove-affiliation"),
]
