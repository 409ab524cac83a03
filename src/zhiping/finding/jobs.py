"""The job that keeps the index in step."""

from django.utils import timezone
from django_tasks import task

from zhiping.finding import actions
from zhiping.ledger.act import Act


@task()
def index_changed() -> None:
    """Index what changed since the last run."""
    actions.index_changed(Act.clock(timezone.now()))
