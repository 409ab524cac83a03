"""Connects the audit log to what signing in tells."""

from importlib import import_module

from django.apps import AppConfig


class Accounts(AppConfig):
    """People, organisations, roles, sign-in."""

    name = "zhiping.accounts"

    def ready(self) -> None:
        """Listen once every app is there."""
        import_module("zhiping.accounts.audit")
