"""The people who have the page of deliberation open: files whose times every process sees.

A GET writes nothing to the database; a file that is lost is written again 1.5 seconds later.
"""

import contextlib
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings

WITHIN = 10  # seconds since the last poll


def present(evaluation_id: UUID) -> set[str]:
    """Return the ids of the users present; files of others are removed."""
    here, oldest = set(), time.time() - WITHIN
    with contextlib.suppress(FileNotFoundError):
        for path in _folder(evaluation_id).iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime >= oldest:
                    here.add(path.name)
                else:
                    path.unlink()
    return here


def note(evaluation_id: UUID, user_id: object) -> None:
    """Note that a user is present now."""
    folder = _folder(evaluation_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / str(user_id)).touch()


def _folder(evaluation_id: UUID) -> Path:
    return Path(settings.PRESENCE) / str(evaluation_id)
