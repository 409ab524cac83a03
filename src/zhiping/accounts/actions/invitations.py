"""Invitations: a link and a PIN, sent by different channels, valid once and for a week."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.db.models import F
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from zhiping.accounts import queries
from zhiping.accounts.actions.passwords import write_password
from zhiping.accounts.actions.people import add_person
from zhiping.accounts.models import Invitation, Organisation, User
from zhiping.domain import identity
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices
from zhiping.permissions import may

VALID = dt.timedelta(days=7)
MOST_PINS = 5
MOST_SLIPS = 60


@dataclass(frozen=True, slots=True)
class Slip:
    """A link and PIN to hand over, known only now: the database keeps hashes."""

    person: User
    path: str
    pin: str
    expires: dt.datetime


def invite(act: Act, person: User) -> Slip:
    """Create a link and a PIN with which a person sets a password, for the first time or after losing it.

    An earlier invitation ends; the present password stays valid until the new one is set. A person who has
    one is notified. Raises Conflict `accounts.deactivated`.
    """
    with act.record("accounts.invite", person, "user.invited") as entry:
        return _issue(entry, person, act)


def invite_waiting(act: Act, *, organisation: Organisation | None = None) -> list[Slip]:
    """Invite people (of an organisation) who never accepted and have no valid invitation, 60 at a time."""
    waiting = queries.uninvited(act.by, act.now, organisation)[:MOST_SLIPS]
    return [invite(act, p) for p in waiting if may(act.by, "accounts.invite", p)]


def invite_first_administrator(act: Act) -> tuple[str, str]:
    """Return path and PIN for the person who sets the system up; Conflict once there is an administrator."""
    if queries.has_administrator():
        raise Conflict.of("accounts.administrator_exists")
    office = User.Office.ADMINISTRATOR
    person = User.objects.filter(office=office, is_active=True).first()
    person = person or add_person(act, name="系统管理员", username="admin", office=office)
    with act.record("accounts.invite_first_administrator", person, "user.invited") as entry:
        slip = _issue(entry, person, act)
    return slip.path, slip.pin


def _issue(entry: Entry, person: User, act: Act) -> Slip:
    if not person.is_active:
        raise Conflict.of("accounts.deactivated")
    entry.remove_all(person.invitations.filter(used__isnull=True))
    token, pin = secrets.token_urlsafe(24), f"{secrets.randbelow(10**6):06d}"
    hashed = token_sha256(token)
    invitation = Invitation(
        user=person, token_sha256=hashed, pin_hash=_pin_hash(hashed, pin), expires=act.now + VALID, by=act.by,
        again=not person.waits,
    )  # fmt: skip
    entry.add(invitation)
    if invitation.again:
        _notify(invitation, "accounts.invited_again", act)
    return Slip(person, reverse("accounts:invitation", args=[token]), pin, invitation.expires)


def _notify(invitation: Invitation, code: str, act: Act) -> None:
    """Notify the owner of an account that another person may be taking over, by mail too."""
    data, url = {"by": str(invitation.by or "")}, reverse("accounts:me")
    notices.notify(to=invitation.user, code=code, data=data, url=url, now=act.now)


def token_sha256(token: str) -> str:
    """Return the hash of a link's token, which the database keeps."""
    return hashlib.sha256(token.encode()).hexdigest()


def _pin_hash(token_hash: str, pin: str) -> str:
    """Hash a PIN with the server's key: six digits could be found by trial in a copy of the database."""
    return salted_hmac("zhiping.accounts.pin", f"{token_hash} {pin}", algorithm="sha256").hexdigest()


def try_pin(*, token: str, pin: str, now: dt.datetime) -> Invitation:
    """Return the invitation of a link and its PIN; the fifth wrong PIN ends it.

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


def accept(act: Act, invitation: Invitation, *, username: str, password: str, language: str = "") -> User:
    """Set user name and password of the invited person, whose act it is; the PIN was checked by `try_pin`.

    `language`: the one the invitation was read in, which becomes the person's. The event names the inviter,
    and a person who had a password is notified. Raises Invalid
    `accounts.invitation_gone` where it was used already, or on the user name.
    """
    person = invitation.user
    with act.record("accounts.accept", person, "user.accepted") as entry:
        if not entry.change_all(queries.open_invitations(act.now).filter(pk=invitation.pk), used=act.now):
            raise Invalid.of("accounts.invitation_gone")
        name = identity.username(username)
        if User.objects.exclude(pk=person.pk).filter(username=name).exists():
            raise Invalid.of("accounts.username_taken", "username", found=name)
        entry.change(person, username=name, language=language or person.language)
        write_password(entry, person, password, act.now)
        if inviter := invitation.by:
            entry.data = {"invited_by": inviter.name, "inviter": str(inviter.pk)}
        if invitation.again:
            _notify(invitation, "accounts.taken_again", act)
    return person


def confirm_reissues(act: Act, person: User) -> None:
    """Record that a person has seen how the own account was issued again."""
    with act.record("accounts.confirm_reissues", person, "user.reissue_seen") as entry:
        entry.change_all(queries.unseen_reissues(person), seen=act.now)
