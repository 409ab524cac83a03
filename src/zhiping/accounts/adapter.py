"""Adapters of allauth: passwords set by an action, few messages, encrypted secrets."""

import base64
import hashlib
from typing import Any, ClassVar
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.db.models import UUIDField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from zhiping.accounts import devices
from zhiping.accounts.actions import passwords
from zhiping.accounts.models import User
from zhiping.domain import identity
from zhiping.domain.errors import Invalid
from zhiping.ledger.act import Act
from zhiping.statements import Given, Statement
from zhiping.web.texts import lazy, say

LANGUAGES = {"zh": "zh-hans", "en": "en"}
MESSAGES = {
    "account/messages/password_changed.txt": "accounts.password.changed",
    "mfa/messages/totp_activated.txt": "accounts.second.on",
    "mfa/messages/totp_deactivated.txt": "accounts.second.off",
    "mfa/messages/webauthn_added.txt": "accounts.second.key_added",
    "mfa/messages/webauthn_removed.txt": "accounts.second.key_removed",
    "mfa/messages/recovery_codes_generated.txt": "accounts.second.codes_made",
}


def find(login: str) -> User | None:
    """Return the user with this user name or telephone number."""
    for field, write in (("username", identity.username), ("phone", identity.phone)):
        try:
            return User.objects.filter(**{field: write(identity.visible(login))}).first()
        except Invalid:
            continue
    return None


_USER = Statement(lambda: User.objects.filter(pk=Given("user", UUIDField())))


class SignIn(AuthenticationBackend):  # type: ignore[misc] # allauth has no types
    """Sign-in by user name or telephone; an unknown name needs as much time as a wrong password."""

    def _authenticate_by_username(self, username: str, password: str) -> User | None:
        user: User | None = self._check_password(find(username), password)
        if user is not None and user.hash_outdated:
            passwords.rehash_password(Act(user, timezone.now()), user, password=password)
        return user

    def get_user(self, user_id: UUID) -> User | None:
        """Return the user of a session; each request reads one."""
        user = _USER.thing(user=user_id)
        return user if user and self.user_can_authenticate(user) else None


class Accounts(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Sign-in and passwords."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": lazy("accounts.sign_in.mismatch"),
        "too_many_login_attempts": lazy("accounts.sign_in.too_many"),
        "enter_current_password": lazy("accounts.sign_in.wrong_password"),
        "incorrect_password": lazy("accounts.sign_in.wrong_password"),
        "rate_limited": lazy("accounts.sign_in.too_many"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Refuse sign-up: people are invited."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse an attempt beyond the limits: those of a browser known to the account, else of strangers.

        A success takes the attempt back, but for those of an address.
        """
        person = find(str(credentials.get("username", "")))
        if device := devices.known(request, person):
            usage = _consume(request, "login_known", f"{person and person.pk} {device}")
        else:
            key = self._get_login_attempts_cache_key(request, **credentials)
            usage = _consume(request, "login_address", "") and _consume(request, "login_failed", key)
        self._login_failed_rl_usage = usage
        if not usage:
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002 - allauth's signature
        """Count attempts by account, whatever the spelling of the name and the host.

        allauth counts by the text typed and by the Host header: each spelling and port would have a limit.
        """
        typed = str(credentials.get("username", ""))
        person = find(typed)
        return str(person.pk) if person else identity.login(typed)

    def set_password(self, user: User, password: str) -> None:
        """Set a password through the action, which records it."""
        passwords.set_password(Act(user, timezone.now()), user, password=password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """Return the URL of one's own account."""
        return "/account/"

    def post_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse:
        """Redirect with the person's language and the browser in cookies."""
        response: HttpResponse = super().post_login(request, user, **given)
        remember_language(response, user)
        devices.remember(request, response, user)
        return response

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *context: Any,
        **given: Any,
    ) -> None:
        """Show the messages that have a text in the catalogue, and no others."""
        if message_template in MESSAGES:
            super().add_message(request, level, message=say(MESSAGES[message_template]))
        elif message_template is None:
            super().add_message(request, level, None, *context, **given)


def _consume(request: HttpRequest, action: str, key: str) -> Any:
    return ratelimit.consume(request, app="allauth.account", action=action, key=key)


def remember_language(response: HttpResponse, user: User) -> None:
    """Set the language cookie to the person's language."""
    name = settings.LANGUAGE_COOKIE_NAME
    response.set_cookie(name, LANGUAGES[user.language], max_age=31536000, samesite="Lax")


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """TOTP keys and recovery codes, encrypted in the database with a key derived from the server's."""

    def get_totp_issuer(self) -> str:
        """Name the product in the authenticator app."""
        return say("web.product")

    def get_totp_label(self, user: User) -> str:
        """Name the account by its user name."""
        return str(user.username)

    def encrypt(self, text: str) -> str:
        """Encrypt a secret."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a secret."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"zhiping second factors " + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
