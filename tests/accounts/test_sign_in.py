"""Signing in and out: who may, how often one may try, how long it lasts, what the audit log keeps."""

import datetime as dt

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from tests.accounts.counting import Counting
from tests.server.cast import PASSWORD

from zhiping.accounts import password_profiles
from zhiping.accounts.actions import passwords, people, sessions
from zhiping.accounts.models import User
from zhiping.ledger.act import Act
from zhiping.ledger.entry import facts, fingerprint
from zhiping.ledger.models import Audit, Event

LOGIN = "/account/login/"


@pytest.fixture
def client():
    return Client()


def sign_in(client, login, password=PASSWORD, host="127.0.0.1", **extra):
    return client.post(LOGIN, {"login": login, "password": password, **extra}, HTTP_HOST=host)


def inside(client):
    return client.get("/account/").status_code == 200


def entries(action):
    return Audit.objects.filter(action=action)


def later(monkeypatch, **passed):
    """Let the clock of everything be later."""
    moment = timezone.now() + dt.timedelta(**passed)
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.mark.parametrize("typed", [" Officer ", "ｏfficer", "officer\u200b\ufeff"])
def test_sign_in_accepts_every_spelling_of_a_user_name(cast, client, typed):
    assert sign_in(client, typed).status_code == 302
    assert inside(client)


def test_sign_in_accepts_every_spelling_of_a_telephone_number(cast, client):
    person = cast.officer
    people.change_own_account(Act(person, timezone.now()), person=person, phone="13800138000")
    sign_in(client, "+86 138-0013-8000")
    assert inside(client)


def test_wrong_password_is_refused_and_the_name_kept(cast, client):
    answer = sign_in(client, "officer", "not the password")
    assert (answer.status_code, inside(client)) == (200, False)
    assert 'value="officer"' in answer.content.decode()


def test_unknown_name_and_wrong_password_get_the_same_response(cast, client):
    known, unknown = (sign_in(Client(), name, "not it") for name in ("officer", "nobody"))
    pages = [a.content.decode().replace("nobody", "officer") for a in (known, unknown)]
    tokens = [page.count("csrfmiddlewaretoken") for page in pages]
    texts = ["用户名、手机号码或密码不正确" in page for page in pages]
    assert (tokens[0], texts, len(pages[0])) == (tokens[1], [True, True], len(pages[1]))


def test_hash_by_an_older_algorithm_is_renewed_at_sign_in_and_recorded(cast):
    person, old = cast.officer, make_password(PASSWORD, hasher="pbkdf2_sha256")
    User.objects.filter(pk=person.pk).update(password=old)
    assert sign_in(Client(), "officer", "not it").status_code == 200
    assert User.objects.get(pk=person.pk).password == old
    client = Client()
    assert sign_in(client, "officer").headers["Location"] == "/"
    assert client.get("/account/").status_code == 200
    assert cast.officer.password.startswith("argon2")
    (event,) = Event.objects.filter(head=person.pk, name="user.password_rehashed")
    before, after = event.data["changes"]["accounts_user"][str(person.pk)]["password"]
    assert (before, after) == (f"hmac:{fingerprint(old)}", facts(cast.officer)["password"])
    assert sign_in(Client(), "officer").headers["Location"] == "/"
    assert Event.objects.filter(head=person.pk, name="user.password_rehashed").count() == 1


def test_unknown_name_invited_name_and_wrong_password_need_the_same_work(administered, settings):
    """Each is hashed exactly once: hashing needs most of the time."""
    settings.PASSWORD_HASHERS = ["tests.accounts.counting.Counting"]
    known, invited = administered
    passwords.set_password(Act(known, timezone.now()), person=known, password="Ein-anderes-Wort-88")

    def hashed(name):
        before = len(Counting.hashed)
        sign_in(Client(), name, "not it")
        return len(Counting.hashed) - before

    assert [hashed(name) for name in (known.username, invited.username, "nobody", "13800138000")] == [
        1,
        1,
        1,
        1,
    ]


@pytest.fixture
def administered(cast):
    """Return a person with a password, and an invited one."""
    by = cast.administrator
    return cast.officer, people.add_person(Act(by, timezone.now()), name="尚未接受", username="invited")


def test_sixth_attempt_within_minutes_is_refused_even_with_the_right_password(cast, client):
    for _ in range(5):
        sign_in(client, "officer", "not it")
    assert "尝试次数过多" in sign_in(client, "officer").content.decode()
    assert not inside(client)
    sign_in(client, "officer_a")
    assert inside(client)  # others go on


