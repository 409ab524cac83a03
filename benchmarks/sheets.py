"""Sheets of data set L with every mark as an event, 1.5 million in all, written in bulk as if saved singly.

The database takes marks only while the scoring is open, so evaluations that are further are in scoring until
their sheets are written, and are moved on then.
"""

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import SheetState, State
from zhiping.domain.transparency.canonical import canonical
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7
from zhiping.ledger.entry import facts, plain
from zhiping.ledger.models import Event, Head, Leaf
from zhiping.panels.models import Seat
from zhiping.rubrics.models import LegalMark, Rubric
from zhiping.scoring.models import Mark, Result, Sheet
from zhiping.scoring.queries import result
from zhiping.scoring.queries import sheet as queries

CHANGED = 19  # marks of a sheet that were given twice
STEP = 200  # sheets in one statement
LOSS = 7  # of so many criteria one loses points
MARKS = (
    "id", "sheet_id", "criterion", "legal_id", "version", "event", "reason", "advice", "note", "no_level",
    "evidence",
)  # fmt: skip
EVENTS = ("id", "head_id", "seq", "name", "by_id", "at", "data", "nonce", "sent")
LEAVES = ("head_id", "seq", "hash")


@dataclass(frozen=True, slots=True)
class Given:
    """An event of every sheet: its text with places for the ids, and the values of the mark."""

    criterion: str
    text: str  # canonical JSON of its data, as a format of named places
    legal: int
    version: int
    reason: str


@cache
def givens(rubric: UUID) -> tuple[Given, ...]:
    """Return the events of a sheet in their order: each criterion, then some of them again."""
    choices: dict[str, list[LegalMark]] = {}
    for legal in LegalMark.objects.filter(rubric=rubric, halves=False).order_by("pk"):
        choices.setdefault(legal.criterion, []).append(legal)
    base = {one.id for one in Rubric.objects.get(pk=rubric).as_domain().base}
    first = []
    for number, (name, rows) in enumerate(choices.items()):
        rows.sort(key=lambda row: Fraction(row.points), reverse=True)
        lost = name in base and number % LOSS == 0
        first.append((rows[int(lost) if name in base else -1], "记录不全" if lost else ""))
    again = [_given(legal, reason + "（复核）", reason) for legal, reason in first[:CHANGED]]
    return (*(_given(legal, reason) for legal, reason in first), *again)


def _given(legal: LegalMark, reason: str, before: str | None = None) -> Given:
    """Return an event; `before`: the reason of the mark it replaces."""
    if before is None:
        values = {
            "id": "%(mark)s", "sheet": "%(head)s", "criterion": legal.criterion, "legal": legal.pk,
            "version": 1, "event": "%(id)s", "reason": reason, "advice": "", "note": "", "no_level": False,
            "evidence": [],
        }  # fmt: skip
        changes: dict[str, list[Any]] = {name: [None, value] for name, value in values.items()}
    else:
        changes = {"version": [1, 2], "event": ["%(before)s", "%(id)s"], "reason": [before, reason]}
    data: dict[str, Any] = {"criterion": legal.criterion, "points": legal.points}
    data["changes"] = {"scoring_mark": {"%(mark)s": changes}}
    if before is not None:
        data["replaces"] = "%(before)s"
    version = 1 if before is None else 2
    return Given(legal.criterion, canonical(data).decode(), legal.pk, version, reason)


