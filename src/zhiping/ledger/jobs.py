"""Periodic jobs of the ledger."""

from django.utils import timezone
from django_tasks import task

from zhiping.ledger import checkpoints, seals


@task()
def sign_checkpoints() -> None:
    """Sign every ledger that has grown."""
    checkpoints.sign_grown(now=timezone.now())


@task()
def seal_audit() -> None:
    """Seal the new rows of the audit log."""
    seals.seal(now=timezone.now())
