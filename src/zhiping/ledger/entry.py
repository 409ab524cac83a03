"""An event being written, and the rows changed with it.

Actions write rows only through an entry, so every change of a row is recorded in the event that explains it:
`changes: {table: {row: {field: [old, new]}}}`, complete enough to rebuild the row (`ledger.replay`).
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.crypto import salted_hmac

from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.lifecycle import Move
from zhiping.ledger.models import Head, with_name_keys
from zhiping.ledger.recording import Recording, ledger_of, recording

Need = Callable[[Any, dt.date], bool]
Values = dict[str, Any]


@dataclass(slots=True)
class Entry:
    """The event being written: its position, its data, and the rows changed with it.

    `data`: texts written by the user, values in no row. `locked`: the heads whose locks are held.
    `held`: the needs of the move that were checked. `sent`: the fingerprint of the request's content.
    `before`: the phase before a move that keeps it.
    """

    id: UUID
    head: Head
    seq: int
    today: dt.date
    subject: Any = None
    move: Move | None = None
    sent: str = ""
    before: str = ""
    locked: frozenset[UUID] = frozenset()
    data: Values = field(default_factory=dict)
    changes: dict[str, dict[str, dict[str, list[Any]]]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def check(self, needs: Mapping[str, Need]) -> None:
        """Check the needs of the move, by code; raise Conflict with each that does not hold."""
        if self.move is None:
            raise TypeError("only a move of the life cycle has needs")
        asked = [code for code in self.move.needs if code in needs]
        missing = [code for code in asked if not needs[code](self.subject, self.today)]
        if missing:
            raise Conflict([Problem(f"lifecycle.{code}") for code in missing])
        self.held.update(asked)

    def take_reason(self, reason: str) -> None:
        """Record the user's reason; raise Invalid `lifecycle.reason_given` where it is empty."""
        if not reason.strip():
            raise Invalid.of("lifecycle.reason_given", "reason")
        self.data["reason"] = reason
        self.held.add("reason_given")

    def ensure_checked(self) -> None:
        """Raise RuntimeError where a need of the move was never checked: an error of the action's author."""
        if self.move is not None and (forgotten := set(self.move.needs) - self.held):
            raise RuntimeError(f"{self.move.name} did not check {sorted(forgotten)}")

    def add(self, row: Model, *, taken: Problem | None = None) -> None:
        """Insert a row; raise Invalid `taken` where it breaks a unique constraint."""
        _save(row, taken, force_insert=True)
        self.note(row, {name: [None, value] for name, value in facts(row).items()})

    def change(self, row: Model, *, taken: Problem | None = None, **values: Any) -> bool:
        """Change fields of a row; return whether anything changed.

        A row other than the locked subject is read again first: it may have changed since it was fetched.
        """
        values = with_name_keys(row, values)
        if row is not self.subject:
            row.refresh_from_db(fields=list(values))
        before = facts(row, values)
        for name, value in values.items():
            setattr(row, name, value)
        changes = differences(before, facts(row, values))
        if changes:
            _save(row, taken, update_fields=list(changes))
            self.note(row, changes)
        return bool(changes)

    def remove(self, row: Model) -> None:
        """Delete a row, as the database holds it now."""
        row.refresh_from_db()
        self.note(row, {name: [value, None] for name, value in facts(row).items()})
        row.delete()

    def add_all(self, rows: Iterable[Model]) -> None:
        """Insert rows in one statement for each model."""
        add_each((self, row) for row in rows)

    def change_all(self, rows: QuerySet[Any], **values: Any) -> int:
        """Set the same values in every row of a queryset; return how many rows changed."""
        instances = list(rows)
        return change_each((self, row, values) for row in instances)

    def remove_all(self, rows: QuerySet[Any]) -> None:
        """Delete every row of a queryset."""
        for row in rows:
            self.note(row, {name: [value, None] for name, value in facts(row).items()})
        rows.delete()

    def note(self, row: Model, changes: dict[str, list[Any]]) -> None:
        """Record changes of a row; a field that changes twice keeps its first old value.

        Raises RuntimeError where the row belongs to another ledger: no replay would find the change there.
        """
        if (ledger := ledger_of(row)) not in (None, self.head.id):
            raise RuntimeError(f"{row._meta.label} is recorded in ledger {ledger}")  # noqa: SLF001 - Django's own name
        rows = self.changes.setdefault(row._meta.db_table, {})  # noqa: SLF001 - Django's own name
        known = rows.setdefault(str(row.pk), {})
        for name, (old, new) in changes.items():
            known[name] = [known[name][0] if name in known else old, new]

    def restate(self, rows: Iterable[Model]) -> None:
        """Record rows as they are now, as if they were new: the entries before this one are disposed of."""
        self.changes = {}
        for row in rows:
            row.refresh_from_db()
            self.note(row, {name: [None, value] for name, value in facts(row).items()})

    def body(self) -> Values:
        """Return the data of the event."""
        return {**self.data, "changes": self.changes} if self.changes else self.data