@pytest.mark.parametrize(
    "ways",
    [
        [{"login": "138 0013 8000"}, {"login": "+86-13800138000"}, {"login": "(138)00138000"}],
        [{"login": "ＯＦＦＩＣＥＲ"}, {"login": "officeＲ"}, {"login": "13800138000"}],
        [{"host": "localhost"}, {"host": "127.0.0.1:8001"}, {"host": "127.0.0.1:8002"}],
    ],
    ids=["number", "name", "host"],
)
def test_another_spelling_or_host_allows_no_more_attempts(cast, client, ways):
    person = cast.officer
    people.change_own_account(Act(person, timezone.now()), person=person, phone="13800138000")
    for n in range(5):
        way = {"login": "officer"} | ways[n % len(ways)]
        sign_in(client, way.pop("login"), f"wrong {n}", **way)
    assert sign_in(client, "officer").status_code == 200
    assert not inside(client)


@pytest.mark.parametrize(("language", "title"), [("zh-hans", "尝试次数过多"), ("en", "Too many tries")])
def test_too_many_sign_ins_from_one_address_are_answered_in_the_language_chosen(
    cast, client, settings, language, title
):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    client.cookies["zhiping_language"] = language
    for status in (200, 429):
        answer = client.post(LOGIN, {"login": "nobody", "password": "x"})
        assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.content.decode()


def test_deactivated_person_learns_the_reason_only_with_the_right_password(cast, client):
    people.deactivate(Act(cast.administrator, timezone.now()), person=cast.officer, reason="离职")
    assert "不正确" in sign_in(client, "officer", "not it").content.decode()
    assert sign_in(client, "officer").headers["Location"] == "/account/inactive/"
    assert not inside(client)


def test_deactivation_ends_live_sessions(cast, client):
    sign_in(client, "officer")
    people.deactivate(Act(cast.administrator, timezone.now()), person=cast.officer, reason="离职")
    assert not inside(client)


def test_signing_out_ends_the_session_on_the_server(cast, client):
    sign_in(client, "officer")
    stolen = Client()
    stolen.cookies = client.cookies.copy()
    assert inside(stolen)
    client.post("/account/logout/")
    assert not inside(stolen)


def test_sign_out_requires_post(cast, client):
    sign_in(client, "officer")
    assert client.get("/account/logout/").status_code == 200
    assert inside(client)


def test_signing_out_everywhere_ends_other_sessions_and_keeps_this_one(cast, client):
    other = Client()
    sign_in(client, "officer")
    sign_in(other, "officer")
    client.post("/account/end-sessions", {"key": "01900000-0000-7000-8000-000000000001"})
    assert (inside(client), inside(other)) == (True, False)


def test_idle_session_ends(cast, client, monkeypatch):
    sign_in(client, "officer")
    later(monkeypatch, minutes=29)
    assert inside(client)
    later(monkeypatch, minutes=29)
    assert inside(client)
    later(monkeypatch, minutes=31)
    assert not inside(client)


def test_idle_person_sees_the_reason_and_returns_to_the_page(cast, client, monkeypatch):
    sign_in(client, "officer")
    assert inside(client)
    later(monkeypatch, minutes=31)
    again = client.get("/platforms/?q=a", follow=True)
    assert again.redirect_chain == [("/account/login/?next=/platforms/%3Fq%3Da", 302)]
    assert "您已超过 30 分钟没有操作" in again.content.decode()
    assert "没有操作" not in client.get("/account/login/").content.decode()


def test_idle_person_sees_the_reason_after_the_session_was_deleted(cast, client, monkeypatch):
    sign_in(client, "officer")
    assert inside(client)
    later(monkeypatch, minutes=14 * 60)
    Session.objects.all().delete()
    assert "您已超过 30 分钟没有操作" in client.get("/platforms/", follow=True).content.decode()


def test_post_after_timeout_is_reported_as_not_saved(cast, client, monkeypatch):
    sign_in(client, "officer")
    assert inside(client)
    later(monkeypatch, minutes=31)
    page = "http://testserver/platforms/add"
    answer = client.post("/account/end-sessions", headers={"Referer": page})
    assert answer["Location"] == "/account/login/?next=/platforms/add"
    assert "刚才提交的内容没有保存" in client.get("/account/login/").content.decode()


def test_sign_out_shows_no_idle_message(cast, client, monkeypatch):
    sign_in(client, "officer")
    client.post("/account/logout/")
    later(monkeypatch, minutes=31)
    assert "没有操作" not in client.get("/platforms/", follow=True).content.decode()


def test_strict_profile_ends_idle_sessions_sooner(cast, client, monkeypatch, strict):
    sign_in(client, "officer")
    later(monkeypatch, minutes=16)
    assert not inside(client)


def test_session_without_the_cookie_ends_too(cast, client, monkeypatch):
    """A session identifier alone, stolen, is good for no longer than an unused session."""
    sign_in(client, "officer")
    for _ in range(2):
        later(monkeypatch, minutes=20)
        assert inside(client)
    del client.cookies["zhiping_seen"]
    assert not inside(client)


def test_cookie_is_invalid_for_another_session(cast, client, monkeypatch):
    mine, other = Client(), Client()
    sign_in(mine, "officer")
    sign_in(other, "officer_a")
    later(monkeypatch, minutes=20)
    assert inside(other)
    later(monkeypatch, minutes=20)
    mine.cookies["zhiping_seen"] = other.cookies["zhiping_seen"].value
    assert not inside(mine)


