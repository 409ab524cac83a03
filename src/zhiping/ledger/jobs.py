"""Periodic jobs of the ledger."""

from django.utils import timezone
from django_tasks import task

from zhiping.ledger import checkpoints


@task()
def sign_checkpoints() -> None:
    """Sign every ledger that has grown."""
    checkpoints.sign_grown(now=timezone.now())
