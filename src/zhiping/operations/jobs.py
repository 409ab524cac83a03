"""What the clock does for the system as a whole."""

from django.utils import timezone
from django_tasks import task

from zhiping.operations import actions


@task
def forget() -> None:
    """Drop the records of jobs long done."""
    actions.forget(now=timezone.now())


@task
def verify() -> None:
    """Verify every ledger."""
    actions.verify(now=timezone.now())
