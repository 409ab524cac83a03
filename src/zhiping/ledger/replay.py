"""Rows rebuilt from their events: one fold over what events recorded, compared with the tables.

Every row of a recorded model (`ledger.recording`) must be what the events of its ledger made of it; no row
may be missing or added; every change must continue the value before it; the phase must follow from the moves.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Model, QuerySet

from zhiping.domain import lifecycle
from zhiping.domain.errors import Problem
from zhiping.ledger.entry import facts, plain
from zhiping.ledger.models import Event
from zhiping.ledger.recording import recorded, recording

Place = tuple[str, str]  # a table and the key of a row


class Value(NamedTuple):
    """A field's value as recorded, and the place of the entry that recorded it."""

    value: Any
    place: int


@dataclass(slots=True)
class Fold:
    """What the events of one ledger make of its rows; `problems`: where events contradict each other."""

    kind: str
    phase: str = ""
    rows: dict[Place, dict[str, Value]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)  # phases to which moves lead back
    problems: list[Problem] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Fold the next event of the ledger."""
        if event.seq == 0:
            self._begin(event)
        else:
            self._move(event)
        changes = event.data.get("changes") if isinstance(event.data, dict) else None
        with suppress(AttributeError, TypeError, ValueError):  # an altered event, which its leaf shows
            for table, rows in (changes or {}).items():
                for key, values in rows.items():
                    self._change((table, key), values, event.seq)

    def _begin(self, event: Event) -> None:
        named = event.name.partition(".")[0]
        if named != self.kind:
            self.problems.append(Problem("ledger.kind_altered", {"found": self.kind, "expected": named}))
        if lifecycle.has_moves(named):
            self.phase = str(lifecycle.MOVES[named][0].sources[0])

    def _move(self, event: Event) -> None:
        rows = _rows_of(self.kind, event.name)
        possible = [row for row in rows if self.phase in row.sources]
        if rows and not possible:
            data = {"place": event.seq, "move": event.name, "state": self.phase}
            self.problems.append(Problem("ledger.move_impossible", data))
        for row in (possible or rows)[:1]:
            self.phase = self._led_by(row)

    def _led_by(self, row: lifecycle.Move) -> str:
        """Return the phase a move leads to."""
        if row.returns:
            return self.kept.pop(row.keeps, self.phase)
        if row.keeps:
            self.kept[row.keeps] = self.phase
        return str(row.to or self.phase)

    def _change(self, place: Place, values: Mapping[str, list[Any]], seq: int) -> None:
        known = self.rows.setdefault(place, {})
        for name, (old, new) in values.items():
            before = known.get(name)
            if old != (before.value if before else None) and (before or not known):
                data = {"expected": before.value if before else None, "found": old}
                self.problems.append(_problem("ledger.row_discontinued", place, seq, field=name, **data))
            known[name] = Value(new, seq)
        key = _key_of(place[0])
        if key and key in known and known[key].value is None:
            del self.rows[place]

    def compare(self, rows: Mapping[Place, Model], phase: str) -> Iterator[Problem]:
        """Compare with the rows and the phase that the database holds."""
        yield from self.problems
        if phase != self.phase:
            yield Problem("ledger.phase_altered", {"found": phase, "expected": self.phase})
        for place in sorted(self.rows.keys() - rows.keys()):
            if _key_of(place[0]):
                yield _problem("ledger.row_lost", place, _last(self.rows[place]))
        for place, row in rows.items():
            if place in self.rows:
                yield from _compare_row(place, self.rows[place], row)
            else:
                yield _problem("ledger.row_added", place)


@dataclass(frozen=True, slots=True)
class Span:
    """A range of ids of ledgers: above `after`, up to `upto`; None: without bound."""

    after: UUID | None
    upto: UUID | None

    @classmethod
    def of(cls, id: UUID) -> "Span":
        """Return the span of one id."""
        return cls(UUID(int=id.int - 1), id)

    def filter(self, rows: QuerySet[Any, Any], path: str) -> QuerySet[Any, Any]:
        """Return the rows whose path leads to a ledger of the span."""
        rows = rows.filter(**{f"{path}__gt": self.after}) if self.after else rows
        return rows.filter(**{f"{path}__lte": self.upto}) if self.upto else rows

    def holds(self, id: UUID) -> bool:
        """Return whether an id is in the span."""
        return (self.after is None or id > self.after) and (self.upto is None or id <= self.upto)


def rows_of(span: Span) -> dict[UUID, dict[Place, Model]]:
    """Return the rows recorded in the ledgers of a span, by ledger."""
    found: dict[UUID, dict[Place, Model]] = {}
    for model in recorded():
        path, rows = recording(model).ledger, model._base_manager.all()  # noqa: SLF001 - Django's own name
        if isinstance(path, UUID):
            some = [(path, row) for row in rows] if span.holds(path) else []
        else:
            some = [(row.in_ledger, row) for row in span.filter(rows, path).annotate(in_ledger=F(path))]
        for ledger, row in some:
            found.setdefault(ledger, {})[row._meta.db_table, str(row.pk)] = row  # noqa: SLF001 - Django's own name
    return found


def _compare_row(place: Place, known: Mapping[str, Value], row: Model) -> Iterator[Problem]:
    """A field that no event names was added to the table later: it has its default."""
    for name, found in facts(row).items():
        value = known.get(name)
        expected = value.value if value else plain(row._meta.get_field(name).get_default())  # type: ignore[union-attr] # noqa: SLF001 - concrete fields have a default; Django's own name
        if found != expected:
            seq = value.place if value else _last(known)
            yield _problem("ledger.row_changed", place, seq, field=name, found=found, expected=expected)


def _problem(code: str, place: Place, seq: int | None = None, **data: Any) -> Problem:
    table, row = place
    return Problem(code, {"table": table, "row": row, "place": seq, **data})


def _last(known: Mapping[str, Value]) -> int:
    return max(value.place for value in known.values())


@cache
def _key_of(table: str) -> str:
    """Return the name of the key of a recorded table; "" for one that is none, or no more."""
    names = {model._meta.db_table: model._meta.pk.name for model in recorded()}  # noqa: SLF001 - Django's own name
    return names.get(table, "")


@cache
def _rows_of(kind: str, event: str) -> tuple[lifecycle.Move, ...]:
    return tuple(row for row in lifecycle.MOVES.get(kind, ()) if row.event == event)
