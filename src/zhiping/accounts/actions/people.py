"""Accounts of people: opening, changing, deactivating."""

from collections.abc import Collection, Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django.urls import reverse

from zhiping.accounts import queries
from zhiping.accounts.actions.passwords import end_tokens
from zhiping.accounts.models import Membership, Organisation, User
from zhiping.accounts.rules import Standing
from zhiping.domain import identity
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices

Roles = Iterable[tuple[str, Organisation]]
UNIQUE = {"username": "accounts.username_taken", "phone": "accounts.phone_taken"}


def add_person(
    act: Act,
    *,
    name: str,
    username: str = "",
    phone: str = "",
    email: str = "",
    office: str = "",
    roles: Roles = (),
    keeper: Organisation | None = None,
    language: str = "zh",
) -> User:
    """Open an account; the person can sign in once an invitation is accepted (`invite`).

    Without a user name one is derived from the name. Raises Invalid `accounts.username`, `accounts.phone`,
    `accounts.username_taken`, `accounts.phone_taken`.
    """
    held = tuple(dict.fromkeys(roles))
    about = Standing(office, held, keeper)
    with act.begin("accounts.add_person", "user", "user.added", about=about) as entry:
        values = _checked({"username": username or _free_username(name), "phone": phone})
        person = User(
            id=entry.head.id, name=name.strip(), email=email.strip(), office=office, keeper=keeper,
            language=language, **values,
        )  # fmt: skip
        person.set_unusable_password()
        entry.add(person, taken=_taken(person))
        _set_roles(entry, person, held)
    return person


def change_person(act: Act, person: User, *, roles: Roles | None = None, **changes: Any) -> User:
    """Change a person's facts and roles; the permission is needed for what they were and what they become.

    Raises Conflict `accounts.last_administrator` where no administrator would be left.
    """
    with act.record("accounts.change_person", person, "user.changed", locks=(_administrators(),)) as entry:
        held = [(m.role, m.organisation) for m in person.held] if roles is None else dict.fromkeys(roles)
        office, keeper = changes.get("office", person.office), changes.get("keeper", person.keeper)
        act.require("accounts.change_person", Standing(office, tuple(held), keeper))
        email = person.email
        entry.change(person, taken=_taken(person), **_checked(changes, person))
        if person.email != email and act.by != person:
            data, url = {"by": str(act.by)}, reverse("accounts:me")
            notices.notify(to=person, code="accounts.email_changed", data=data, url=url, now=act.now)
        _set_roles(entry, person, tuple(held))
        _require_administrator()
    return person


def change_own_account(act: Act, person: User, **changes: str) -> User:
    """Correct one's own name, telephone, e-mail or language; nothing that grants permissions."""
    with act.record("accounts.change_own_account", person, "user.changed") as entry:
        own = {
            name: value for name, value in changes.items() if name in ("name", "phone", "email", "language")
        }
        entry.change(person, taken=_taken(person), **_checked(own, person))
    return person


def show_phone(act: Act, person: User) -> str:
    """Return the telephone of an account, and note who asked for it."""
    act.require("accounts.show_phone", person)
    ledger.audit("phone_shown", by=act.by, at=act.now, subject=str(person.pk), data={"name": person.name})
    return person.phone or ""


def deactivate(act: Act, person: User, *, reason: str) -> None:
    """Deactivate an account at once, live sessions included; the person's records stay."""
    locks = (_administrators(),)
    with act.record("accounts.deactivate", person, "user.deactivated", locks=locks) as entry:
        entry.data = {"reason": reason}
        entry.change(person, is_active=False, epoch=person.epoch + 1)
        end_tokens(entry, person, act.now)
        entry.remove_all(person.invitations.filter(used__isnull=True))
        _require_administrator()


def reactivate(act: Act, person: User, *, reason: str) -> None:
    """Activate a deactivated account again."""
    with act.record("accounts.reactivate", person, "user.reactivated") as entry:
        entry.data = {"reason": reason}
        entry.change(person, is_active=True)


def end_sessions(act: Act, person: User) -> None:
    """Sign a person out everywhere: every session and token begun before is invalid."""
    with act.record("accounts.end_sessions", person, "user.signed_out_everywhere") as entry:
        _end_access(entry, person, act)


def reset_second_factor(act: Act, person: User, *, reason: str) -> None:
    """Remove every second factor of a person who lost them, and sign them out everywhere."""
    with act.record("accounts.reset_second_factor", person, "user.second_factor_reset") as entry:
        factors = list(Authenticator.objects.filter(user=person))
        for factor in factors:
            factor.removed_by = act  # this event records the removal, not that of the row's signal
            entry.remove(factor)
        entry.data = {"count": len(factors), "reason": reason}
        _end_access(entry, person, act)


def _end_access(entry: Entry, person: User, act: Act) -> None:
    entry.change(person, epoch=person.epoch + 1)
    end_tokens(entry, person, act.now)


def _checked(values: dict[str, Any], person: User | None = None) -> dict[str, Any]:
    """Return values with user name and telephone normalised; raise Invalid for each that is taken."""
    checked = dict(values)
    if "username" in values:
        checked["username"] = identity.username(values["username"])
    if "phone" in values:
        checked["phone"] = identity.phone(values["phone"]) if values["phone"] else None
    others = User.objects.exclude(pk=person.pk) if person else User.objects.all()
    taken = [
        Problem(code, {"found": value}, (name,))
        for name, code in UNIQUE.items()
        if (value := checked.get(name)) and others.filter(**{name: value}).exists()
    ]
    if taken:
        raise Invalid(taken)
    return checked


def _taken(person: User) -> Problem:
    """Return the problem of a user name that another request took between check and write."""
    return Problem("accounts.username_taken", {"found": person.username}, ("username",))


def _set_roles(entry: Entry, person: User, roles: Collection[tuple[str, Organisation]]) -> None:
    """Add the missing roles of a person and remove the others."""
    wanted = {(role, organisation.pk): organisation for role, organisation in roles}
    for membership in person.held:
        if wanted.pop((membership.role, membership.organisation_id), None) is None:
            entry.remove(membership)
    for (role, _), organisation in wanted.items():
        entry.add(Membership(user=person, role=role, organisation=organisation))
    person.forget_roles()


def _free_username(name: str) -> str:
    """Return a free user name derived from a name (王芳, 王芳2, …)."""
    stem = "".join(c for c in name.casefold() if c.isalnum())[:50] or "user"
    taken = set(User.objects.filter(username__startswith=stem).values_list("username", flat=True))
    free = (f"{stem}{n}" for n in range(2, len(taken) + 3))
    return stem if stem not in taken else next(candidate for candidate in free if candidate not in taken)


def _administrators() -> QuerySet[User]:
    """Return the accounts to lock, so that two administrators cannot deactivate each other at once."""
    return User.objects.filter(office=User.Office.ADMINISTRATOR)


def _require_administrator() -> None:
    if not queries.has_administrator():
        raise Conflict.of("accounts.last_administrator")
