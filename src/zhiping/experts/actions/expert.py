"""Actions on the entries of the pool: facts that 6.2.2 requires of a member, with their dates."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from zhiping.accounts.actions.people import add_person
from zhiping.accounts.models import Organisation, Region, User
from zhiping.domain import dates, identity
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry


def add_expert(
    act: Act,
    keeper: Organisation,
    *,
    name: str,
    employer: str,
    region: Region | None = None,
    fields: Collection[str] = (),
    **given: Any,
) -> Expert:
    """Add a person to the pool of an authority, or of an operator for its self-evaluations.

    The region defaults to the keeper's. `given`: phone, email, title, rank, equivalent_ability, experience
    (None: not stated; "": none), note.
    Raises Invalid `experts.once` where the keeper's pool already has this person.
    """
    with act.begin("experts.add_expert", "expert", "expert.added", about=keeper) as entry:
        expert = Expert(
            head=entry.head, keeper=keeper, name=name, region=region or keeper.region, employer=employer,
            **_normalised(given),
        )  # fmt: skip
        entry.add(expert, taken=_once(name))
        _set_fields(entry, expert, fields)
    return expert


def change_expert(
    act: Act, expert: Expert, *, fields: Collection[str] | None = None, **changes: Any
) -> Expert:
    """Change facts and fields of an expert."""
    with act.record("experts.change_expert", expert, "expert.changed") as entry:
        entry.change(expert, taken=_once(changes.get("name", expert.name)), **_normalised(changes))
        if fields is not None:
            _set_fields(entry, expert, fields)
    return expert


def correct_contact(act: Act, expert: Expert, *, phone: str, email: str) -> Expert:
    """Change telephone and e-mail of an expert, by the keeper or the expert."""
    with act.record("experts.correct_contact", expert, "expert.contact_corrected") as entry:
        entry.change(expert, taken=_once(expert.name), **_normalised({"phone": phone, "email": email}))
    return expert


def show_phone(act: Act, expert: Expert) -> str:
    """Return the telephone of an expert, and note who asked for it."""
    act.require("experts.show_phone", expert)
    ledger.audit("phone_shown", by=act.by, at=act.now, subject=str(expert.pk), data={"name": expert.name})
    return expert.phone


def write_training(
    act: Act,
    expert: Expert,
    *,
    topic: str,
    date: dt.date,
    valid_until: dt.date | None = None,
    number: str = "",
    training: Training | None = None,
) -> Training:
    """Add a training with its period of validity, or correct one.

    Raises Invalid where it is still to come or ends before it was passed (domain.dates).
    """
    event = "expert.training_corrected" if training else "expert.training_added"
    with act.record("experts.write_training", expert, event) as entry:
        dates.check({"trained": date, "valid_until": valid_until}, act.today, fields={"trained": "date"})
        values: dict[str, Any] = {"topic": topic, "date": date, "valid_until": valid_until, "number": number}
        if training:
            entry.change(training, **values)
        else:
            training = Training(expert=expert, **values)
            entry.add(training)
    return training


def remove_training(act: Act, expert: Expert, *, training: Training) -> None:
    """Delete a training entered by mistake; the ledger keeps its facts."""
    with act.record("experts.remove_training", expert, "expert.training_removed") as entry:
        entry.remove(training)


def write_affiliation(
    act: Act,
    expert: Expert,
    *,
    organisation: str = "",
    operator: Organisation | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    affiliation: Affiliation | None = None,
) -> Affiliation:
    """Add an affiliation, correct it, or end it by setting its last day.

    The name of a registered operator is that of the register. Raises Invalid `experts.affiliation_named`
    where neither an operator nor a name is set, `dates.affiliation` where it ends before it begins.
    """
    event = "expert.affiliation_corrected" if affiliation else "expert.affiliation_added"
    with act.record("experts.write_affiliation", expert, event) as entry:
        if not (operator or organisation.strip()):
            raise Invalid.of("experts.affiliation_named", "organisation")
        dates.check({"since": since, "until": until})
        values: dict[str, Any] = {"operator": operator, "since": since, "until": until}
        values["organisation"] = operator.name if operator else organisation
        if affiliation:
            entry.change(affiliation, **values)
        else:
            affiliation = Affiliation(expert=expert, **values)
            entry.add(affiliation)
    return affiliation


def remove_affiliation(act: Act, expert: Expert, *, affiliation: Affiliation) -> None:
    """Delete an affiliation entered by mistake; the ledger keeps its facts."""
    with act.record("experts.remove_affiliation", expert, "expert.affiliation_removed") as entry:
        entry.remove(affiliation)


def leave_pool(act: Act, expert: Expert, *, reason: str) -> None:
    """Remove an expert from the pool: not available to new panels, current seats are kept."""
    with act.record("experts.leave_pool", expert, "expert.left_pool") as entry:
        if expert.left_pool:
            raise Conflict.of("experts.left_already")
        entry.change(expert, left_pool=act.today)
        entry.data = {"reason": reason}


def return_to_pool(act: Act, expert: Expert, *, reason: str) -> None:
    """Return an expert to the pool."""
    with act.record("experts.return_to_pool", expert, "expert.returned") as entry:
        if not expert.left_pool:
            raise Conflict.of("experts.in_pool_already")
        entry.change(expert, left_pool=None)
        entry.data = {"reason": reason}


def open_account(act: Act, expert: Expert, *, username: str = "") -> User:
    """Create an account, managed by the keeper of the pool, for an expert without one, and invite the expert.

    Raises Conflict `experts.has_account`, and the errors of `accounts.actions.add_person`.
    """
    with act.record("experts.open_account", expert, "expert.account_opened") as entry:
        if expert.user_id:
            raise Conflict.of("experts.has_account")
        person = add_person(
            act.caused(entry), name=expert.name, username=username, phone=expert.phone,
            email=expert.email, keeper=expert.keeper,
        )  # fmt: skip
        entry.change(expert, user=person)
    return person


def link_account(act: Act, expert: Expert, *, person: User) -> None:
    """Link an operator's expert to the account that the same person has as staff of the operator.

    Raises Conflict `experts.has_account`, Invalid `experts.other_staff` for an account of another
    organisation, or one that is linked already.
    """
    with act.record("experts.link_account", expert, "expert.account_linked") as entry:
        if expert.user_id:
            raise Conflict.of("experts.has_account")
        staff = person.memberships.filter(organisation=expert.keeper_id)
        if not staff.exists() or Expert.objects.filter(user=person).exists():
            raise Invalid.of("experts.other_staff", "person")
        entry.change(expert, user=person)


def _normalised(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "phone": identity.phone(values["phone"])} if values.get("phone") else values


def _once(name: str) -> Problem:
    return Problem("experts.once", {"name": name}, ("name",))


def _set_fields(entry: Entry, expert: Expert, fields: Collection[str]) -> None:
    entry.remove_all(expert.fields.exclude(field__in=fields))
    known = set(expert.fields.values_list("field", flat=True))
    entry.add_all(ExpertField(expert=expert, field=field) for field in sorted(set(fields) - known))