def add_each(pairs: Iterable[tuple[Entry, Model]]) -> None:
    """Insert rows in one statement for each model, each recorded in its own entry."""
    models: dict[type[Model], list[tuple[Entry, Model]]] = defaultdict(list)
    for entry, row in pairs:
        models[type(row)].append((entry, row))
    for model, some in models.items():
        model._default_manager.bulk_create([row for _, row in some], batch_size=500)  # noqa: SLF001 - Django's own name
        for entry, row in some:
            entry.note(row, {name: [None, value] for name, value in facts(row).items()})


def change_each(changes: Iterable[tuple[Entry, Any, Mapping[str, Any]]]) -> int:
    """Change rows as they were read under lock, in one statement for each model; return how many changed."""
    models: dict[type[Model], tuple[list[Model], set[str]]] = defaultdict(lambda: ([], set()))
    for entry, row, given in changes:
        values = with_name_keys(row, given)
        before = facts(row, values)
        for name, value in values.items():
            setattr(row, name, value)
        changed = differences(before, facts(row, values))
        if changed:
            rows, names = models[type(row)]
            rows.append(row)
            names.update(changed)
            entry.note(row, changed)
    for model, (rows, names) in models.items():
        model._default_manager.bulk_update(rows, sorted(names), batch_size=500)  # noqa: SLF001 - Django's own name
    return sum(len(rows) for rows, _ in models.values())


def facts(row: Model, names: Iterable[str] | None = None) -> Values:
    """Return the recorded fields of a row as plain JSON values, secrets as keyed fingerprints."""
    how = recording(row._meta.model)  # noqa: SLF001 - Django's own name; a lazy user has it too
    wanted = None if names is None else set(names)
    return {
        field.name: _recorded(getattr(row, field.attname), field.name, how)
        for field in row._meta.concrete_fields  # noqa: SLF001 - Django's own name
        if field.name not in how.unrecorded
        and (wanted is None or field.name in wanted or field.attname in wanted)
    }


def differences(before: Values, after: Values) -> dict[str, list[Any]]:
    """Return what differs, by field: the old and the new value."""
    return {name: [before[name], value] for name, value in after.items() if before[name] != value}


def plain(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of value
    """Return a field's value as JSON without floats; bytes as their SHA-256.

    Raises TypeError for a value that has no such form.
    """
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return str(value)
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat()
        case dt.date() | dt.time():
            return value.isoformat()
        case UUID() | Decimal() | Fraction():
            return str(value)
        case bytes() | memoryview():
            return f"sha256:{hashlib.sha256(value).hexdigest()}"
        case list() | tuple():
            return [plain(part) for part in value]
        case Mapping():
            return {str(key): plain(part) for key, part in value.items()}
    raise TypeError(type(value).__name__)


def fingerprint(value: object, purpose: str = "secret") -> str:
    """Return a keyed fingerprint: equal for equal values, useless without the server's key."""
    return salted_hmac(f"zhiping.ledger.{purpose}", str(value), algorithm="sha256").hexdigest()


def content_fingerprint(content: Mapping[str, Any]) -> str:
    """Return the keyed fingerprint of what a request holds."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=_sent)
    return fingerprint(text, "sent")


def _sent(value: Any) -> Any:
    """Return a thing as its key, a queryset as its keys, everything else as text."""
    if isinstance(value, QuerySet):
        return [str(key) for key in value.values_list("pk", flat=True)]
    return str(value.pk) if isinstance(value, Model) else str(value)


def _recorded(value: Any, name: str, how: Recording) -> Any:
    """Return a field's value as it is recorded."""
    if name in how.secrets:
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        return f"hmac:{fingerprint(text)}" if value else None
    return plain(str(value).encode() if name in how.hashed else value)


def _save(row: Model, taken: Problem | None, **options: Any) -> None:
    if taken is None:
        row.save(**options)
        return
    try:
        with transaction.atomic():
            row.save(**options)
    except IntegrityError as error:
        raise Invalid([taken]) from error