class Book:
    """Rows of the sheets of some seats, ready to be written; `at`, `by`: of every event."""

    def __init__(self, seats: Sequence[Seat], by: User, at: dt.datetime) -> None:
        self.by, self.at, self.time = by, at, at.astimezone(dt.UTC).isoformat()
        self.sheets = [self._sheet(seat) for seat in seats]
        self.marks: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []
        self.leaves: list[tuple[Any, ...]] = []
        for sheet in self.sheets:
            self._fill(sheet)

    def _sheet(self, seat: Seat) -> Sheet:
        phase = SheetState.DRAFT if seat.evaluation.head.phase == State.SCORING else SheetState.COUNTED
        head = Head(id=seat.pk, kind="sheet", phase=phase)
        sheet = Sheet(head=head, evaluation=seat.evaluation, seat=seat)
        if phase == SheetState.COUNTED:
            sheet.handed_in, sheet.content_sha256 = self.at, hashlib.sha256(seat.pk.bytes).hexdigest()
        return sheet

    def _fill(self, sheet: Sheet) -> None:
        final = facts(sheet)
        first: dict[str, Any] = {"handed_in": None, "content_sha256": ""}
        begun = {name: [None, first.get(name, value)] for name, value in final.items()}
        self._event(sheet, 0, "sheet.opened", _changes(sheet, begun))
        seq, last = 1, dict[str, tuple[UUID, UUID, Given]]()
        for given in givens(sheet.evaluation.rubric_id):
            before = last.get(given.criterion)
            one = uuid7()
            mark = before[1] if before else queries.mark_id(sheet, given.criterion)
            last[given.criterion] = (one, mark, given)
            ids = {"id": one, "before": before[0] if before else "", "mark": mark, "head": sheet.pk}
            self._event(sheet, seq, "mark.given", given.text % ids, one)
            seq += 1
        for criterion, (one, mark, given) in last.items():
            self.marks.append(
                (
                    mark,
                    sheet.pk,
                    criterion,
                    given.legal,
                    given.version,
                    one,
                    given.reason,
                    "",
                    "",
                    False,
                    "[]",
                )
            )
        if sheet.handed_in:
            handed = {name: [first[name], final[name]] for name in first}
            self._event(sheet, seq, "sheet.handed_in", _changes(sheet, handed))
            self._event(sheet, seq + 1, "sheet.counted", "{}")

    def _event(self, sheet: Sheet, seq: int, name: str, data: str, id: UUID | None = None) -> None:
        key, nonce, head = id or uuid7(), secrets.token_hex(16), sheet.pk
        body = (
            f'{{"at":"{self.time}","by":"{self.by.pk}","data":{data},"head":"{head}","id":"{key}",'
            f'"name":"{name}","nonce":"{nonce}","seq":{seq}}}'
        )
        self.events.append((key, head, seq, name, self.by.pk, self.at, data, nonce, ""))
        self.leaves.append((head, seq, hashlib.sha256(b"\0" + body.encode()).hexdigest()))

    def write(self) -> None:
        """Write everything: heads as while the scoring is open, then moved on with the number of events."""
        size = 1 + len(givens(self.sheets[0].evaluation.rubric_id))
        heads = [Head(id=s.pk, kind="sheet", phase=SheetState.DRAFT, size=size) for s in self.sheets]
        Head.objects.bulk_create(heads, batch_size=STEP)
        Sheet.objects.bulk_create(self.sheets, batch_size=STEP)
        for model, columns, rows in (
            (Mark, MARKS, self.marks), (Event, EVENTS, self.events), (Leaf, LEAVES, self.leaves),
        ):  # fmt: skip
            insert(model._meta.db_table, columns, rows)  # noqa: SLF001 - Django's own name
        closed = [sheet.pk for sheet in self.sheets if sheet.handed_in]
        for phase in (SheetState.HANDED_IN, SheetState.COUNTED):
            Head.objects.filter(pk__in=closed).update(size=F("size") + 1, phase=phase)


def _changes(row: Any, changes: dict[str, list[Any]]) -> str:
    table = row._meta.db_table  # noqa: SLF001 - Django's own name
    return canonical(plain({"changes": {table: {str(row.pk): changes}}})).decode()


def insert(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows in the fastest way of the database."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["?"] * len(columns))
            sql = f"INSERT INTO {table} ({names}) VALUES ({places})"
            connection.connection.executemany(sql, map(_of_sqlite, rows))


def _of_sqlite(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        value.hex
        if isinstance(value, UUID)
        else f"{value:%F %T}"
        if isinstance(value, dt.datetime)
        else value
        for value in row
    )


def write(seats: Sequence[Seat], by: User, at: dt.datetime) -> None:
    """Write the sheets of seats whose evaluations are in scoring, as the database has them."""
    for start in range(0, len(seats), STEP):
        Book(seats[start : start + STEP], by, at).write()


def conclude(evaluations: Sequence[Evaluation], first: Sequence[Evaluation], at: dt.datetime) -> Evaluation:
    """Give evaluations the result of one of the first, whose sheets are written; return that one."""
    outcomes = ((one, result.compute(one)) for one in first)
    concluded, found = next((one, found) for one, found in outcomes if found.document["grade"])
    document, graded = found.document, str(found.document["score"]["graded"])
    text, grade = json.dumps(document, ensure_ascii=False), str(document["grade"])
    rows = [
        Result(evaluation=one, document=text, sha256=found.sha256, grade=grade, graded=graded, concluded=at)
        for one in evaluations
    ]
    Result.objects.bulk_create(rows, batch_size=STEP)
    shown = {"grade": grade, "score": document["shown"]["graded"]}
    for start in range(0, len(evaluations), STEP):
        some = [one.pk for one in evaluations[start : start + STEP]]
        Evaluation.objects.filter(pk__in=some).update(**shown)
    return concluded


def move_on(heads: Sequence[UUID], moves: int, phase: str) -> None:
    """Move the heads of evaluations on by so many events."""
    for start in range(0, len(heads), STEP):
        some = Head.objects.filter(pk__in=heads[start : start + STEP])
        for _ in range(moves):
            some.update(size=F("size") + 1, phase=phase)
