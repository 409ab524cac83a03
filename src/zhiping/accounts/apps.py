"""Configuration of the app."""

from importlib import import_module

from django.apps import AppConfig


class Accounts(AppConfig):
    """People, organisations, roles, sign-in."""

    name = "zhiping.accounts"

    def ready(self) -> None:
        """Connect the receivers of the audit log."""
        import_module("zhiping.accounts.audit")
