"""Jobs that draw the pages of files and delete uploads that were given up."""

from django.utils import timezone
from django_tasks import task

from zhiping.evidence.actions import previews, uploads
from zhiping.ledger.act import Act


@task()
def make_preview(sha256: str, kind: str) -> None:
    """Make pictures of a file's first pages."""
    previews.make_preview(Act.clock(timezone.now()), sha256=sha256, kind=kind)


@task()
def drop_old_uploads() -> None:
    """Delete uploads that nothing has been added to for days."""
    uploads.drop_old_uploads(Act.clock(timezone.now()))