def test_browser_is_given_the_id_of_the_person_until_the_session_ends(cast, client, monkeypatch):
    """Scripts ask it whose things may be shown without a network."""
    given = sign_in(client, "officer").cookies["zhiping_person"]
    assert (given.value, given["httponly"]) == (str(cast.officer.pk), "")
    assert password_profiles.WHOLE * 60 - 10 < given["max-age"] <= password_profiles.WHOLE * 60
    assert "zhiping_person" not in client.get("/").cookies
    client.cookies["zhiping_person"] = str(cast.staff.pk)
    later(monkeypatch, minutes=20)
    again = client.get("/").cookies["zhiping_person"]
    assert again.value == str(cast.officer.pk)
    assert password_profiles.WHOLE * 60 - 1210 < again["max-age"] <= password_profiles.WHOLE * 60 - 1200
    later(monkeypatch, minutes=31)
    assert client.get("/").cookies["zhiping_person"].value == ""
    sign_in(client, "officer_a")
    assert client.post("/account/logout/").cookies["zhiping_person"].value == ""
    assert "zhiping_person" not in Client().get("/account/login/").cookies


def test_browser_locked_by_a_script_ends_the_session_with_the_next_request(cast, client):
    """The script leaves the cookie without a network; a sign-in after it is not locked."""
    sign_in(client, "officer")
    client.cookies["zhiping_locked"] = "1"
    answer = client.get("/", follow=True)
    assert answer.redirect_chain[0][0].startswith("/account/login/")
    assert "已在评分页面锁定" in answer.content.decode()
    assert (client.cookies["zhiping_locked"].value, client.cookies["zhiping_person"].value) == ("", "")
    client.cookies.pop("zhiping_locked")
    assert not inside(client)
    sign_in(client, "officer")
    assert inside(client)


def test_session_in_use_ends_after_a_working_day(cast, client, monkeypatch):
    sign_in(client, "officer")
    for _ in range(28):
        later(monkeypatch, minutes=25)
        assert inside(client)
        client.post("/account/reauthenticate/", {"password": PASSWORD})  # writes to the session
    later(monkeypatch, minutes=25)
    assert not inside(client)


def test_reading_pages_writes_nothing(cast, client, django_assert_num_queries, monkeypatch):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    sign_in(client, "officer")
    later(monkeypatch, minutes=20)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert inside(client)
    written = [q["sql"] for q in seen if not q["sql"].startswith("SELECT")]
    assert written == []


def test_sign_in_does_not_redirect_to_other_sites(cast, client):
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "https:evil.example"):
        answer = sign_in(Client(), "officer", next=target)
        assert answer.headers["Location"] == "/", target
    assert sign_in(client, "officer", next="/account/change").headers["Location"] == "/account/change"


def test_sign_in_requires_the_csrf_token(cast):
    assert sign_in(Client(enforce_csrf_checks=True), "officer").status_code == 403


def test_pages_require_sign_in(cast, client):
    for address in ("/", "/people/", "/organisations/", "/audit/", "/account/", "/people/add"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"{LOGIN}?next={address}")


def test_htmx_request_makes_the_browser_reload(cast, client):
    answer = client.get("/organisations/suggest", headers={"HX-Request": "true"})
    assert (answer.content, answer.headers["HX-Refresh"]) == (b"", "true")


def test_sign_up_is_not_offered(cast, client):
    assert client.get("/account/signup/").status_code == 404


def test_pages_are_in_the_persons_language_after_sign_in(cast, client):
    person = cast.officer
    people.change_own_account(Act(person, timezone.now()), person=person, language="en")
    sign_in(client, "officer")
    assert "My account" in client.get("/account/").content.decode()


def test_audit_log_has_sign_ins_failures_and_sign_outs_with_address(cast, client):
    client.defaults["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/87.0"
    sign_in(client, "officer", "not it")
    sign_in(client, "my-secret-typed-here", "not it")
    sign_in(client, "officer")
    client.post("/account/logout/")
    place = {"from": "127.0.0.1", "agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/87.0"}
    failed = entries("sign_in_failed").order_by("at")
    assert [(row.by, row.subject, row.data) for row in failed] == [
        (None, "officer", place),
        (None, "", place),
    ]
    assert [(row.by, row.data) for row in entries("signed_in")] == [(cast.officer, place)]
    assert [row.by for row in entries("signed_out")] == [cast.officer]


@pytest.fixture
def strict(settings):

    settings.PROFILE = password_profiles.PROFILES["strict"]
    settings.AUTH_PASSWORD_VALIDATORS = password_profiles.validators(settings.PROFILE)


def test_expired_sessions_are_deleted_and_others_kept(cast, client):

    sign_in(client, "officer")
    sessions.forget_sessions(Act.clock(timezone.now()))
    assert inside(client)
    sessions.forget_sessions(Act.clock(timezone.now() + dt.timedelta(hours=13)))
    assert Session.objects.count() == 0
