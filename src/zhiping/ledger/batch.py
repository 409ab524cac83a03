"""Batches: events of one thing that were recorded on a device, often offline, and sent together."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zhiping.domain.errors import Conflict, Refused
from zhiping.ledger.entry import Entry, content_fingerprint


@dataclass(frozen=True, slots=True)
class Sent:
    """One event of a batch, as a device made it.

    `replaces`: the event whose value it replaces, None for a first one. `at`: the device's time, recorded and
    shown, never used for ordering.
    """

    id: UUID
    data: Mapping[str, Any]
    replaces: UUID | None = None
    at: dt.datetime | None = None

    def fingerprint(self) -> str:
        """Return the keyed fingerprint of its content."""
        return content_fingerprint({"data": self.data, "replaces": self.replaces, "at": self.at})

    def repeats(self, entry: Entry | None) -> bool:
        """Return whether it repeats an entry of the same batch; raise Conflict where only the id is equal."""
        if entry is not None and entry.sent != self.fingerprint():
            raise Conflict.of("ledger.id_taken")
        return entry is not None

    def judged(self, judge: "Judge", shut: Conflict | None) -> dict[str, Any]:
        """Return the data of its event; raise where the ledger is closed or the judge refuses the entry."""
        if shut is not None:
            raise shut
        origin = {"replaces": self.replaces, "device_time": self.at}
        return {**judge(self), **{name: value for name, value in origin.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one event of a batch: recorded now or before, or refused with every problem.

    `seq`, `hash`: the place of a recorded event in its ledger, and its leaf.
    """

    id: UUID
    refused: Refused | None = None
    already_done: bool = False
    seq: int | None = None
    hash: str = ""


Judge = Callable[[Sent], Mapping[str, Any]]
Store = Callable[[Sequence[Entry]], object]


def no_rows(entries: Sequence[Entry]) -> None:
    """Store nothing beside the events."""
