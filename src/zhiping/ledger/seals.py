"""Seals of the audit log: each new row's hash, entered into a ledger every minute.

A row that was sealed cannot be changed or removed unnoticed, none can be added later with an earlier date.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from zhiping.domain.errors import Problem
from zhiping.ledger.act import Act
from zhiping.ledger.models import SEALED, SEALS, Audit, Event
from zhiping.ledger.system import system
from zhiping.permissions import allow_clock

SEAL = "ledger.seal_audit"
allow_clock(SEAL)
ROWS = 500  # in one seal
OVERLAP = dt.timedelta(hours=1)  # longer than any transaction: a row's time may precede its commit by that


def seal(*, now: dt.datetime) -> int:
    """Seal the rows of the audit log that are in no seal yet; return how many."""
    rows = unsealed(now)
    for start in range(0, len(rows), ROWS):
        with Act.clock(now).record(SEAL, system(now, SEALS), SEALED) as entry:
            entry.data = {"rows": {str(row.pk): row_hash(row) for row in rows[start : start + ROWS]}}
    return len(rows)


def unsealed(now: dt.datetime) -> list[Audit]:
    """Return the rows that the next seal will take, in their order."""
    rows = Audit.objects.order_by("at", "id")
    last = Event.objects.filter(head=SEALS, name=SEALED).order_by("-seq").values_list("at", flat=True).first()
    if last is None:
        return list(rows)
    start = min(last, now) - OVERLAP  # a clock that was ahead for a while must not stop the seals
    recent = Event.objects.filter(head=SEALS, name=SEALED, at__gte=start).values_list("data", flat=True)
    known = {key for data in list(recent) for key in _sealed(data)}
    return [row for row in rows.filter(at__gte=start) if str(row.pk) not in known]


def _sealed(data: Any) -> dict[str, str]:
    """Return the hashes of a seal by row; none of an altered event, which its leaf shows."""
    rows = data.get("rows") if isinstance(data, dict) else None
    return rows if isinstance(rows, dict) else {}


def row_hash(row: Audit) -> str:
    """Return the SHA-256 of a row of the audit log."""
    parts = [row.pk, row.at.astimezone(dt.UTC).isoformat(), row.by_id, row.action, row.subject]
    text = json.dumps([*map(str, parts), row.data], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def verify() -> Iterator[Problem]:
    """Compare the audit log with its seals.

    Read in this order, so that a row written or sealed during it is no problem: ids, unsealed rows, seals.
    """
    strays = set(Audit.objects.values_list("pk", flat=True))
    strays.difference_update(row.pk for row in unsealed(timezone.now()))
    for seq in list(
        Event.objects.filter(head=SEALS, name=SEALED).order_by("seq").values_list("seq", flat=True)
    ):
        sealed = _sealed(Event.objects.values_list("data", flat=True).get(head=SEALS, seq=seq))
        rows = {str(row.pk): row for row in Audit.objects.filter(pk__in=list(sealed))}
        strays.difference_update(row.pk for row in rows.values())
        if lost := sealed.keys() - rows.keys():
            yield Problem("ledger.audit_lost", {"place": seq, "n": len(lost), "row": min(lost)})
        for key, row in rows.items():
            if row_hash(row) != sealed[key]:
                yield Problem("ledger.audit_altered", {"place": seq, "row": key, "action": row.action})
    if strays:
        yield Problem("ledger.audit_added", {"n": len(strays), "row": str(min(strays))})
