"""Password validators: Django's with texts of the catalogue, and those of the strict profile."""

from django.contrib.auth import password_validation as django
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError

from zhiping.accounts.models import User
from zhiping.web.texts import say

KINDS = (str.islower, str.isupper, str.isdigit)


class Worded:
    """Texts of the catalogue: Django's Chinese ones say 你 and name the fields of a person in English."""

    text: str
    min_length = 0

    def get_error_message(self) -> str:
        """Return the requirement as a text."""
        return say(self.text, n=self.min_length)

    get_help_text = get_error_message


class Length(Worded, django.MinimumLengthValidator):
    """A minimum length."""

    text = "accounts.passwords.length"


class Unlike(Worded, django.UserAttributeSimilarityValidator):
    """No similarity to the person's data."""

    text = "accounts.passwords.unlike"


class Uncommon(Worded, django.CommonPasswordValidator):
    """No common password."""

    text = "accounts.passwords.uncommon"


class NotOnlyDigits(Worded, django.NumericPasswordValidator):
    """Not only digits."""

    text = "accounts.passwords.digits"


class Classes:
    """A minimum number of classes: lower case, upper case, digits, others."""

    def __init__(self, least: int) -> None:
        self.least = least

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002 - Django's signature
        """Raise ValidationError if the password has too few classes."""
        kinds = sum(any(kind(c) for c in password) for kind in KINDS)
        kinds += any(not any(kind(c) for kind in KINDS) for c in password)
        if kinds < self.least:
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> str:
        """Return the requirement as a text."""
        return say("accounts.passwords.classes", n=self.least)


class History:
    """None of the last passwords."""

    def __init__(self, last: int) -> None:
        self.last = last

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError if the password is one of the last."""
        if user is None or user._state.adding:  # noqa: SLF001 - Django's own way to know a row
            return
        known = user.former_passwords.values_list("password", flat=True)[: self.last]
        if any(check_password(password, former) for former in known):
            raise ValidationError(self.get_help_text(), code="password_history")

    def get_help_text(self) -> str:
        """Return the requirement as a text."""
        return say("accounts.passwords.history", n=self.last)
