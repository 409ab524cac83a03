"""Keeping the pool of experts: what 6.2.2 asks of a member, as facts with dates."""

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from zhiping.accounts.actions.people import add_person
from zhiping.accounts.models import Organisation, Region, User
from zhiping.accounts.rules import require
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act

FACTS = (
    "name", "phone", "email", "employer", "title", "rank", "equivalent_ability", "experience", "note",
)  # fmt: skip


def add_expert(
    *,
    by: User,
    now: dt.datetime,
    keeper: Organisation,
    name: str,
    employer: str,
    region: Region | None = None,
    fields: Collection[str] = (),
    id: UUID | None = None,
    **given: Any,
) -> Expert:
    """Enter somebody into the pool of an authority, or of an operator for its self-evaluations.

    Without a region it is the keeper's. `given`: phone, email, title, rank, equivalent_ability, experience
    (None: not stated; "": none), note.
    Raises Invalid `experts.once` where the keeper has this person already.
    """
    require(by, "experts.add_expert", keeper)
    with ledger.begin("expert", "expert.added", by=by, at=now, id=id) as entry:
        expert = Expert(
            head=entry.head,
            keeper=keeper,
            name=name,
            region=region or keeper.region,
            employer=employer,
            **given,
        )
        _store(expert, new=True)
        _set_fields(expert, fields)
        entry.data = facts(expert) | {"fields": sorted(fields)}
    return expert


