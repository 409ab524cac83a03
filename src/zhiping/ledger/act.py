"""Act, through which every write goes: it checks the permission, locks the head row and records the event.

Its methods are used as `with`: permission and locks come first, so everything read and decided inside is
ordered after them by the database; the event is written when the block ends, or nothing is.
"""

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Protocol, Self
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from zhiping.domain import lifecycle
from zhiping.domain.errors import AlreadyDone, Conflict, Refused
from zhiping.domain.lifecycle import Move
from zhiping.domain.transparency.tree import leaf_hash
from zhiping.ids import uuid7
from zhiping.ledger import heads
from zhiping.ledger.batch import Answer, Judge, Sent, Store, no_rows
from zhiping.ledger.entry import Entry, content_fingerprint, plain
from zhiping.ledger.models import RESERVED, Event, Head, Leaf
from zhiping.permissions import require

SUBJECT = object()  # the default of `about`: the permission is asked for the thing that is written to
Things = Sequence[Any]  # things with a ledger, and querysets of them


class Request(Protocol):
    """A request with its signed-in user."""

    user: Any


@dataclass(frozen=True, slots=True)
class Step:
    """Permission and event of an act; `rows`: those of the life cycle, none for things without states."""

    permission: str
    event: str
    rows: Sequence[Move] = ()

    @classmethod
    def of(cls, subject: Any, name: str) -> Self:
        """Return a move of a thing's life cycle."""
        rows = lifecycle.rows(subject.head.kind, name)
        return cls(rows[0].permission, rows[0].event, rows)

    @property
    def row(self) -> Move | None:
        """Return the row of a move made with many things or events: such moves have only one."""
        if len(self.rows) > 1:
            raise TypeError(f"{self.permission} has several rows")
        return self.rows[0] if self.rows else None


