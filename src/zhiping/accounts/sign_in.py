"""allauth's forms with texts of the catalogue and CSS classes of the pages."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as codes
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as keys
from django import forms

from zhiping.accounts import queries
from zhiping.accounts.models import User
from zhiping.texts import catalogue
from zhiping.web import field_errors
from zhiping.web.forms import CLASSES
from zhiping.web.texts import language


class Worded:
    """Labels and help texts from `accounts.sign_in_fields`, CSS classes, no placeholders."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        table = catalogue.lookup(language(), "accounts.sign_in_fields")
        for name, field in self.fields.items():
            field.error_messages |= field_errors.messages(field)
            field.label = table.get(name, field.label)
            field.help_text = table.get(f"{name}_help", "")
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs["class"] = next(
                css for kind, css in CLASSES.items() if isinstance(field.widget, kind)
            )


class Login(Worded, account.LoginForm):  # type: ignore[misc] # allauth has no types
    """User name or telephone, and password."""


class ChangePassword(Worded, account.ChangePasswordForm):  # type: ignore[misc] # allauth has no types
    """The present password, and the new one twice."""


class ResetPassword(Worded, account.ResetPasswordForm):  # type: ignore[misc] # allauth has no types
    """The e-mail address a link is sent to, if its owner knows of it."""

    def clean_email(self) -> str:
        """Leave out accounts whose address another person set: the link would be that person's."""
        email = str(super().clean_email())
        self.users: list[User] = [user for user in self.users if queries.knows_email(user)]
        return email


class ResetPasswordFromKey(Worded, account.ResetPasswordKeyForm):  # type: ignore[misc] # allauth has no types
    """The new password, twice."""


class Reauthenticate(Worded, account.ReauthenticateForm):  # type: ignore[misc] # allauth has no types
    """The password, to re-authenticate."""


class Authenticate(Worded, codes.AuthenticateForm):  # type: ignore[misc] # allauth has no types
    """A code of the authenticator app, or a recovery code."""


class ReauthenticateByCode(Worded, codes.ReauthenticateForm):  # type: ignore[misc] # allauth has no types
    """A code, to re-authenticate."""


class ActivateApp(Worded, totp.ActivateTOTPForm):  # type: ignore[misc] # allauth has no types
    """The first code of an authenticator app."""


class AddKey(Worded, keys.AddWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """The name of a key, and whether it replaces the password."""


class RenameKey(Worded, keys.EditWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """A new name for a key."""
