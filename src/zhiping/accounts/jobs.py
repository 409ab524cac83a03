"""Jobs of the clock for accounts."""

from django.utils import timezone
from django_tasks import task

from zhiping.accounts.actions import sessions
from zhiping.ledger.act import Act


@task
def forget_sessions() -> None:
    """Delete the rows of expired sessions."""
    sessions.forget_sessions(Act.clock(timezone.now()))
