"""Make pictures of the pages of files that were handed in."""

from pathlib import Path

from zhiping.documents.apart import apart
from zhiping.documents.attachments.previews import Pages, pages_of
from zhiping.domain.errors import Invalid
from zhiping.evidence import store
from zhiping.evidence.models import Preview
from zhiping.ledger.act import Act


def make_preview(act: Act, *, sha256: str, kind: str) -> None:
    """Make pictures of a file's first pages; none are made of a file that takes too much time or memory."""
    act.require("evidence.make_preview")
    with store.open_file(sha256) as file:
        try:
            found: Pages = apart(pages_of, Path(file.name), kind)
        except Invalid:
            found = Pages((), 0)
    for number, picture in enumerate(found.pages, 1):
        store.keep_picture(sha256, number, picture)
    made = {"pages": len(found.pages), "total": found.total}
    Preview.objects.update_or_create(sha256=sha256, defaults=made)
