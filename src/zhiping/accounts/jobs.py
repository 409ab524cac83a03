"""What the clock does for accounts."""

from django.utils import timezone
from django_tasks import task

from zhiping.accounts import actions


@task
def forget_sessions() -> None:
    """Drop the rows of sessions that ended by themselves."""
    actions.forget_sessions(now=timezone.now())
