"""Jobs that make papers and delete old ones."""

from django.utils import timezone
from django_tasks import task

from zhiping.ledger.act import Act
from zhiping.visits.actions import papers
from zhiping.visits.models import Bundle


@task()
def make_bundle(bundle_id: str) -> None:
    """Make the papers of a programme or trip, unless they are made already."""
    bundle = Bundle.objects.select_related("programme", "trip", "by").get(pk=bundle_id)
    if not bundle.finished:
        bundle.done, bundle.problems = 0, []
        papers.make_bundle(Act.clock(timezone.now()), bundle)


@task()
def drop_old_bundles() -> None:
    """Delete the files of old bundles."""
    papers.drop_old_bundles(Act.clock(timezone.now()))
