"""Setting a password."""

import datetime as dt

from zhiping.accounts.models import FormerPassword, User
from zhiping.accounts.rules import require
from zhiping.ledger import actions as ledger

KEPT = 5  # as many as any profile asks for


def set_password(*, by: User, now: dt.datetime, person: User, password: str) -> None:
    """Set one's own password, its strength already checked; every session and token of before ends."""
    require(by, "accounts.set_password", person)
    with ledger.record(person, "user.password_set", by=by, at=now):
        write_password(person, password, now)


def write_password(person: User, password: str, now: dt.datetime) -> None:
    """Store a password and remember its hash among the last ones; called inside a ledger's turn.

    Sessions end with the password they began under, and so do the tokens: who knew the old one has neither.
    """
    person.set_password(password)
    person.password_set = now
    person.save(update_fields=["password", "password_set"])
    end_tokens(person, now)
    FormerPassword(user=person, password=person.password, since=now).save(force_insert=True)
    kept = person.former_passwords.values("pk")[:KEPT]
    person.former_passwords.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


def end_tokens(person: User, now: dt.datetime) -> None:
    """End every token that is still good; called inside a ledger's turn."""
    person.tokens.filter(revoked__isnull=True).update(revoked=now)
