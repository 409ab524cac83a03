"""Letting people in: a link and a PIN that go by two ways, good once and for a week."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from zhiping.accounts import queries
from zhiping.accounts.actions.passwords import write_password
from zhiping.accounts.actions.people import add_person
from zhiping.accounts.models import Invitation, Organisation, User
from zhiping.accounts.rules import may, require
from zhiping.domain import identity
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.ledger import actions as ledger

VALID = dt.timedelta(days=7)
MOST_PINS = 5
MOST_SLIPS = 60


@dataclass(frozen=True, slots=True)
class Slip:
    """What is handed out, known only now: the database keeps hashes."""

    person: User
    path: str
    pin: str
    expires: dt.datetime


def invite(*, by: User, now: dt.datetime, person: User, id: UUID | None = None) -> Slip:
    """Make a link and a PIN by which somebody sets a password, for the first time or anew.

    An earlier invitation dies; a password that is set stays good until the new one is. Raises Conflict
    `accounts.deactivated`.
    """
    require(by, "accounts.invite", person)
    with ledger.record(person, "user.invited", by=by, at=now, id=id) as entry:
        slip = _issue(person, by, now)
        entry.data = {"expires": slip.expires.isoformat()}
    return slip


def invite_waiting(*, by: User, now: dt.datetime, organisation: Organisation | None = None) -> list[Slip]:
    """Invite everybody (of an organisation) who never accepted and holds no good invitation: 60 at a time."""
    waiting = queries.uninvited(by, now, organisation)[:MOST_SLIPS]
    return [invite(by=by, now=now, person=p) for p in waiting if may(by, "accounts.invite", p)]


def invite_first_administrator(*, now: dt.datetime) -> tuple[str, str]:
    """Return path and PIN for whoever sets the system up; Conflict once somebody administers it."""
    if queries.has_administrator():
        raise Conflict([Problem("accounts.administrator_exists")])
    office = User.Office.ADMINISTRATOR
    person = User.objects.filter(office=office, is_active=True).first()
    person = person or add_person(by=None, now=now, name="系统管理员", username="admin", office=office)
    with ledger.record(person, "user.invited", by=None, at=now) as entry:
        slip = _issue(person, None, now)
        entry.data = {"expires": slip.expires.isoformat()}
    return slip.path, slip.pin


def _issue(person: User, by: User | None, now: dt.datetime) -> Slip:
    if not person.is_active:
        raise Conflict([Problem("accounts.deactivated")])
    person.invitations.filter(used__isnull=True).delete()
    token, pin = secrets.token_urlsafe(24), f"{secrets.randbelow(10**6):06d}"
    hashed = token_sha256(token)
    invitation = Invitation(
        user=person, token_sha256=hashed, pin_hash=_pin_hash(hashed, pin), expires=now + VALID, by=by
    )
    invitation.save(force_insert=True)
    return Slip(person, reverse("accounts:invitation", args=[token]), pin, invitation.expires)


def token_sha256(token: str) -> str:
    """Return what the database keeps of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def _pin_hash(token_hash: str, pin: str) -> str:
    """Hash a PIN with the server's key: six digits alone could be tried out by who reads the database."""
    return salted_hmac("zhiping.accounts.pin", f"{token_hash} {pin}", algorithm="sha256").hexdigest()


def try_pin(*, token: str, pin: str, now: dt.datetime) -> Invitation:
    """Return the invitation where link and PIN belong together; the fifth wrong PIN burns it.

    Each try is counted before it is judged, so that many at once are no more than five. Raises Invalid
    `accounts.invitation_gone` or `accounts.pin_wrong`.
    """
    same = token_sha256(token)
    tries = queries.open_invitations(now).filter(token_sha256=same, wrong_pins__lt=MOST_PINS)
    if not tries.update(wrong_pins=F("wrong_pins") + 1):  # no join: PostgreSQL asks again after waiting
        raise Invalid([Problem("accounts.invitation_gone")])
    invitation = Invitation.objects.select_related("user").get(token_sha256=same)
    if constant_time_compare(_pin_hash(invitation.token_sha256, pin), invitation.pin_hash):
        Invitation.objects.filter(pk=invitation.pk).update(wrong_pins=F("wrong_pins") - 1)
        return invitation
    left = MOST_PINS - invitation.wrong_pins
    ledger.audit("pin_wrong", by=None, at=now, subject=invitation.user.username, data={"left": left})
    raise Invalid([Problem("accounts.pin_wrong" if left else "accounts.pin_burnt", {"n": left}, ("pin",))])


def accept(
    *,
    now: dt.datetime,
    invitation: Invitation,
    username: str,
    password: str,
    language: str = "",
    id: UUID | None = None,
) -> User:
    """Set user name and password of who was invited, the PIN shown right before (`try_pin`).

    `language`: the one the invitation was read in, which then stays the person's.
    Raises Invalid `accounts.invitation_gone` where it was used meanwhile, or on the user name.
    """
    person = invitation.user
    with ledger.record(person, "user.accepted", by=person, at=now, id=id) as entry:
        if not queries.open_invitations(now).filter(pk=invitation.pk).update(used=now):
            raise Invalid([Problem("accounts.invitation_gone")])
        person.username = identity.username(username)
        if User.objects.exclude(pk=person.pk).filter(username=person.username).exists():
            raise Invalid([Problem("accounts.username_taken", {"found": person.username}, ("username",))])
        person.language = language or person.language
        person.save(update_fields=["username", "language"])
        write_password(person, password, now)
        entry.data = {"username": person.username}
    return person
