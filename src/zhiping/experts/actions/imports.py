"""Import of a spreadsheet of experts, all rows or none, in a few statements."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from django.db import IntegrityError
from django.db.models import Model

from zhiping.accounts.models import Organisation
from zhiping.domain.errors import Conflict
from zhiping.domain.identity import folded
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.experts.queries import NOT_STATED, Span
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry, add_each, change_each
from zhiping.web.importing import Sheet, Step, Upload, settle, summary

PLAIN = ("name", "phone", "email", "employer", "title", "rank", "equivalent_ability", "note")
Change = tuple[Entry, Any, dict[str, Any]]


def import_experts(act: Act, sheet: Sheet, *, keeper: Organisation, upload: Upload, seen: str) -> None:
    """Add and change the experts of a sheet in the keeper's pool; trainings and affiliations are added.

    Raises Invalid where a row is invalid, Conflict where the pool has changed since the preview with the
    digest `seen`, AlreadyDone where this upload was imported before.
    """
    kept = Expert.objects.filter(keeper=keeper)
    with act.begin(
        "experts.import_experts", "import", "import.experts", about=keeper, locks=(kept,)
    ) as entry:
        steps = settle(sheet, upload, seen)
        caused = act.caused(entry)
        try:
            _add(caused, [step for step in steps if step.kind == "add"], keeper)
            _change(caused, [step for step in steps if step.kind == "change"])
        except IntegrityError as error:  # one of them was added by another request at the same time
            raise Conflict.of("ledger.changed") from error
        entry.data = summary(upload, steps)


def _add(act: Act, steps: Sequence[Step], keeper: Organisation) -> None:
    with act.begin_many("experts.add_expert", "expert", "expert.added", len(steps), about=keeper) as entries:
        values = [{"keeper": keeper, "region": keeper.region, **_values(step)} for step in steps]
        experts = [Expert(head=e.head, **given) for e, given in zip(entries, values, strict=True)]
        add_each(zip(entries, experts, strict=True))
        _write_lists(entries, experts, steps)


def _change(act: Act, steps: Sequence[Step]) -> None:
    experts = [step.thing for step in steps]
    with act.record_many("experts.change_expert", experts, "expert.changed") as entries:
        change_each((e, e.subject, _values(step)) for e, step in zip(entries, steps, strict=True))
        _write_lists(entries, experts, steps)


def _values(step: Step) -> dict[str, Any]:
    """Return the values of a row by column, without blank cells."""
    cells = step.row.values
    values = {name: cells[name] or "" for name in PLAIN if name in cells}
    if cells.get("region"):
        values["region"] = cells["region"]
    if "experience" in cells:
        experience = cells["experience"] or ""
        values["experience"] = None if experience == NOT_STATED else experience
    return values


def _write_lists(entries: Sequence[Entry], experts: Sequence[Expert], steps: Sequence[Step]) -> None:
    """Save the fields, trainings and affiliations that the cells add to an entry."""
    operators = dict(
        Organisation.objects.filter(kind=Organisation.Kind.OPERATOR).values_list("name_key", "pk")
    )
    added: list[tuple[Entry, Model]] = []
    changed: list[Change] = []
    for entry, expert, step in zip(entries, experts, steps, strict=True):
        if step.thing and (gone := _gone_fields(step)):
            entry.remove_all(expert.fields.filter(field__in=gone))
        new = chain(
            _new_fields(expert, step), _new_trainings(expert, step), _new_ties(expert, step, operators)
        )
        added += [(entry, row) for row in new]
        changed += _changed_days(entry, step)
    add_each(added)
    change_each(changed)


def _gone_fields(step: Step) -> set[str]:
    """Return the fields of an expert that are missing in the sheet; none if the sheet has no such column."""
    cells = step.row.values
    return set(step.thing.sheet_fields) - set(cells["fields"] or ()) if "fields" in cells else set()


def _new_fields(expert: Expert, step: Step) -> Iterator[ExpertField]:
    known = getattr(step.thing, "sheet_fields", ())
    for field in step.row.values.get("fields") or ():
        if field not in known:
            yield ExpertField(expert=expert, field=field)


def _new_trainings(expert: Expert, step: Step) -> Iterator[Training]:
    known = {(s.name, s.first) for s in getattr(step.thing, "sheet_trainings", ())}
    for s in step.row.values.get("trainings") or ():
        if s.first and (s.name, s.first) not in known:  # the sheet refuses a training without a first day
            yield Training(expert=expert, topic=s.name, date=s.first, valid_until=s.last)


def _new_ties(expert: Expert, step: Step, operators: dict[str, Any]) -> Iterator[Affiliation]:
    known = {s.name for s in getattr(step.thing, "sheet_affiliations", ())}
    for s in step.row.values.get("affiliations") or ():
        if s.name not in known:
            yield Affiliation(
                expert=expert, organisation=s.name, operator_id=operators.get(folded(s.name)), since=s.first,
                until=s.last,
            )  # fmt: skip


def _changed_days(entry: Entry, step: Step) -> Iterator[Change]:
    """Yield trainings and affiliations already stored, with the dates of the sheet."""
    if step.thing is None:
        return
    for s in _different(step, "trainings"):
        for training in step.thing.trainings.filter(topic=s.name, date=s.first):
            yield entry, training, {"valid_until": s.last}
    for s in _different(step, "affiliations"):
        for tie in step.thing.affiliations.filter(organisation=s.name):
            yield entry, tie, {"since": s.first, "until": s.last}


def _different(step: Step, key: str) -> set[Span]:
    return set(step.row.values.get(key) or ()) - set(getattr(step.thing, f"sheet_{key}"))
