"""Adding and changing authorities and operators."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from zhiping.accounts.models import Organisation, Region, User
from zhiping.accounts.rules import require
from zhiping.domain import identity
from zhiping.domain.errors import Invalid, Problem
from zhiping.ledger import actions as ledger

FACTS = ("name", "code", "region_id", "address", "contact", "phone")
UNIQUE = {"name": "accounts.name_taken", "code": "accounts.code_taken"}


def add_organisation(
    *,
    by: User | None,
    now: dt.datetime,
    kind: str,
    name: str,
    region: Region,
    code: str = "",
    address: str = "",
    contact: str = "",
    phone: str = "",
    id: UUID | None = None,
) -> Organisation:
    """Add an authority (administrators) or an operator (officers of its region too).

    `code`: unified social credit code, checked where given. Raises Invalid `accounts.name_taken`,
    `accounts.code_taken` and what `domain.identity.credit_code` raises. `by` None: a system sets itself up.
    """
    organisation = Organisation(
        kind=kind,
        name=name.strip(),
        code=code or None,
        region=region,
        address=address,
        contact=contact,
        phone=phone,
    )
    if by is not None:
        require(by, "accounts.add_organisation", organisation)
    with ledger.begin("organisation", "organisation.added", by=by, at=now, id=id) as entry:
        organisation.head = entry.head
        _store(organisation, new=True)
        entry.data = {"kind": str(organisation.kind)} | facts(organisation)
    return organisation


def change_organisation(
    *,
    by: User,
    now: dt.datetime,
    organisation: Organisation,
    id: UUID | None = None,
    expect: int | None = None,
    **changes: Any,
) -> Organisation:
    """Correct what is known of an organisation; its kind stays."""
    require(by, "accounts.change_organisation", organisation)
    with ledger.record(organisation, "organisation.changed", by=by, at=now, id=id, expect=expect) as entry:
        before = facts(organisation)
        for name, value in changes.items():
            setattr(organisation, name, value)
        require(by, "accounts.change_organisation", organisation)
        _store(organisation)
        after = facts(organisation)
        entry.data = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    return organisation


def facts(organisation: Organisation) -> dict[str, str]:
    """Return what is known of an organisation, as plain text for the ledger."""
    return {name.removesuffix("_id"): getattr(organisation, name) or "" for name in FACTS}


def _store(organisation: Organisation, *, new: bool = False) -> None:
    organisation.code = identity.credit_code(organisation.code) if organisation.code else None
    others = Organisation.objects.exclude(pk=organisation.pk)
    taken = [
        Problem(code, {"found": value}, (name,))
        for name, code in UNIQUE.items()
        if (value := getattr(organisation, name)) and others.filter(**{name: value}).exists()
    ]
    if taken:
        raise Invalid(taken)
    try:
        with transaction.atomic():
            organisation.save(force_insert=new)
    except IntegrityError as error:  # somebody took it between the two statements
        raise Invalid([Problem("accounts.name_taken", {"found": organisation.name}, ("name",))]) from error
