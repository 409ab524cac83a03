"""Ledgers of the installation itself: of regions and webhooks, of checkpoints, of the audit log's seals."""

import datetime as dt
from contextlib import suppress
from uuid import UUID

from zhiping.domain.errors import AlreadyDone
from zhiping.ledger.act import Act
from zhiping.ledger.models import RESERVED, SYSTEM, Head
from zhiping.permissions import allow_clock

BEGIN = "ledger.begin_own"
allow_clock(BEGIN)


def system(now: dt.datetime, id: UUID = SYSTEM) -> Head:
    """Return the head of a ledger of the installation, begun at its first use."""
    kind = RESERVED[id]
    if not Head.objects.filter(id=id).exists():
        with suppress(AlreadyDone), Act(None, now, id).begin(BEGIN, kind, f"{kind}.begun"):
            pass
    return Head.objects.get(id=id)
