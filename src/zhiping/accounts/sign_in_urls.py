"""URLs of sign-in under allauth's names, without those of sign-up."""

from collections.abc import Iterable

from allauth.account import views
from allauth.mfa import urls as second_factors
from django.db import transaction
from django.urls import URLPattern, URLResolver, include, path, re_path


def _whole(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Make each view one transaction: allauth writes a second factor, a signal its event."""
    made = list(patterns)
    for pattern in made:
        if isinstance(pattern, URLPattern):
            pattern.callback = transaction.atomic(pattern.callback)
        else:
            _whole(pattern.url_patterns)
    return made


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("mfa/", include(_whole(second_factors.urlpatterns))),
]
