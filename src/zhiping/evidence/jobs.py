"""Jobs that draw the pages of files, and delete uploads that were given up and files that nothing names."""

from django.utils import timezone
from django_tasks import task

from zhiping.evidence.actions import files, previews, uploads
from zhiping.ledger.act import Act


@task()
def make_preview(sha256: str, kind: str) -> None:
    """Make pictures of a file's first pages."""
    previews.make_preview(Act.clock(timezone.now()), sha256=sha256, kind=kind)


@task()
def drop_old_uploads() -> None:
    """Delete uploads that nothing has been added to for days."""
    uploads.drop_old_uploads(Act.clock(timezone.now()))


@task()
def drop_unnamed_files() -> None:
    """Delete files that were received with a form that was refused."""
    files.drop_unnamed_files(Act.clock(timezone.now()))
