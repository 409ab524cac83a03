"""Periodic job of improvement."""

from django.utils import timezone
from django_tasks import task

from zhiping.improvement.actions import course
from zhiping.ledger.act import Act


@task()
def remind_operators() -> None:
    """Remind operators of deadlines that are near or over."""
    course.remind_operators(Act.clock(timezone.now()))
