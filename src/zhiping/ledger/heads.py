"""Head rows: each ledger has one, whose lock orders all changes of its thing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection

from zhiping.domain.errors import Conflict
from zhiping.domain.lifecycle import Move
from zhiping.ledger.models import Head


def _key(id: UUID) -> Any:
    """Return an id as a parameter of raw SQL."""
    return id.hex if connection.vendor == "sqlite" else id


def hold(subject: Any, rows: Sequence[Move]) -> tuple[str, Sequence[Move]]:
    """Lock the head of a thing; return its phase, and the rows with the state that a move leads back to."""
    phase: str = Head.objects.select_for_update().values_list("phase", flat=True).get(pk=subject.pk)
    subject.refresh_from_db()
    return phase, [replace(row, to=getattr(subject, row.keeps)) if row.returns else row for row in rows]


def grow(head: UUID, rows: Sequence[Move], expect: int | None) -> tuple[int | None, Move | None]:
    """Lock a head and count one event more, moving its phase; return its new size and the row that applied.

    The size is None where the head is in none of the rows' states, or has another size than expected.
    """
    for row in rows or (None,):
        sql: str = "UPDATE ledger_head SET size = size + 1"
        values: list[Any] = []
        if row is not None and row.to is not None:
            sql, values = f"{sql}, phase = %s", [str(row.to)]
        sql, values = f"{sql} WHERE id = %s", [*values, _key(head)]
        if row is not None:
            sql, values = f"{sql} AND phase IN ({_places(row)})", [*values, *map(str, row.sources)]
        if expect is not None:
            sql, values = f"{sql} AND size = %s", [*values, expect]
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} RETURNING size", values)
            if (found := cursor.fetchone()) is not None:
                return int(found[0]), row
    return None, None


def grow_many(heads: Sequence[Head], row: Move | None) -> None:
    """Lock heads as they were read, in the order of their ids, and count one event more for each."""
    sql, before = "UPDATE ledger_head SET size = size + 1", []
    if row is not None and row.to is not None:
        sql, before = f"{sql}, phase = %s", [str(row.to)]
    sql, after = f"{sql} WHERE id = %s AND size = %s", []
    if row is not None:
        sql, after = f"{sql} AND phase IN ({_places(row)})", [str(state) for state in row.sources]
    pairs = sorted((head.id, head.size) for head in heads)
    values = [(*before, _key(head), size, *after) for head, size in pairs]
    with connection.cursor() as cursor:
        if values:
            cursor.executemany(sql, values)
            if cursor.rowcount != len(values):
                raise Conflict.of("ledger.changed")


def grow_by(head: UUID, count: int) -> None:
    """Count events of a locked head, one by one: its trigger admits nothing else."""
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE ledger_head SET size = size + 1 WHERE id = %s", [(_key(head),)] * count)


def _places(row: Move) -> str:
    return ", ".join(["%s"] * len(row.sources))


def refusal(head: UUID, rows: Sequence[Move]) -> Conflict:
    """Return why a head did not grow."""
    phase = Head.objects.values_list("phase", flat=True).get(id=head)
    if rows and not any(phase in row.sources for row in rows):
        return Conflict.of("ledger.not_now", state=phase)
    return Conflict.of("ledger.changed")


def share(around: Any) -> str:
    """Lock the head of an evaluation against changes, before the head of its sheet; return its phase."""
    if around is None:
        raise TypeError("the move is possible in some states of its evaluation only: name it by `within`")
    shared = " FOR SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT phase FROM ledger_head WHERE id = %s{shared}", [_key(around.pk)])  # noqa: S608 - contains no value
        return str(cursor.fetchone()[0])


def shut(head: Head, row: Move | None, around: str) -> Conflict | None:
    """Return why a batch cannot be recorded now; `around`: the phase of the evaluation around a sheet."""
    if row is None:
        return None
    if head.phase not in row.sources:
        return Conflict.of("ledger.not_now", state=head.phase)
    try:
        ensure_during(row, around)
    except Conflict as conflict:
        return conflict
    return None


def ensure_during(row: Move, around: str) -> None:
    """Raise Conflict `ledger.not_now` unless the evaluation around a sheet is in a phase the move names."""
    if row.during and around not in row.during:
        raise Conflict.of("ledger.not_now", state=around)
