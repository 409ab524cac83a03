"""What the clock does for the operations page."""

from django.utils import timezone
from django_tasks import task

from zhiping.project.operations import actions


@task
def forget() -> None:
    """Drop the records of jobs long done."""
    actions.forget(now=timezone.now())
