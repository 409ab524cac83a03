"""Second factors: set up, asked for, kept as secrets, asked of offices."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from tests.accounts.second_factors import code, give
from tests.server.cast import PASSWORD

from zhiping.ledger.models import Audit, Event


def sign_in(client, name):
    return client.post("/account/login/", {"login": name, "password": PASSWORD})


@pytest.fixture
def client(cast):
    client = Client()
    sign_in(client, "officer")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def test_app_is_set_up_and_asked_for_at_the_next_sign_in(cast, client, django_capture_on_commit_callbacks):
    page = client.get("/account/mfa/totp/activate/")
    secret = page.context["form"].secret
    assert client.post("/account/mfa/totp/activate/", {"code": "000000"}).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/account/mfa/totp/activate/", {"code": code(secret)})
    assert answer.headers["Location"] == "/account/mfa/recovery-codes/"
    assert client.get("/account/mfa/recovery-codes/").status_code == 200
    other = Client()
    assert sign_in(other, "officer").headers["Location"] == "/account/mfa/authenticate/"
    assert other.get("/account/").status_code == 302
    assert other.post("/account/mfa/authenticate/", {"code": "000000"}).status_code == 200
    assert other.post("/account/mfa/authenticate/", {"code": code(secret, 1)}).headers["Location"] == "/"
    assert other.get("/account/").status_code == 200
    kept = list(
        Audit.objects.filter(by=cast.officer, action__startswith="second").values_list("action", flat=True)
    )
    assert sorted(kept) == ["second_factor_added", "second_factor_added", "second_factor_failed"]
    events = Event.objects.filter(head=cast.officer.pk, name="user.second_factor_added").order_by("seq")
    rows = [row for event in events for row in event.data["changes"]["mfa_authenticator"].values()]
    assert [row["type"] for row in rows] == [[None, "totp"], [None, "recovery_codes"]]
    assert secret not in str([event.data for event in events])
    assert len({row["data"][1] for row in rows}) == 2


def test_code_is_valid_once(cast):
    secret = give(cast.officer)
    codes = code(secret)
    one, two = Client(), Client()
    for client in (one, two):
        sign_in(client, "officer")
        client.post("/account/mfa/authenticate/", {"code": codes})
    assert (one.get("/account/").status_code, two.get("/account/").status_code) == (200, 302)


def test_attempts_of_codes_are_limited(cast):
    secret = give(cast.officer)
    client = Client()
    sign_in(client, "officer")
    for _ in range(5):
        client.post("/account/mfa/authenticate/", {"code": "000000"})
    page = client.post("/account/mfa/authenticate/", {"code": code(secret)})
    assert (page.status_code, "尝试次数过多" in page.content.decode()) == (200, True)


def test_recovery_code_is_valid_once(cast):
    give(cast.officer)
    spare = Authenticator.objects.get(user=cast.officer, type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (200, 302):
        client = Client()
        sign_in(client, "officer")
        client.post("/account/mfa/authenticate/", {"code": spare})
        assert client.get("/account/").status_code == expected


def test_secrets_are_encrypted_in_the_database(cast):
    secret = give(cast.officer)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code(secret))


def test_setting_up_needs_reauthentication(cast, client_for):
    for address in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        answer = client_for(cast.officer).get(f"/account/mfa/{address}")
        assert answer.headers["Location"].startswith("/account/reauthenticate/"), address


def test_offices_that_require_a_second_factor_set_it_up_first(cast, client_for, settings):
    settings.REQUIRE_MFA = {"administrator", "auditor"}
    client = client_for(cast.administrator)
    for address in ("/people/", "/account/", "/"):
        assert client.get(address).headers["Location"] == "/account/mfa/"
    assert "您的职务要求启用两步验证" in client.get("/account/mfa/").content.decode()
    assert client_for(cast.officer).get("/people/").status_code == 200
    give(cast.administrator)
    assert client.get("/people/").status_code == 200


def test_passkey_needs_no_user_name(cast):
    """The request to the device does not reveal which accounts there are."""
    answer = Client().get("/account/mfa/webauthn/login/", headers={"Accept": "application/json"})
    asked = answer.json()["request_options"]["publicKey"]
    assert (answer.status_code, asked.get("allowCredentials", [])) == (200, [])


@pytest.mark.parametrize(
    "address",
    ["", "totp/activate/", "webauthn/", "webauthn/add/", "recovery-codes/generate/"],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_have_no_inline_script_or_style(cast, client, address, language):
    client.cookies["zhiping_language"] = language
    page = client.get(f"/account/mfa/{address}").content.decode()
    assert " style=" not in page
    assert " onclick=" not in page
    scripts = [part.split(">")[0] for part in page.split("<script")[1:]]
    assert all(' src="' in s or 'type="application/json"' in s for s in scripts), scripts
