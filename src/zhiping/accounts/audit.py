"""Sign-ins, failures and second factors in the audit log, recorded by signals of Django and allauth.

allauth writes second factors itself, so the signals of their rows record them in the person's ledger.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_reset
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from zhiping.accounts import queries
from zhiping.accounts.adapter import find
from zhiping.accounts.models import User
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.entry import differences, facts

SECOND_FACTOR_EVENTS = {  # in the person's ledger, by what happens to the row
    "added": "user.second_factor_added",
    "changed": "user.second_factor_changed",
    "removed": "user.second_factor_removed",
}
SECOND = {
    mfa.authenticator_added: "second_factor_added",
    mfa.authenticator_removed: "second_factor_removed",
    mfa.authenticator_reset: "recovery_codes_made",
    mfa.authentication_failed: "second_factor_failed",
}


def _note(
    action: str, request: HttpRequest | None, user: User | None, *, subject: str = "", **data: str
) -> None:
    if request is not None and "REMOTE_ADDR" in request.META:
        agent = request.headers.get("User-Agent", "")[:200]
        data |= {"from": get_adapter(request).get_client_ip(request), "agent": agent}
    ledger.audit(action, by=user, at=timezone.now(), subject=subject, data=data)


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Record a sign-in; the session keeps its time, because it ends after a day, and what must be shown."""
    request.session["since"] = timezone.now().timestamp()
    if reissued := [one.as_shown() for one in queries.unseen_reissues(user)]:
        request.session["reissued"] = reissued
    _note("signed_in", request, user)


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Record a sign-out."""
    if user is not None:
        _note("signed_out", request, user)


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Record a failed attempt with the account it was for, never the text typed, which may be a password."""
    person = find(str(credentials.get("username", "")))
    _note("sign_in_failed", request, None, subject=person.username if person else "")


@receiver(password_changed)
@receiver(password_reset)
def new_password(request: HttpRequest, user: User, **_: Any) -> None:
    """Record that a password was set."""
    _note("password_set", request, user)


def _second(signal: Any, action: str) -> None:
    def note(request: HttpRequest, user: User, **given: Any) -> None:
        authenticator = given.get("authenticator")
        _note(action, request, user, kind=str(getattr(authenticator, "type", "")))

    signal.connect(note, weak=False, dispatch_uid=f"zhiping.{action}")


for _signal, _action in SECOND.items():
    _second(_signal, _action)


@receiver(pre_save, sender=Authenticator)
def keep_before(instance: Authenticator, **_: Any) -> None:
    """Keep what the database holds of a second factor, for the event of its change."""
    row = Authenticator.objects.filter(pk=instance.pk).first() if instance.pk else None
    instance.before = facts(row) if row else {}


@receiver(post_save, sender=Authenticator)
def saved(instance: Authenticator, created: bool, **_: Any) -> None:  # noqa: FBT001 - Django's signature
    """Record a second factor that was added, renamed or partly used, in the person's ledger."""
    after = facts(instance)
    changes = differences(instance.before or dict.fromkeys(after), after)
    if changes:
        _record("added" if created else "changed", instance, changes)


@receiver(pre_delete, sender=Authenticator)
def removed(instance: Authenticator, **_: Any) -> None:
    """Record that a second factor is removed, unless an action does so."""
    if not hasattr(instance, "removed_by"):
        _record("removed", instance, {name: [value, None] for name, value in facts(instance).items()})


def _record(what: str, factor: Authenticator, changes: dict[str, list[Any]]) -> None:
    act = Act(factor.user, timezone.now())
    with act.record("accounts.change_own_account", factor.user, SECOND_FACTOR_EVENTS[what]) as entry:
        entry.note(factor, changes)
