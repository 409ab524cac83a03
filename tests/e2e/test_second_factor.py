"""A second step of signing in: an app's codes, a recovery code, a passkey alone."""

import base64
import hmac
import struct
import time

from tests.e2e.server import serving

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def code(secret, *, step=0):
    """Return what an authenticator app shows now, or so many half minutes later (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + step), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def prove(one, password):
    """Say who one is again, where it is asked."""
    one.page.wait_for_load_state()
    if "reauthenticate" in one.page.url:
        one.fill("accounts.sign_in_fields", password=password)
        one.press("accounts.reauthenticate.button")
        one.page.wait_for_load_state()


def sign_in(one, password, second):
    """Sign in with a password and what comes second."""
    one.context.clear_cookies()
    one.go("/account/login/")
    one.fill("accounts.sign_in_fields", login="operator", password=password)
    one.press("accounts.sign_in.title")
    one.sees("accounts.second.enter")
    one.fill("accounts.sign_in_fields", code=second)
    one.press("accounts.sign_in.title")


def test_app_and_recovery_code_are_asked_after_the_password(demo, tmp_path, visitor):
    with serving(demo, tmp_path / "data") as server:
        one, password = visitor(server), server.password()
        one.sign_in("operator", password)
        one.go("/account/mfa/")
        one.follow("accounts.second.app_activate")
        prove(one, password)
        secret = one.page.locator("img.qr").get_attribute("alt")
        one.fill("accounts.sign_in_fields", code=code(secret))
        one.press("accounts.second.app_activate")
        one.sees("accounts.second.on")
        one.go("/account/mfa/recovery-codes/")
        prove(one, password)
        spare = one.page.locator("main ul.font-monospace li").first.inner_text()
        sign_in(one, password, "000000" if code(secret, step=1) != "000000" else "111111")
        one.page.locator(".alert-danger, .field-errors").first.wait_for()
        sign_in(one, password, code(secret, step=1))  # a code is good once
        one.page.wait_for_url(f"{server.address}/")
        sign_in(one, password, spare)
        one.page.wait_for_url(f"{server.address}/")
        sign_in(one, password, spare)
        one.page.locator(".alert-danger, .field-errors").first.wait_for()


def test_passkey_alone_signs_in(demo, tmp_path, visitor):
    with serving(demo, tmp_path / "data", host="localhost") as server:
        one, password = visitor(server), server.password()
        devices = one.context.new_cdp_session(one.page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        one.sign_in("operator", password)
        one.go("/account/mfa/")
        one.follow("words.add")
        prove(one, password)
        one.fill("accounts.sign_in_fields", name="工作手机", passwordless=True)
        one.press("words.add")
        one.sees("accounts.second.key_added")
        one.context.clear_cookies()
        one.go("/account/login/")
        one.press("accounts.sign_in.passkey")
        one.page.wait_for_url(f"{server.address}/")
        one.sees("郝佳")
