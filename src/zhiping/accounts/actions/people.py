"""Adding people, changing what they are, and shutting them out."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from zhiping.accounts import queries
from zhiping.accounts.actions.passwords import end_tokens
from zhiping.accounts.models import Membership, Organisation, User
from zhiping.accounts.rules import Standing, require
from zhiping.domain import identity
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.ledger import actions as ledger

Roles = Iterable[tuple[str, Organisation]]
UNIQUE = {"username": "accounts.username_taken", "phone": "accounts.phone_taken"}


def add_person(
    *,
    by: User | None,
    now: dt.datetime,
    name: str,
    username: str = "",
    phone: str = "",
    email: str = "",
    office: str = "",
    roles: Roles = (),
    keeper: Organisation | None = None,
    language: str = "zh",
    id: UUID | None = None,
) -> User:
    """Open an account; the person signs in once an invitation is accepted (`invite`).

    Without a user name one is made of the name. `by` None: the empty system makes its first administrator.
    Raises Invalid `accounts.username`, `accounts.phone`, `accounts.username_taken`, `accounts.phone_taken`.
    """
    held = tuple(dict.fromkeys(roles))
    if by is not None:
        require(by, "accounts.add_person", Standing(office, held, keeper))
    with ledger.begin("user", "user.added", by=by, at=now, id=id) as entry:
        person = User(
            id=entry.head.id, name=name.strip(), username=username or _free_username(name),
            email=email.strip(), phone=phone, office=office, keeper=keeper, language=language,
        )  # fmt: skip
        person.set_unusable_password()
        _store(person, new=True)
        _hold(person, held)
        entry.data = facts(person)
    return person


def change_person(
    *,
    by: User,
    now: dt.datetime,
    person: User,
    roles: Roles | None = None,
    id: UUID | None = None,
    expect: int | None = None,
    **changes: Any,
) -> User:
    """Change who somebody is and what they may; both what was and what will be must be the person's remit.

    Raises Conflict `accounts.last_administrator` where nobody would be left to administer.
    """
    require(by, "accounts.change_person", person)
    with ledger.record(person, "user.changed", by=by, at=now, id=id, expect=expect) as entry:
        _hold_administrators()
        held = [(m.role, m.organisation) for m in person.held] if roles is None else dict.fromkeys(roles)
        office, keeper = changes.get("office", person.office), changes.get("keeper", person.keeper)
        require(by, "accounts.change_person", Standing(office, tuple(held), keeper))
        before = facts(person)
        for name, value in changes.items():
            setattr(person, name, value)
        _store(person)
        _hold(person, held)
        _somebody_administers()
        entry.data = _differences(before, facts(person))
    return person


def change_own_account(
    *,
    by: User,
    now: dt.datetime,
    person: User,
    id: UUID | None = None,
    expect: int | None = None,
    **changes: str,
) -> User:
    """Correct one's own name, telephone, e-mail or language; nothing that gives rights."""
    require(by, "accounts.change_own_account", person)
    with ledger.record(person, "user.changed", by=by, at=now, id=id, expect=expect) as entry:
        before = facts(person)
        for name in ("name", "phone", "email", "language"):
            setattr(person, name, changes.get(name, getattr(person, name)))
        _store(person)
        entry.data = _differences(before, facts(person))
    return person


def deactivate(
    *,
    by: User,
    now: dt.datetime,
    person: User,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Shut somebody out at once, live sessions included; nothing of what they did is touched."""
    require(by, "accounts.deactivate", person)
    with ledger.record(person, "user.deactivated", by=by, at=now, id=id, expect=expect) as entry:
        _hold_administrators()
        person.is_active = False
        person.save(update_fields=["is_active"])
        _shut_out(person, now)
        person.invitations.filter(used__isnull=True).delete()
        _somebody_administers()
        entry.data = {"reason": reason}


def reactivate(
    *,
    by: User,
    now: dt.datetime,
    person: User,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Let somebody in again."""
    require(by, "accounts.reactivate", person)
    with ledger.record(person, "user.reactivated", by=by, at=now, id=id, expect=expect) as entry:
        person.is_active = True
        person.save(update_fields=["is_active"])
        entry.data = {"reason": reason}


def end_sessions(
    *, by: User, now: dt.datetime, person: User, id: UUID | None = None, expect: int | None = None
) -> None:
    """Sign somebody out everywhere: every session and token of before is worth nothing."""
    require(by, "accounts.end_sessions", person)
    with ledger.record(person, "user.signed_out_everywhere", by=by, at=now, id=id, expect=expect):
        _shut_out(person, now)


def reset_second_factor(
    *,
    by: User,
    now: dt.datetime,
    person: User,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Take away all second factors of somebody who lost them, and sign them out everywhere."""
    require(by, "accounts.reset_second_factor", person)
    with ledger.record(person, "user.second_factor_reset", by=by, at=now, id=id, expect=expect) as entry:
        count, _ = Authenticator.objects.filter(user=person).delete()
        _shut_out(person, now)
        entry.data = {"count": count, "reason": reason}


def _shut_out(person: User, now: dt.datetime) -> None:
    person.epoch += 1
    person.save(update_fields=["epoch"])
    end_tokens(person, now)


def facts(person: User) -> dict[str, Any]:
    """Return what an account says, as plain values for the ledger; how to reach somebody only hinted at."""
    return {
        "name": person.name,
        "username": person.username,
        "phone": identity.masked(person.phone or ""),
        "email": identity.masked(person.email),
        "office": str(person.office),
        "roles": sorted(f"{m.role} {m.organisation_id}" for m in person.held),
        "keeper": str(person.keeper_id or ""),
        "language": person.language,
    }


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def _store(person: User, *, new: bool = False) -> None:
    person.username = identity.username(person.username)
    person.phone = identity.phone(person.phone) if person.phone else None
    others = User.objects.exclude(pk=person.pk)
    taken = [
        Problem(code, {"found": value}, (name,))
        for name, code in UNIQUE.items()
        if (value := getattr(person, name)) and others.filter(**{name: value}).exists()
    ]
    if taken:
        raise Invalid(taken)
    try:
        with transaction.atomic():
            person.save(force_insert=new)
    except IntegrityError as error:  # somebody took it between the two statements
        raise Invalid(
            [Problem("accounts.username_taken", {"found": person.username}, ("username",))]
        ) from error


def _hold(person: User, roles: Collection[tuple[str, Organisation]]) -> None:
    """Make these the person's roles."""
    wanted = {(role, organisation.pk): organisation for role, organisation in roles}
    for membership in person.held:
        if wanted.pop((membership.role, membership.organisation_id), None) is None:
            membership.delete()
    for (role, _), organisation in wanted.items():
        Membership(user=person, role=role, organisation=organisation).save(force_insert=True)
    del person.held


def _free_username(name: str) -> str:
    """Return a user name made of a name that nobody has (王芳, 王芳2, …)."""
    stem = "".join(c for c in name.casefold() if c.isalnum())[:50] or "user"
    taken = set(User.objects.filter(username__startswith=stem).values_list("username", flat=True))
    free = (f"{stem}{n}" for n in range(2, len(taken) + 3))
    return stem if stem not in taken else next(found for found in free if found not in taken)


def _hold_administrators() -> None:
    """Hold the row of every administrator until the end: two cannot shut each other out at once.

    Before anything is changed and always in the same order, so that nobody waits for each other.
    """
    rows = User.objects.select_for_update().filter(office=User.Office.ADMINISTRATOR).order_by("pk")
    list(rows.values_list("pk"))


def _somebody_administers() -> None:
    if not queries.has_administrator():
        raise Conflict([Problem("accounts.last_administrator")])
