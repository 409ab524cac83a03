"""Passwords: two profiles, changed by oneself, reset by mail."""

import datetime as dt
import re

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from tests.server.cast import PASSWORD

from zhiping.accounts import password_profiles
from zhiping.accounts.actions import invitations, passwords, people
from zhiping.accounts.models import FormerPassword
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.notices.models import Notice

NEW = "Neue-Wiese-9921"


@pytest.fixture
def strict(settings):
    settings.PROFILE = password_profiles.PROFILES["strict"]
    settings.AUTH_PASSWORD_VALIDATORS = password_profiles.validators(settings.PROFILE)


def codes(password, person=None):
    try:
        validate_password(password, person)
    except ValidationError as error:
        return {e.code for e in error.error_list}
    return set()


def change(client, new=NEW, old=PASSWORD):
    return client.post("/account/password/change/", {"oldpassword": old, "password1": new, "password2": new})


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("wiese-hoch", set()),
        ("kurz-9921", {"password_too_short"}),
        ("1234567890", {"password_too_common", "password_entirely_numeric"}),
        ("officer_a12", {"password_too_similar"}),
        ("lowercase-only-words", set()),
    ],
)
def test_standard_profile(cast, password, found):
    assert codes(password, cast.officer_a) == found


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("Wiese-hoch-1", set()),
        ("wiese-hoch-x", {"password_classes"}),
        ("WIESE-hoch", {"password_too_short"}),
        ("草地很高ABCabc12", set()),
    ],
)
def test_strict_profile(cast, strict, password, found):
    assert codes(password, cast.officer_a) == found


def test_strict_profile_refuses_the_last_five(cast, strict):
    person, words = cast.officer, [f"Wiese-hoch-{n}-Gras" for n in range(6)]
    for n, word in enumerate(words):
        passwords.set_password(
            Act(person, timezone.now() + dt.timedelta(minutes=n)), person=person, password=word
        )
    assert [codes(word, person) for word in words] == [set(), *[{"password_history"}] * 5]
    assert FormerPassword.objects.filter(user=person).count() == 5


def test_strict_profile_asks_for_a_new_password_after_ninety_days(cast, client_for, strict, monkeypatch):
    person = cast.officer
    passwords.set_password(
        Act(person, timezone.now() - dt.timedelta(days=91)), person=person, password=PASSWORD
    )
    client = client_for(person)
    assert client.get("/people/").headers["Location"] == "/account/password/change/"
    assert "密码使用已满规定期限" in client.get("/account/password/change/").content.decode()
    assert change(client).status_code == 302
    assert client.get("/people/").status_code == 200


def test_changing_the_password_keeps_this_session_and_ends_others(cast):
    mine, other = Client(), Client()
    for client in (mine, other):
        client.post("/account/login/", {"login": "officer", "password": PASSWORD})
    assert change(mine, old="not it").status_code == 200
    assert change(mine).headers["Location"] == "/account/"
    assert (mine.get("/account/").status_code, other.get("/account/").status_code) == (200, 302)
    assert Event.objects.filter(head=cast.officer.pk, name="user.password_set").count() == 1


def test_session_continues_after_a_late_password_change(cast, client_for, monkeypatch):
    client = client_for(cast.officer)
    moment = timezone.now()
    for minutes in (20, 40):
        monkeypatch.setattr(timezone, "now", lambda m=minutes: moment + dt.timedelta(minutes=m))
        client.get("/account/")
    change(client)
    monkeypatch.setattr(timezone, "now", lambda: moment + dt.timedelta(minutes=41))
    assert client.get("/account/").status_code == 200


def ask(address):
    return Client().post("/account/password/reset/", {"email": address})


def test_link_by_mail_sets_a_new_password_once(cast, settings):
    people.change_own_account(Act(cast.officer, timezone.now()), person=cast.officer, email="o@example.cn")
    known, unknown = ask("o@example.cn"), ask("nobody@example.cn")
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert [(m.to, m.subject) for m in mail.outbox] == [(["o@example.cn"], "重设密码")]
    path = re.search(r"http://testserver(/account/password/reset/key/\S+)", mail.outbox[0].body)[1]
    client = Client()
    page = client.get(path, follow=True)
    assert page.status_code == 200
    form = page.redirect_chain[-1][0]
    client.post(form, {"password1": NEW, "password2": NEW})
    assert Client().post("/account/login/", {"login": "officer", "password": NEW}).status_code == 302
    assert "链接无效" in Client().get(path, follow=True).content.decode()


def test_link_by_mail_is_not_sent_to_an_address_another_person_set(cast):
    now = timezone.now()
    roles = [("operator", cast.organisation("a1"))]
    person = people.add_person(Act(cast.officer_a, now), name="新来的", username="newcomer", roles=roles)
    slip = invitations.invite(Act(cast.officer_a, now), person=person)
    link = invitations.try_pin(token=slip.path.rpartition("/")[2], pin=slip.pin, now=now)
    invitations.accept(Act(person, now), link, username="newcomer", password=NEW)
    people.change_own_account(Act(person, now), person=person, email="n@example.cn")
    people.change_person(Act(cast.officer_a, now), person=person, email="officer@example.cn")
    assert [n.code for n in Notice.objects.filter(to=person)] == ["accounts.email_changed"]
    people.change_person(Act(cast.officer_a, now), person=person, name="新名")
    ask("officer@example.cn")
    assert [m.subject for m in mail.outbox] == []
    people.change_own_account(Act(person, now), person=person, email="officer@example.cn")  # seen and saved
    ask("officer@example.cn")
    assert [m.to for m in mail.outbox] == [["officer@example.cn"]]


def test_link_by_mail_does_not_reactivate_an_account(cast):
    people.change_own_account(Act(cast.officer, timezone.now()), person=cast.officer, email="o@example.cn")
    people.deactivate(Act(cast.administrator, timezone.now()), person=cast.officer, reason="离职")
    ask("o@example.cn")
    assert mail.outbox == []
