"""Jobs that send e-mails and webhooks."""

from uuid import UUID

from django.utils import timezone
from django_tasks import task

from zhiping.ledger.act import Act
from zhiping.notices import actions


@task
def mail(notice: str, attempt: int) -> None:
    """Send one notice by e-mail."""
    actions.mail(Act.clock(timezone.now()), UUID(notice), attempt=attempt)


@task
def deliver() -> None:
    """Send undelivered events to webhooks; runs every minute and after `send_test`."""
    actions.deliver(Act.clock(timezone.now()))
