"""Re-authentication before security-sensitive changes."""

import pytest
from django.test import Client
from tests.server.cast import PASSWORD
from tests.server.signing_in import sign_in

from zhiping.accounts.models import ApiToken, User
from zhiping.accounts.reauthentication import RECENT
from zhiping.ids import uuid7

PAGES = {
    "own data": ("staff", "get", lambda _: "/account/change"),
    "own data sent": ("staff", "post", lambda _: "/account/change"),
    "token": ("staff", "post", lambda _: "/account/tokens"),
    "invitation": ("officer_a", "get", lambda cast: f"/people/{cast.staff.pk}/invite"),
    "invitations": ("officer_a", "get", lambda _: "/people/invite"),
    "person": ("administrator", "get", lambda cast: f"/people/{cast.staff.pk}/change"),
    "second factor": ("administrator", "get", lambda cast: f"/people/{cast.staff.pk}/second-factor"),
}


@pytest.mark.parametrize("what", PAGES)
def test_security_sensitive_pages_need_reauthentication(cast, what):
    who, method, address = PAGES[what]
    client = Client()
    sign_in(client, getattr(cast, who), ago=RECENT)
    answer = getattr(client, method)(address(cast))
    assert answer.headers["Location"].startswith("/account/reauthenticate/?next=")
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("what", [what for what in PAGES if what != "second factor"])
def test_recent_sign_in_needs_no_reauthentication(cast, what):
    who, method, address = PAGES[what]
    client = Client()
    sign_in(client, getattr(cast, who), ago=RECENT - 60)
    assert getattr(client, method)(address(cast)).status_code in (200, 422)


def test_reading_tokens_needs_no_reauthentication(cast):
    client = Client()
    sign_in(client, cast.staff, ago=RECENT)
    assert client.get("/account/tokens").status_code == 200


def test_post_continues_after_reauthentication(cast):
    client = Client()
    sign_in(client, cast.staff, ago=RECENT)
    values = {"key": uuid7(), "name": "报表", "scope": "read", "days": "5"}
    asked = client.post("/account/tokens", values).headers["Location"]
    assert client.post(asked, {"password": "wrong"}).status_code == 200
    assert not ApiToken.objects.exists()
    page = client.post("/account/reauthenticate/", {"password": PASSWORD, "next": "/account/tokens"})
    assert "zp_" in page.content.decode()
    assert ApiToken.objects.get().name == "报表"


def test_address_stays_until_it_is_proven(cast):
    client = Client()
    sign_in(client, cast.staff, ago=RECENT)
    values = {
        "key": uuid7(),
        "seen": cast.staff.head.size,
        "name": "甲",
        "email": "other@example.org",
        "language": "zh",
    }
    client.post("/account/change", values)
    assert User.objects.get(username="staff").email == ""
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": "/account/change"})
    assert User.objects.get(username="staff").email == "other@example.org"
