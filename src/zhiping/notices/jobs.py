"""Jobs that send e-mails and webhooks."""

from uuid import UUID

from django.utils import timezone
from django_tasks import task

from zhiping.notices import actions


@task
def mail(notice: str, attempt: int) -> None:
    """Send one notice by e-mail."""
    actions.mail(notice=UUID(notice), attempt=attempt, now=timezone.now())


@task
def deliver() -> None:
    """Send undelivered events to webhooks; runs every minute and after `send_test`."""
    actions.deliver(now=timezone.now())