@dataclass(frozen=True, slots=True)
class Act:
    """A write by a user: time, id, and the size of the ledger that the user saw.

    `by`: a user of `accounts`, None for the system itself. `id` becomes the id of the new thing or of the
    event: a repeated request with the same content (`sent`, its fingerprint) raises AlreadyDone, with other
    content Conflict `ledger.id_taken`. `expect`: where the ledger has grown beyond this size, Conflict
    `ledger.changed`. `cause`: the entry during which this happens.
    """

    by: Any
    now: dt.datetime
    id: UUID | None = None
    expect: int | None = None
    sent: str = ""
    cause: Entry | None = None

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return the act of a request's user, now."""
        return cls(request.user, timezone.now())

    @classmethod
    def clock(cls, now: dt.datetime) -> Self:
        """Return an act of the system itself: it has only the permissions listed for the clock."""
        return cls(None, now)

    @property
    def today(self) -> dt.date:
        """Return the local date."""
        return timezone.localdate(self.now)

    def submitted(self, id: UUID, content: Mapping[str, Any], *, expect: int | None = None) -> "Act":
        """Return the act of a submitted form or request body, with its id, its content and the size shown."""
        return replace(self, id=id, expect=expect, sent=content_fingerprint(content))

    def caused(self, entry: Entry) -> "Act":
        """Return the act for an earlier stage's action that is part of an entry.

        It asks no second permission and records the entry as its cause. The heads it writes to must be among
        the `locks` of that entry: all locks are taken together, in one order.
        """
        return replace(self, id=None, expect=None, sent="", cause=entry)

    def require(self, permission: str, subject: object = None) -> None:
        """Raise NotAllowed unless the act has the permission; an act with a cause needs none."""
        if self.cause is None:
            require(self.by, permission, subject)

    def lock(self, thing: Any) -> None:
        """Lock a thing until the transaction ends, before acts that share its lock and then need it alone."""
        self._lock((thing,))

    @contextmanager
    def begin(
        self, permission: str, kind: str, event: str, *,
        about: object = None, phase: str = "", locks: Things = (),
    ) -> Iterator[Entry]:  # fmt: skip
        """Open the ledger of a new thing with its first event; the act's id becomes the thing's.

        `about`: what the permission is asked for. Raises NotAllowed, AlreadyDone, Conflict `ledger.id_taken`.
        """
        self.require(permission, about)
        if self.id in RESERVED and kind != RESERVED[self.id]:  # ids come from forms
            raise Conflict.of("ledger.id_taken")
        head = Head(id=self.id or uuid7(), kind=kind, phase=phase, size=1)
        with transaction.atomic():
            try:
                with transaction.atomic():
                    head.save(force_insert=True)
            except IntegrityError:
                self._refuse_begun(head.id, kind, event)
            entry = Entry(uuid7(), head, 0, self.today, sent=self.sent, locked=self._lock(locks) | {head.id})
            yield entry
            self._write([entry], event)

    @contextmanager
    def begin_many(
        self, permission: str, kind: str, event: str, count: int, *, about: object = None, phase: str = ""
    ) -> Iterator[list[Entry]]:
        """Open the ledgers of many new things, as `begin` does for one, in few statements."""
        self.require(permission, about)
        with transaction.atomic():
            heads = Head.objects.bulk_create([Head(kind=kind, phase=phase, size=1) for _ in range(count)])
            locked = self._lock(()) | {head.id for head in heads}
            entries = [Entry(uuid7(), head, 0, self.today, locked=locked) for head in heads]
            yield entries
            self._write(entries, event)

    @contextmanager
    def record(
        self, permission: str, subject: Any, event: str, *, about: object = SUBJECT, locks: Things = ()
    ) -> Iterator[Entry]:
        """Record a change of a thing that has no life cycle.

        `about`: what the permission is asked for, where that is not the subject. `locks`: other things, or
        querysets of things, that nothing may change during the block. Raises NotAllowed, AlreadyDone,
        Conflict `ledger.changed`.
        """
        if lifecycle.has_moves(subject.head.kind):
            raise TypeError(f"what happens to a {subject.head.kind} is a row of domain/lifecycle.py")
        with self._locked(Step(permission, event), subject, about=about, locks=locks) as entry:
            yield entry

    @contextmanager
    def move(
        self, subject: Any, name: str, *,
        about: object = SUBJECT, locks: Things = (), within: Any = None, reason: str | None = None,
    ) -> Iterator[Entry]:  # fmt: skip
        """Make a move of the subject's life cycle (domain.lifecycle): its only way to change.

        Permission, states and event are those of the table. Its needs are checked by `entry.check` inside the
        block, `reason_given` by `reason`. `within`: the evaluation a sheet belongs to. Raises NotAllowed,
        AlreadyDone, Conflict `ledger.not_now` or `ledger.changed`, Invalid `lifecycle.reason_given`.
        """
        with self._locked(Step.of(subject, name), subject, about=about, locks=locks, within=within) as entry:
            if reason is not None:
                entry.take_reason(reason)
            yield entry
            entry.ensure_checked()

    @contextmanager
    def record_many(self, permission: str, subjects: Sequence[Any], event: str) -> Iterator[list[Entry]]:
        """Record one change of many things, each as it was read with its head, in few statements.

        Raises NotAllowed where one is not permitted, Conflict `ledger.changed` where one has changed since it
        was read; then nothing is written.
        """
        with self._many(Step(permission, event), subjects) as entries:
            yield entries

    @contextmanager
    def move_many(self, subjects: Sequence[Any], name: str) -> Iterator[list[Entry]]:
        """Make a move with many things of one kind, as `record_many` records a change."""
        if not subjects:
            yield []
            return
        with self._many(Step.of(subjects[0], name), subjects) as entries:
            yield entries
            for entry in entries:
                entry.ensure_checked()

    def record_batch(
        self, permission: str, subject: Any, event: str, sent: Sequence[Sent], *,
        judge: Judge, store: Store = no_rows,
    ) -> list[Answer]:  # fmt: skip
        """Record a batch of events of one thing, each judged alone; return an answer for each, in order.

        `judge` returns what an event records, or refuses it; it is called after the lock, in the order sent.
        Accepted events commit together, with the rows that `store` writes. A known id with the same content
        is already done in whatever phase, with other content refused.
        """
        return self._batch(Step(permission, event), subject, sent, judge=judge, store=store)

    def move_batch(
        self, subject: Any, name: str, sent: Sequence[Sent], *,
        judge: Judge, store: Store = no_rows, within: Any = None,
    ) -> list[Answer]:  # fmt: skip
        """Make a move with each of a batch, as `record_batch` records events; `judge` checks its needs."""
        return self._batch(Step.of(subject, name), subject, sent, judge=judge, store=store, within=within)

    @contextmanager
    def _locked(
        self, step: Step, subject: Any, *, about: object, locks: Things, within: Any = None
    ) -> Iterator[Entry]:
        asked = subject if about is SUBJECT else about
        self.require(step.permission, asked)
        with transaction.atomic():
            around = None if within in (None, *locks) else heads.share(within)
            locked = self._lock((subject, *locks)) if locks or self.cause else frozenset({subject.pk})
            before, rows = "", step.rows
            if any(row.keeps for row in rows):
                before, rows = heads.hold(subject, rows)
            size, row = heads.grow(subject.pk, rows, self.expect)
            self._refuse_repeated(subject.pk, step.event)
            if size is None:
                raise heads.refusal(subject.pk, step.rows)
            if row is not None and row.during:
                heads.ensure_during(row, around or heads.share(within))
            _read_again(subject)
            self.require(step.permission, asked)  # roles may have changed while the lock was waited for
            entry = Entry(
                self.id or uuid7(), subject.head, size - 1, self.today, subject, row,
                sent=self.sent, locked=locked, before=before,
            )  # fmt: skip
            yield entry
            self._write([entry], step.event)

    @contextmanager
    def _many(self, step: Step, subjects: Sequence[Any]) -> Iterator[list[Entry]]:
        for subject in subjects:
            self.require(step.permission, subject)
        with transaction.atomic():
            locked = self._lock(subjects) if self.cause else frozenset(subject.pk for subject in subjects)
            heads.grow_many([subject.head for subject in subjects], step.row)
            entries = [
                Entry(uuid7(), each.head, each.head.size, self.today, each, step.row, locked=locked)
                for each in subjects
            ]
            yield entries
            self._write(entries, step.event)
            for entry in entries:
                entry.head.size += 1
                if step.row and step.row.to:
                    entry.head.phase = str(step.row.to)

    def _batch(
        self, step: Step, subject: Any, sent: Sequence[Sent], *,
        judge: Judge, store: Store, within: Any = None,
    ) -> list[Answer]:  # fmt: skip
        self.require(step.permission, subject)
        with transaction.atomic():
            around = heads.share(within) if within is not None else ""
            locked = self._lock((subject,))
            _read_again(subject)
            self.require(step.permission, subject)
            shut = heads.shut(subject.head, step.row, around)
            known = {event.id: event for event in Event.objects.filter(id__in=[one.id for one in sent])}
            entries: dict[UUID, Entry] = {}
            answers = []
            for one in sent:
                event, entry = known.get(one.id), entries.get(one.id)
                try:
                    done = self._is_done(one, subject.pk, step.event, event) or one.repeats(entry)
                    if not done:
                        data = one.judged(judge, shut)
                        seq = subject.head.size + len(entries)
                        entries[one.id] = Entry(
                            one.id, subject.head, seq, self.today, subject, step.row,
                            sent=one.fingerprint(), locked=locked, data=data,
                        )  # fmt: skip
                    answers.append(Answer(one.id, already_done=done))
                except Refused as refused:
                    answers.append(Answer(one.id, refused))
            leaves = []
            if accepted := list(entries.values()):
                store(accepted)
                heads.grow_by(subject.pk, len(accepted))
                leaves = self._write(accepted, step.event)
            return _placed(answers, subject.pk, known, leaves)

    def _lock(self, things: Things) -> frozenset[UUID]:
        """Lock the heads of things in the order of kind and id, so that two acts never deadlock.

        An evaluation comes before its sheets, as it does where a sheet's move only shares its lock. Returns
        every head that is locked. During a cause nothing may be locked that its entry has not.
        """
        held = self.cause.locked if self.cause else frozenset[UUID]()
        queries = [thing for thing in things if isinstance(thing, QuerySet)]
        single = [thing.pk for thing in things if thing is not None and not isinstance(thing, QuerySet)]
        wanted = Q(pk__in=single)
        for query in queries:
            wanted |= Q(pk__in=query.order_by().values("pk"))
        if queries or not held.issuperset(single):
            heads = Head.objects.filter(wanted).order_by("kind", "pk")
            if self.cause is None:
                heads = heads.select_for_update()
            locked = frozenset(heads.values_list("pk", flat=True))
            if self.cause and not locked <= held:
                raise RuntimeError(f"the causing entry must lock {locked - held}")
            held |= locked
        return held

    def _write(self, entries: Sequence[Entry], name: str) -> list[tuple[UUID, Leaf]]:
        events = [self._event(entry, name) for entry in entries]
        Event.objects.bulk_create(events)
        leaves = [Leaf(head=e.head, seq=e.seq, hash=leaf_hash(e.body())) for e in events]
        Leaf.objects.bulk_create(leaves)
        return [(event.id, leaf) for event, leaf in zip(events, leaves, strict=True)]

    def _event(self, entry: Entry, name: str) -> Event:
        cause = {"cause": self.cause.id} if self.cause else {}
        return Event(
            id=entry.id, head=entry.head, seq=entry.seq, name=name, by_id=self._person,
            at=self.now, data=plain({**entry.body(), **cause}), nonce=secrets.token_hex(16), sent=entry.sent,
        )  # fmt: skip

    def _is_done(self, one: Sent, head: UUID, name: str, event: Event | None) -> bool:
        """Return whether an event of a batch was recorded before; raise Conflict where its id was used."""
        if event is None:
            return False
        if _content(event) != (head, name, self._person, one.fingerprint()):
            raise Conflict.of("ledger.id_taken")
        return True

    def _refuse_repeated(self, head: UUID, name: str) -> None:
        """Raise AlreadyDone where the act recorded this event before, Conflict where its id was used."""
        event = Event.objects.filter(id=self.id).first() if self.id else None
        if event is None:
            return
        if _content(event) == (head, name, self._person, self.sent):
            raise AlreadyDone
        raise Conflict.of("ledger.id_taken")

    def _refuse_begun(self, id: UUID, kind: str, name: str) -> NoReturn:
        """Raise AlreadyDone where the act began this thing before, else Conflict."""
        event = Event.objects.filter(head=id, seq=0).select_related("head").first()
        if event and event.head.kind == kind and _content(event) == (id, name, self._person, self.sent):
            raise AlreadyDone
        raise Conflict.of("ledger.id_taken")

    @property
    def _person(self) -> Any:
        return self.by.pk if self.by else None


def _read_again(subject: Any) -> None:
    """Read a thing under its lock, in one statement with the rows around it that its model names."""
    around = getattr(subject, "AROUND", None)
    rows = type(subject)._base_manager.select_related(*around) if around else None  # noqa: SLF001 - Django's own name
    subject.refresh_from_db(from_queryset=rows)


def _placed(
    answers: Sequence[Answer], head: UUID, known: Mapping[UUID, Event], written: Sequence[tuple[UUID, Leaf]]
) -> list[Answer]:
    """Return the answers with the places of the events that are recorded, now or before."""
    before = {event.seq: event.id for event in known.values() if event.head_id == head}
    leaves = Leaf.objects.filter(head=head, seq__in=before) if before else ()
    places = {**dict(written), **{before[leaf.seq]: leaf for leaf in leaves}}
    return [
        replace(answer, seq=places[answer.id].seq, hash=places[answer.id].hash)
        if answer.refused is None
        else answer
        for answer in answers
    ]


def _content(event: Event) -> tuple[UUID, str, Any, str]:
    """Return what must be equal for two requests with one id to be the same."""
    return event.head_id, event.name, event.by_id, event.sent
