"""URLs of notices and webhooks."""

from django.urls import path

from zhiping.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read", views.read_all, name="read-all"),
    path("mail", views.prefer, name="prefer"),
    path("<uuid:notice_id>/read", views.read, name="read"),
    path("webhooks/", views.webhooks, name="webhooks"),
    path("webhooks/add", views.add_webhook, name="add-webhook"),
    path("webhooks/<uuid:webhook_id>", views.webhook, name="webhook"),
    path("webhooks/<uuid:webhook_id>/change", views.change_webhook, name="change-webhook"),
    path("webhooks/<uuid:webhook_id>/remove", views.remove_webhook, name="remove-webhook"),
    path("webhooks/<uuid:webhook_id>/secret", views.renew_secret, name="renew-secret"),
    path("webhooks/<uuid:webhook_id>/test", views.send_test, name="send-test"),
]
