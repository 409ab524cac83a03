"""Setting a password."""

import datetime as dt

from zhiping.accounts.models import FormerPassword, User
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry

KEPT = 5  # as many as any profile asks for


def set_password(act: Act, person: User, *, password: str) -> None:
    """Set one's own password, its strength already checked; every earlier session and token ends."""
    with act.record("accounts.set_password", person, "user.password_set") as entry:
        write_password(entry, person, password, act.now)


def rehash_password(act: Act, person: User, *, password: str) -> None:
    """Store the hash of the same password by the present algorithm."""
    with act.record("accounts.set_password", person, "user.password_rehashed") as entry:
        changed = User()
        changed.set_password(password)
        entry.change(person, password=changed.password)


def write_password(entry: Entry, person: User, password: str, now: dt.datetime) -> None:
    """Store a password and keep its hash among the former ones.

    Sessions end with the password they began under, and so do tokens: a person who knew the old password
    keeps neither.
    """
    changed = User()
    changed.set_password(password)
    entry.change(person, password=changed.password, password_set=now)
    end_tokens(entry, person, now)
    entry.add(FormerPassword(user=person, password=person.password, since=now))
    kept = person.former_passwords.values("pk")[:KEPT]
    entry.remove_all(person.former_passwords.exclude(pk__in=list(kept.values_list("pk", flat=True))))


def end_tokens(entry: Entry, person: User, now: dt.datetime) -> None:
    """End every token of a person that is still valid."""
    entry.change_all(person.tokens.filter(revoked__isnull=True), revoked=now)
