"""A second factor for tests: an authenticator app's key, and the code it shows."""

import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value


def give(person):
    """Set up an authenticator app for a person; return its key."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return secret


def code(secret, step=0):
    """Return the code the app shows now, or some steps later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))
