"""The audit log, and jobs for the worker."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.module_loading import import_string

from zhiping.ledger.models import Audit
from zhiping.permissions import Actor


def enqueue(job: str, *args: str | int, at: dt.datetime | None = None) -> None:
    """Enqueue a job of the worker by its dotted name: it runs only if the transaction commits.

    `at`: not before this moment, else as soon as a worker is free.
    """
    import_string(job).using(run_after=at).enqueue(*args)


def audit(
    action: str,
    *,
    by: Actor | None,
    at: dt.datetime,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Note what changes nothing and must be known (who read, exported, signed in, was denied)."""
    row = Audit(action=action, by_id=by.pk if by else None, at=at, subject=subject, data=dict(data or {}))
    row.save(force_insert=True)
