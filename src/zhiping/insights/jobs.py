"""The job that keeps the digests."""

from django.utils import timezone
from django_tasks import task

from zhiping.insights import actions
from zhiping.ledger.act import Act


@task()
def digest_results() -> None:
    """Digest new results."""
    actions.digest_results(Act.clock(timezone.now()))
