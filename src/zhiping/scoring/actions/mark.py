"""Give marks: a batch of events from a member's device, each judged alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any
from uuid import UUID

from zhiping.domain.errors import Conflict, Invalid
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Criterion
from zhiping.domain.sheet import allowed
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.ledger.act import Act
from zhiping.ledger.batch import Answer, Sent
from zhiping.ledger.entry import Entry, differences, facts
from zhiping.ledger.models import Event
from zhiping.scoring.models import Mark, Sheet
from zhiping.scoring.queries import sheet as queries

CHANGED = ("legal", "version", "event", "reason", "advice", "note", "no_level", "evidence")


def give_marks(act: Act, sheet: Sheet, sent: Sequence[Sent]) -> list[Answer]:
    """Record marks of a sheet; return an answer for each event, in order.

    Data of an event: criterion, points (exact text, None takes the mark away), reason, advice, note,
    no_level, evidence. Refusals: Invalid `mark.unknown`, `mark.illegal` with what is allowed; Conflict
    `mark.stale` with the mark there is now, `mark.waiting` where the event it replaces is not here yet,
    `ledger.not_now` once the scoring is closed or the sheet is in.
    """
    book = Book(sheet)
    return act.move_batch(
        sheet, "give_mark", sent, judge=book.judge, store=book.store, within=sheet.evaluation
    )


@dataclass
class Book:
    """The marks of a sheet while a batch is judged; read once the sheet is locked."""

    sheet: Sheet
    given: dict[UUID, tuple[Mark, dict[str, list[Any]]]] = field(default_factory=dict)  # by event

    @cached_property
    def current(self) -> dict[str, Mark]:
        """The mark of each criterion."""
        return {mark.criterion: mark for mark in queries.marks_of(self.sheet)}

    @cached_property
    def step(self) -> Fraction:
        """The step inside ranges, by the policy."""
        return policy_of(self.sheet.evaluation).step

    def judge(self, one: Sent) -> dict[str, Any]:
        """Return the data of an event, or refuse it; the marks that follow replace what it gives."""
        data = dict(one.data)
        name, points = data["criterion"], data["points"]
        criterion = queries.table_of(self.sheet.evaluation).criteria.get(name)
        if criterion is None:
            raise Invalid.of("mark.unknown", id=name)
        legal = None if points is None else self._legal(criterion, Fraction(points))
        before = self.current.get(name)
        if one.replaces != (before.event if before else None):
            raise self._out_of_order(one, before)
        texts = {key: data[key] for key in ("reason", "advice", "note", "no_level", "evidence")}
        mark = Mark(
            id=queries.mark_id(self.sheet, name), sheet=self.sheet, criterion=name, legal_id=legal,
            version=before.version + 1 if before else 1, event=one.id, **texts,
        )  # fmt: skip
        old = facts(before) if before else dict.fromkeys(facts(mark))
        self.given[one.id] = mark, differences(old, facts(mark))
        self.current[name] = mark
        return {"criterion": name, "points": points}

    def store(self, entries: Sequence[Entry]) -> None:
        """Write the last mark of each criterion, and record in each event what it changed."""
        for entry in entries:
            mark, changes = self.given[entry.id]
            entry.note(mark, changes)
        last = {mark.pk: mark for mark, _ in (self.given[entry.id] for entry in entries)}
        Mark.objects.bulk_create(
            last.values(), update_conflicts=True, unique_fields=["id"], update_fields=CHANGED
        )

    def _legal(self, criterion: Criterion, points: Fraction) -> int:
        if not criterion.admits(points, self.step):
            choices = allowed(criterion, self.step)
            raise Invalid.of("mark.illegal", id=criterion.id, found=number_text(points), allowed=choices)
        return queries.legal_marks(self.sheet.evaluation.rubric_id)[criterion.id, number_text(points)]

    def _out_of_order(self, one: Sent, before: Mark | None) -> Conflict:
        """Return why an event does not follow the current mark: overtaken, or ahead of what it replaces."""
        known = one.replaces is None or one.replaces in self.given or self._recorded(one.replaces)
        if not known:
            return Conflict.of("mark.waiting", id=one.data["criterion"])
        there = queries.as_json(before) if before else None
        return Conflict.of("mark.stale", id=one.data["criterion"], there=there)

    def _recorded(self, event: UUID) -> bool:
        return Event.objects.filter(id=event, head=self.sheet.pk).exists()
