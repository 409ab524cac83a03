"""Limits of sign-in: strangers keep no known browser out, and gain no attempts."""

import pytest
from django.core.cache import cache, caches
from django.test import Client
from tests.accounts.test_sign_in import inside, sign_in

from zhiping.accounts import devices
from zhiping.accounts.models import User


def out(client):
    client.post("/account/logout/")
    assert not inside(client)


@pytest.fixture
def known(cast):
    """Return a browser on which the officer has signed in before."""
    client = Client()
    sign_in(client, "officer")
    assert inside(client)
    out(client)
    return client


def fail(login, times, client=None):
    for n in range(times):
        sign_in(client or Client(), login, f"wrong {n}")


def test_stranger_cannot_keep_a_known_browser_out(known):
    fail("officer", 6)
    sign_in(known, "officer")
    assert inside(known)


def test_flood_from_a_shared_address_keeps_no_known_browser_out(known):
    for n in range(30):
        fail(f"nobody{n}", 1)
    stranger = Client()
    assert "尝试次数过多" in sign_in(stranger, "officer_a").content.decode()  # the flood has its limit
    sign_in(known, "officer")
    assert inside(known)


def test_known_browser_has_five_attempts(known):
    fail("officer", 5, known)
    assert "尝试次数过多" in sign_in(known, "officer").content.decode()
    assert not inside(known)


def test_known_browser_gains_no_attempts_at_other_accounts(known):
    fail("officer_a", 5)
    assert "尝试次数过多" in sign_in(known, "officer_a").content.decode()


@pytest.mark.parametrize("forge", [lambda v: v[:-1], lambda v: "x" + v, lambda _: "aa bb:1:2"])
def test_forged_cookie_is_a_strangers(known, forge):
    known.cookies[devices.COOKIE] = forge(known.cookies[devices.COOKIE].value)
    fail("officer", 5)
    assert "尝试次数过多" in sign_in(known, "officer").content.decode()


def test_browser_of_many_people_knows_the_last_ones(cast, known):
    for name in ("officer_a", "staff", "head"):
        sign_in(known, name)
        out(known)
    fail("officer", 6)
    sign_in(known, "officer")
    assert inside(known)
    assert len(known.cookies[devices.COOKIE].value) < 500


@pytest.mark.parametrize(("most", "refused"), [(None, True), (300, False)], ids=["ours", "control"])
def test_many_made_up_names_do_not_reset_the_count_of_an_account(cast, client, monkeypatch, most, refused):
    """The control: Django's own limit of entries, beyond which counters are deleted."""
    if most:
        monkeypatch.setattr(caches["default"], "_max_entries", most)
    fail("officer", 5)
    for n in range(400):  # from many addresses
        cache.set(f"name{n}", [0.0], 60)
    assert ("尝试次数过多" in sign_in(client, "officer").content.decode()) == refused


def test_cookie_is_not_for_scripts(known):
    cookie = known.cookies[devices.COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert str(User.objects.get(username="officer").pk) in cookie.value


def test_hsts_follows_the_address(cast, settings):
    assert "Strict-Transport-Security" not in Client().get("/account/login/").headers
    settings.SECURE, settings.SECURE_HSTS_SECONDS = True, 31536000
    assert Client().get("/account/login/").headers["Strict-Transport-Security"] == "max-age=31536000"