def change_expert(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    fields: Collection[str] | None = None,
    id: UUID | None = None,
    expect: int | None = None,
    **changes: Any,
) -> Expert:
    """Correct an entry; what changed is recorded with what it was."""
    require(by, "experts.change_expert", expert)
    with ledger.record(expert, "expert.changed", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = _change(expert, changes)
        if fields is not None:
            before = sorted(expert.fields.values_list("field", flat=True))
            _set_fields(expert, fields)
            entry.data |= {"fields": [before, sorted(fields)]} if before != sorted(fields) else {}
    return expert


def correct_contact(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    phone: str,
    email: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> Expert:
    """Correct how the expert is reached: the expert's own to do, or the keeper's."""
    require(by, "experts.correct_contact", expert)
    with ledger.record(expert, "expert.contact_corrected", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = _change(expert, {"phone": phone, "email": email})
    return expert


def write_training(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    topic: str,
    date: dt.date,
    valid_until: dt.date | None = None,
    number: str = "",
    training: Training | None = None,
    id: UUID | None = None,
    expect: int | None = None,
) -> Training:
    """Record a training the expert passed and until when it counts, or correct one.

    Raises Invalid `experts.training_dates` where it would end before it began.
    """
    require(by, "experts.write_training", expert)
    if valid_until and valid_until < date:
        raise Invalid([Problem("experts.training_dates", where=("valid_until",))])
    name = "expert.training_corrected" if training else "expert.training_added"
    with ledger.record(expert, name, by=by, at=now, id=id, expect=expect) as entry:
        if training:
            training.refresh_from_db()
            entry.data = {"before": training_facts(training)}
        row = training or Training(expert=expert)
        row.topic, row.date, row.valid_until, row.number = topic, date, valid_until, number
        row.save()
        entry.data |= {"after": training_facts(row)}
    return row


def remove_training(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    training: Training,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take out a training entered by mistake; the ledger keeps what stood there."""
    require(by, "experts.remove_training", expert)
    with ledger.record(expert, "expert.training_removed", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = {"before": training_facts(training)}
        training.delete()


def write_affiliation(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    organisation: str = "",
    operator: Organisation | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    affiliation: Affiliation | None = None,
    id: UUID | None = None,
    expect: int | None = None,
) -> Affiliation:
    """Record where the expert works or worked, correct it, or end it by its last day.

    An operator on record is named by itself. Raises Invalid `experts.affiliation_named` where neither an
    operator nor a name is given, `experts.affiliation_dates` where it would end before it began.
    """
    require(by, "experts.write_affiliation", expert)
    if not (operator or organisation.strip()):
        raise Invalid([Problem("experts.affiliation_named", where=("organisation",))])
    if since and until and until < since:
        raise Invalid([Problem("experts.affiliation_dates", where=("until",))])
    name = "expert.affiliation_corrected" if affiliation else "expert.affiliation_added"
    with ledger.record(expert, name, by=by, at=now, id=id, expect=expect) as entry:
        if affiliation:
            affiliation.refresh_from_db()
            entry.data = {"before": affiliation_facts(affiliation)}
        row = affiliation or Affiliation(expert=expert)
        row.organisation, row.operator = operator.name if operator else organisation, operator
        row.since, row.until = since, until
        row.save()
        entry.data |= {"after": affiliation_facts(row)}
    return row


def remove_affiliation(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    affiliation: Affiliation,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take out an affiliation entered by mistake; the ledger keeps what stood there."""
    require(by, "experts.remove_affiliation", expert)
    with ledger.record(expert, "expert.affiliation_removed", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = {"before": affiliation_facts(affiliation)}
        affiliation.delete()


def leave_pool(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take somebody out of the pool: asked for no new panel, seats held stay as they are."""
    require(by, "experts.leave_pool", expert)
    with ledger.record(expert, "expert.left_pool", by=by, at=now, id=id, expect=expect) as entry:
        if expert.left_pool:
            raise Conflict([Problem("experts.left_already")])
        expert.left_pool = timezone.localtime(now).date()
        expert.save(update_fields=("left_pool",))
        entry.data = {"reason": reason}


def return_to_pool(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take somebody back into the pool."""
    require(by, "experts.return_to_pool", expert)
    with ledger.record(expert, "expert.returned", by=by, at=now, id=id, expect=expect) as entry:
        if not expert.left_pool:
            raise Conflict([Problem("experts.in_pool_already")])
        expert.left_pool = None
        expert.save(update_fields=("left_pool",))
        entry.data = {"reason": reason}


def open_account(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    username: str = "",
    id: UUID | None = None,
    expect: int | None = None,
) -> User:
    """Open an account for an expert who has none, kept by whoever keeps the pool; the invitation follows.

    Raises Conflict `experts.has_account`, and what `accounts.actions.add_person` raises.
    """
    require(by, "experts.open_account", expert)
    with ledger.record(expert, "expert.account_opened", by=by, at=now, id=id, expect=expect) as entry:
        if expert.user_id:
            raise Conflict([Problem("experts.has_account")])
        person = add_person(
            Act(by, now),
            name=expert.name,
            username=username,
            phone=expert.phone,
            email=expert.email,
            keeper=expert.keeper,
        )
        expert.user = person
        expert.save(update_fields=("user",))
        entry.data = {"user": str(person.pk)}
    return person


def link_account(
    *,
    by: User,
    now: dt.datetime,
    expert: Expert,
    person: User,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Tie an operator's own expert to the account the person has as the operator's staff.

    Raises Conflict `experts.has_account`, Invalid `experts.other_staff` for an account of somebody else, or
    one that is tied already.
    """
    require(by, "experts.link_account", expert)
    with ledger.record(expert, "expert.account_linked", by=by, at=now, id=id, expect=expect) as entry:
        if expert.user_id:
            raise Conflict([Problem("experts.has_account")])
        staff = person.memberships.filter(organisation=expert.keeper_id)
        if not staff.exists() or Expert.objects.filter(user=person).exists():
            raise Invalid([Problem("experts.other_staff", where=("person",))])
        expert.user = person
        expert.save(update_fields=("user",))
        entry.data = {"user": str(person.pk)}


def facts(expert: Expert) -> dict[str, Any]:
    """Return what the entry says, as plain data for the ledger."""
    return {name: getattr(expert, name) for name in FACTS} | {
        "region": expert.region_id,
        "keeper": str(expert.keeper_id),
    }


def training_facts(training: Training) -> dict[str, str]:
    """Return a training as plain text for the ledger."""
    named = ("topic", "date", "valid_until", "number")
    return {name: str(getattr(training, name) or "") for name in named}


def affiliation_facts(affiliation: Affiliation) -> dict[str, str]:
    """Return an affiliation as plain text for the ledger."""
    named = ("organisation", "operator_id", "since", "until")
    return {name.removesuffix("_id"): str(getattr(affiliation, name) or "") for name in named}


def _change(expert: Expert, changes: dict[str, Any]) -> dict[str, Any]:
    before = facts(expert)
    for name, value in changes.items():
        setattr(expert, name, value)
    _store(expert)
    after = facts(expert)
    return {k: [before[k], after[k]] for k in after if before[k] != after[k]}


def _store(expert: Expert, *, new: bool = False) -> None:
    try:
        with transaction.atomic():
            expert.save(force_insert=new)
    except IntegrityError as error:
        raise Invalid([Problem("experts.once", {"name": expert.name}, ("name",))]) from error


def _set_fields(expert: Expert, fields: Collection[str]) -> None:
    expert.fields.exclude(field__in=fields).delete()
    known = set(expert.fields.values_list("field", flat=True))
    ExpertField.objects.bulk_create(
        ExpertField(expert=expert, field=field) for field in sorted(set(fields) - known)
    )
