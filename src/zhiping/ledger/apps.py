"""App config: triggers are created again after every migration (the only signal handler of the project)."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class Ledger(AppConfig):
    """The app of the ledger."""

    name = "zhiping.ledger"

    def ready(self) -> None:
        """Connect to the end of migrations, once for all apps."""
        post_migrate.connect(_remake, sender=self)


def _remake(**_: Any) -> None:
    from zhiping.ledger import triggers  # noqa: PLC0415 - models are not there while apps load

    triggers.make()
