"""Addresses of the pool of experts."""

from django.urls import path

from zhiping.preparation.views import expert as views

urlpatterns = [
    path("experts/", views.experts, name="experts"),
    path("experts/add", views.add_expert, name="add-expert"),
    path("experts/import", views.import_experts, name="import-experts"),
    path("experts/import/<uuid:upload_id>", views.import_preview, name="import-experts-preview"),
    path("experts/export", views.export_experts, name="export-experts"),
    path("experts/me", views.own_entry, name="own-entry"),
    path("experts/<uuid:expert_id>", views.expert, name="expert"),
    path("experts/<uuid:expert_id>/change", views.change_expert, name="change-expert"),
    path("experts/<uuid:expert_id>/contact", views.correct_contact, name="correct-contact"),
    path("experts/<uuid:expert_id>/leave", views.leave_pool, name="leave-pool"),
    path("experts/<uuid:expert_id>/return", views.return_to_pool, name="return-to-pool"),
    path("experts/<uuid:expert_id>/account", views.open_account, name="open-account"),
    path("experts/<uuid:expert_id>/trainings/add", views.training, name="add-training"),
    path("experts/<uuid:expert_id>/trainings/<int:training_id>", views.training, name="training"),
    path(
        "experts/<uuid:expert_id>/trainings/<int:training_id>/remove",
        views.remove_training,
        name="remove-training",
    ),
    path("experts/<uuid:expert_id>/affiliations/add", views.affiliation, name="add-affiliation"),
    path("experts/<uuid:expert_id>/affiliations/<int:affiliation_id>", views.affiliation, name="affiliation"),
    path(
        "experts/<uuid:expert_id>/affiliations/<int:affiliation_id>/remove",
        views.remove_affiliation,
        name="remove-affiliation",
    ),
]
