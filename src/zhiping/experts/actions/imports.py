"""Taking a whole spreadsheet into the pool: all of it or nothing, in few statements."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from zhiping.accounts.models import Organisation, User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Conflict, Problem
from zhiping.experts.actions.expert import facts
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.experts.queries import NOT_STATED, Span, expert_sheet
from zhiping.ledger import actions as ledger
from zhiping.ledger.actions import Entry
from zhiping.web.importing import Step, Upload, settle, summary

PLAIN = ("name", "phone", "email", "employer", "title", "rank", "equivalent_ability", "note")


def import_experts(
    *, by: User, now: dt.datetime, keeper: Organisation, upload: Upload, seen: str, id: UUID
) -> None:
    """Add and change the experts of a sheet in one keeper's pool; trainings and affiliations are added.

    Raises Invalid while a row is wrong, Conflict where the pool has changed since the preview whose digest is
    `seen`, AlreadyDone where this upload was imported before.
    """
    require(by, "experts.import_experts", keeper)
    with ledger.begin("import", "import.experts", by=by, at=now, id=id) as entry:
        steps = settle(expert_sheet(by, keeper), upload, seen)
        try:
            _add([s for s in steps if s.kind == "add"], keeper, by=by, now=now, id=id)
            _change([s for s in steps if s.kind == "change"], by=by, now=now, id=id)
        except IntegrityError as error:  # somebody entered one of them meanwhile
            raise Conflict([Problem("ledger.changed")]) from error
        entry.data = summary(upload, steps)


def _add(steps: Sequence[Step], keeper: Organisation, *, by: User, now: dt.datetime, id: UUID) -> None:
    with ledger.begin_many("expert", "expert.added", len(steps), by=by, at=now) as entries:
        experts = [Expert(head=entry.head, keeper=keeper, region=keeper.region) for entry in entries]
        for expert, step in zip(experts, steps, strict=True):
            _fill(expert, step)
        Expert.objects.bulk_create(experts)
        _details(experts, steps)
        _tell(entries, [facts(expert) for expert in experts], steps, id)


def _change(steps: Sequence[Step], *, by: User, now: dt.datetime, id: UUID) -> None:
    experts = [step.thing for step in steps]
    with ledger.record_many(experts, "expert.changed", by=by, at=now) as entries:
        changes = []
        for expert, step in zip(experts, steps, strict=True):
            before = facts(expert)
            _fill(expert, step)
            after = facts(expert)
            changes.append({k: [before[k], after[k]] for k in after if before[k] != after[k]})
        Expert.objects.bulk_create(
            experts,
            update_conflicts=True,
            unique_fields=["head"],
            update_fields=[*PLAIN, "region", "experience"],
        )
        _details(experts, steps)
        _tell(entries, changes, steps, id)


def _fill(expert: Expert, step: Step) -> None:
    values = step.row.values
    for name in PLAIN:
        if name in values:
            setattr(expert, name, values[name] or "")
    if values.get("region"):
        expert.region = values["region"]
    if "experience" in values:
        told = values["experience"] or ""
        expert.experience = None if told == NOT_STATED else told


def _details(experts: Sequence[Expert], steps: Sequence[Step]) -> None:
    """Store what the cells of fields, trainings and affiliations add to what was known."""
    fields, trainings, ties = [], [], []
    operators = dict(Organisation.objects.filter(kind=Organisation.Kind.OPERATOR).values_list("name", "pk"))
    told = [step for step in steps if "fields" in step.row.values and step.thing]
    ExpertField.objects.filter(expert__in=[step.thing for step in told]).delete()
    for expert, step in zip(experts, steps, strict=True):
        values = step.row.values
        fields += [ExpertField(expert=expert, field=field) for field in values.get("fields") or ()]
        trainings += [
            Training(expert=expert, topic=s.name, date=s.first, valid_until=s.last)
            for s in _new(step, "trainings")
            if s.first  # what the sheet reads always has one
        ]
        ties += [_affiliation(expert, s, operators) for s in _new(step, "affiliations")]
        _settle_changed(step)
    ExpertField.objects.bulk_create(fields)
    Training.objects.bulk_create(trainings)
    Affiliation.objects.bulk_create(ties)


def _new(step: Step, key: str) -> list[Span]:
    """Return the spans of a cell that no row of the expert bears yet."""
    known = getattr(step.thing, f"sheet_{key}", ())
    names = {(s.name, s.first) if key == "trainings" else s.name for s in known}
    listed = step.row.values.get(key) or ()
    return [s for s in listed if ((s.name, s.first) if key == "trainings" else s.name) not in names]


def _settle_changed(step: Step) -> None:
    """Give trainings and affiliations that are known the days the sheet tells."""
    if step.thing is None:
        return
    for s in set(step.row.values.get("trainings") or ()) - set(step.thing.sheet_trainings):
        step.thing.trainings.filter(topic=s.name, date=s.first).update(valid_until=s.last)
    for s in set(step.row.values.get("affiliations") or ()) - set(step.thing.sheet_affiliations):
        step.thing.affiliations.filter(organisation=s.name).update(since=s.first, until=s.last)


def _affiliation(expert: Expert, span: Span, operators: dict[str, Any]) -> Affiliation:
    return Affiliation(
        expert=expert, organisation=span.name, operator_id=operators.get(span.name), since=span.first,
        until=span.last,
    )  # fmt: skip


def _tell(entries: Sequence[Entry], said: Sequence[dict[str, Any]], steps: Sequence[Step], id: UUID) -> None:
    for entry, what, step in zip(entries, said, steps, strict=True):
        cells = {
            key: value
            for key in ("fields", "trainings", "affiliations")
            if (value := step.row.values.get(key))
        }
        listed = {key: [str(one) for one in value] for key, value in cells.items()}
        entry.data = what | listed | {"import": str(id)}
