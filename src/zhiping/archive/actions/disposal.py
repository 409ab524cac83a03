"""Dispose of a record by two people: its content is deleted, leaf hashes and a tombstone stay (8.5)."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import ForeignKey, Model, QuerySet

from zhiping.accounts.models import Role, User
from zhiping.archive.models import Disposal, Record
from zhiping.archive.queries import record as queries
from zhiping.archive.queries.record import NEEDS
from zhiping.domain.errors import Conflict
from zhiping.evaluations.models import Evaluation
from zhiping.ledger import triggers
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.ledger.models import Head, Tombstone
from zhiping.ledger.recording import recorded, recording
from zhiping.notices import actions as notices
from zhiping.scoring.models import Sheet
from zhiping.web.links import page

KEPT = (Evaluation, Record, Disposal)  # what stays: which evaluation there was, and that it was disposed of
OWN_WORDS: dict[str, Any] = {
    "purpose": "",
    "guidance": {},
    "letters": {},
    "visit_place": "",
}  # of the evaluation's own row
Key = dict[type[Model], list[Any]]


def propose_disposal(act: Act, evaluation: Evaluation, *, reason: str) -> None:
    """Propose to dispose of a record whose retention has ended; a second person decides.

    Raises Conflict `lifecycle.retention_over`, `archive.proposed`.
    """
    with act.move(evaluation, "propose_disposal", reason=reason) as entry:
        entry.check(NEEDS)
        if queries.open_disposal(evaluation):
            raise Conflict.of("archive.proposed")
        row = Disposal(evaluation=evaluation, reason=reason, proposed=act.now, proposed_by=act.by)
        entry.add(row)
        keepers = User.objects.filter(
            memberships__organisation=evaluation.record.organisation, memberships__role=Role.ARCHIVIST
        )
        data, url = {"platform": evaluation.platform.name}, page("record", evaluation)
        people = keepers.exclude(pk=act.by.pk)
        notices.notify(to=people, code="archive.disposal_proposed", data=data, url=url, now=act.now)


def decide_disposal(act: Act, evaluation: Evaluation, *, agrees: bool, note: str = "") -> None:
    """Decide a proposed disposal as the second person; where they agree, the record is disposed of at once.

    The content of the ledgers of the evaluation and its sheets, and every row recorded in them, are deleted.
    The store's files go with the daily deletion of files that nothing names. Raises Conflict
    `archive.same_person`, `archive.still_used`.
    """
    sheets = Sheet.objects.filter(evaluation=evaluation)
    with act.move(evaluation, "decide_disposal", locks=(sheets,)) as entry:
        entry.check(NEEDS)
        found = queries.open_disposal(evaluation)
        if found is None or found.proposed_by_id == act.by.pk:
            raise Conflict.of("archive.same_person")
        entry.change(found, decided=act.now, decided_by=act.by, agreed=agrees, note=note)
        if agrees:
            _dispose(act, entry, evaluation, found)


def _dispose(act: Act, entry: Entry, evaluation: Evaluation, found: Disposal) -> None:
    record = queries.record_of(evaluation)
    entry.change(record, disposed=act.now)  # type: ignore[arg-type] # there is one: the needs were checked
    entry.change(evaluation, **OWN_WORDS)
    sheets = list(Head.objects.filter(pk__in=Sheet.objects.filter(evaluation=evaluation).values("pk")))
    sizes = {evaluation.pk: entry.seq, **{head.pk: head.size for head in sheets}}
    phases = {evaluation.pk: evaluation.head.phase, **{head.pk: head.phase for head in sheets}}
    for head, size in sizes.items():
        Tombstone.objects.create(
            head_id=head, size=size, phase=phases[head], at=act.now, event=entry.id,
            proposed_by=found.proposed_by_id, decided_by=act.by.pk,
        )  # fmt: skip
    removed = _removed(list(sizes))
    _ensure_unused(removed)
    for head in sizes:
        triggers.dispose(head)
    for model, keys in removed.items():
        if model._meta.db_table not in triggers.disposable():  # noqa: SLF001 - Django's own name
            rows: Any = model._base_manager.filter(pk__in=keys)  # noqa: SLF001 - Django's own name
            rows._raw_delete(rows.db)  # noqa: SLF001 - Django's own name; PROTECT is for single rows
    entry.restate([evaluation, record, found])  # type: ignore[list-item] # there is one
    entry.data = {"disposed": {str(head): size for head, size in sizes.items()}}


def _removed(heads: list[UUID]) -> Key:
    """Return the rows recorded in these ledgers, and rows in no ledger that refer to them."""
    found: Key = {}
    for model in recorded():
        path = recording(model).ledger
        if isinstance(path, str) and model not in KEPT:
            rows = model._base_manager.filter(**{f"{path}__in": heads})  # noqa: SLF001 - Django's own name
            if keys := list(rows.values_list("pk", flat=True)):
                found[model] = keys
    for rows in _unrecorded({**found, Evaluation: heads}):
        found.setdefault(rows.model, []).extend(rows.values_list("pk", flat=True))
    return found


def _unrecorded(targets: Key) -> Iterator[QuerySet[Any]]:
    for model in apps.get_models():
        how = recording(model)
        if how.ledger or model._meta.app_label == "ledger":  # noqa: SLF001 - Django's own name
            continue
        for field in _references(model):
            if keys := targets.get(field.related_model):
                yield model._base_manager.filter(**{f"{field.name}__in": keys})  # noqa: SLF001 - Django's own name


def _references(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    return [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]  # noqa: SLF001 - Django's own name


def _ensure_unused(removed: Key) -> None:
    """Raise Conflict `archive.still_used` where rows of other ledgers refer to what would be deleted."""
    for model in recorded():
        for field in _references(model):
            keys = removed.get(field.related_model)
            if not keys:
                continue
            rows = model._base_manager.filter(**{f"{field.name}__in": keys})  # noqa: SLF001 - Django's own name
            if rows.exclude(pk__in=removed.get(model, ())).exists():
                raise Conflict.of("archive.still_used", table=model._meta.db_table)  # noqa: SLF001 - Django's own name
