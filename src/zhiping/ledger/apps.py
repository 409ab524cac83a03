"""Makes the triggers anew after every migration: the one signal the house allows."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class Ledger(AppConfig):
    """Memory that cannot be changed quietly."""

    name = "zhiping.ledger"

    def ready(self) -> None:
        """Listen for the end of a migration, once for all apps."""
        post_migrate.connect(_remake, sender=self)


def _remake(**_: Any) -> None:
    from zhiping.ledger import triggers  # noqa: PLC0415 - models are not there while apps load

    triggers.make()
