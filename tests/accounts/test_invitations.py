"""Coming in: link and PIN, once, for a week; the first administrator."""

import datetime as dt
import re
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from zhiping.accounts import queries
from zhiping.accounts.actions import invitations, people
from zhiping.accounts.models import Invitation, User
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit, Event

PASSWORD = "Neue-Wiese-9921"


@pytest.fixture
def person(cast):
    place = cast.organisation("a1")
    return people.add_person(
        Act(cast.officer_a, timezone.now()), name="新来的", username="newcomer", roles=[("operator", place)]
    )


@pytest.fixture
def slip(cast, person):
    return invitations.invite(Act(cast.officer_a, timezone.now()), person=person)


def wrong(slip):
    return f"{(int(slip.pin) + 1) % 10**6:06d}"


def enter(client, slip, pin=None):
    return client.post(slip.path, {"pin": pin or slip.pin})


def accept(client, username="newcomer", password=PASSWORD, again=None):
    given = {"username": username, "password": password, "again": again or password, "key": str(uuid4())}
    return client.post("/invitation/accept", given)


def codes(refusal, action, *args, **given):
    with pytest.raises(refusal) as caught:
        action(*args, **given)
    return [p.code for p in caught.value.problems]


def test_invited_person_sets_name_and_password_and_is_signed_in(person, slip):
    client = Client()
    assert client.get(slip.path).status_code == 200
    assert enter(client, slip).headers["Location"] == "/invitation/accept"
    assert 'value="newcomer"' in client.get("/invitation/accept").content.decode()
    assert accept(client, "New.Comer").headers["Location"] == "/"
    assert client.get("/account/").status_code == 200
    found = User.objects.get(pk=person.pk)
    assert (found.username, found.check_password(PASSWORD), found.waits) == ("new.comer", True, False)


def test_language_of_the_invitation_becomes_the_persons(person, slip):
    client = Client(headers={"accept-language": "en"})
    enter(client, slip)
    accept(client)
    assert User.objects.get(pk=person.pk).language == "en"
    assert '<html lang="en"' in client.get("/").content.decode()


def test_database_stores_no_link_and_no_pin(slip):
    row = Invitation.objects.get()
    token = slip.path.rpartition("/")[2]
    kept = f"{row.token_sha256} {row.pin_hash}"
    assert token not in kept
    assert slip.pin not in kept
    events = Event.objects.filter(head=row.user_id, name="user.invited")
    assert [set(e.data["changes"]) for e in events] == [{"accounts_invitation"}]


def test_fifth_wrong_pin_ends_the_invitation(slip):
    client = Client()
    for left in (4, 3, 2, 1):
        page = enter(client, slip, wrong(slip))
        assert page.context["form"].errors == {"pin": [f"验证码不正确，还可以再试{left}次"]}
    assert "已连续输错五次" in enter(client, slip, wrong(slip)).content.decode()
    assert enter(client, slip).status_code == 422
    assert client.get("/invitation/accept").status_code == 404
    assert Audit.objects.filter(action="pin_wrong").count() == 5


def test_right_pin_does_not_count_as_an_attempt(slip):
    for _ in range(4):
        enter(Client(), slip, wrong(slip))
    for _ in range(2):
        assert enter(Client(), slip).status_code == 302


def test_attempts_at_links_are_limited_by_address_and_keep_no_invited_person_out(slip):
    for _ in range(20):
        Client().post("/invitation/no-such-link", {"pin": "000000"})
    again = Client().post("/invitation/no-such-link", {"pin": "000000"})
    assert "尝试次数过多" in again.content.decode()
    assert enter(Client(), slip).status_code == 302


def test_invitation_expires_after_a_week(slip):
    now = timezone.now()
    token = slip.path.rpartition("/")[2]
    assert codes(
        Invalid, invitations.try_pin, token=token, pin=slip.pin, now=now + dt.timedelta(days=7, minutes=1)
    ) == ["accounts.invitation_gone"]
    assert invitations.try_pin(token=token, pin=slip.pin, now=now + dt.timedelta(days=6, hours=23)).user_id


def test_used_invitation_is_invalid(slip):
    client, other = Client(), Client()
    enter(client, slip)
    enter(other, slip)
    accept(client)
    assert accept(other, password="Ganz-anders-5511").status_code == 404
    assert "已使用、已过期或已失效" in enter(Client(), slip).content.decode()


def test_unknown_used_and_expired_links_look_the_same(cast, slip):
    used = Client()
    enter(used, slip)
    accept(used)
    pages = [Client().post(path, {"pin": "123456"}) for path in (slip.path, "/invitation/no-such-link")]
    texts = [re.sub(r'value="[^"]*"', "", page.content.decode()) for page in pages]
    assert texts[0] == texts[1]


def test_new_invitation_ends_the_old_one(cast, person, slip):
    invitations.invite(Act(cast.officer_a, timezone.now()), person=person)
    assert "已使用、已过期或已失效" in enter(Client(), slip).content.decode()


def test_password_is_checked_by_the_profile(slip):
    client = Client()
    enter(client, slip)
    for password in ("kurz", "1234567890", "password123", "newcomer-1"):
        assert accept(client, password=password).status_code == 422, password
    assert "两次输入的密码不一致" in accept(client, again="Etwas-anderes-11").content.decode()
    assert accept(client).status_code == 302


def test_taken_name_is_refused_and_the_input_kept(cast, slip):
    client = Client()
    enter(client, slip)
    page = accept(client, "OFFICER").content.decode()
    assert "用户名“officer”已有人使用" in page
    assert 'value="OFFICER"' in page


def test_accepting_again_ends_old_sessions_and_asks_for_the_second_factor(cast, person, slip):
    client = Client()
    enter(client, slip)
    accept(client)
    again = invitations.invite(Act(cast.officer_a, timezone.now()), person=person)
    from tests.accounts.second_factors import give

    give(person)
    newcomer = Client()
    enter(newcomer, again)
    assert accept(newcomer, password="Ganz-anders-5511").headers["Location"] == "/account/mfa/authenticate/"
    assert newcomer.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 302


def test_deactivated_person_is_not_invited_and_cannot_accept(cast, person, slip):
    people.deactivate(Act(cast.officer_a, timezone.now()), person=person, reason="错加")
    assert "已使用、已过期或已失效" in enter(Client(), slip).content.decode()
    act, invited = Act(cast.officer_a, timezone.now()), person
    assert codes(Conflict, invitations.invite, act, invited) == ["accounts.deactivated"]


@pytest.mark.parametrize("who", ["officer_b", "staff", "auditor", "outsider", "lead", "archivist"])
def test_only_managers_of_a_person_invite(cast, person, who):
    act, invited = Act(getattr(cast, who), timezone.now()), person
    assert codes(NotAllowed, invitations.invite, act, invited) == ["accounts.not_allowed"]


@pytest.mark.parametrize("who", ["administrator", "auditor", "officer", "officer_a", "archivist"])
def test_officer_cannot_invite_people_with_more_permissions(cast, who):
    """Resetting a password means becoming that person: an officer must not become an administrator."""
    act, invited = Act(cast.officer, timezone.now()), getattr(cast, who)
    assert codes(NotAllowed, invitations.invite, act, invited) == ["accounts.not_allowed"]


def test_slip_is_shown_once_and_a_double_click_makes_one(cast, person, client_for):
    client = client_for(cast.officer_a)
    key = str(uuid4())
    page = client.post(f"/people/{person.pk}/invite", {"key": key})
    assert re.search(r">\d{6}<", page.content.decode())
    assert page.content.decode().count("data:image/svg+xml;base64,") == 1
    assert (
        client.post(f"/people/{person.pk}/invite", {"key": key}).headers["Location"] == f"/people/{person.pk}"
    )
    with pytest.raises(AlreadyDone):
        invitations.invite(Act(cast.officer_a, timezone.now(), key), person=person)


def test_slips_are_printed_for_uninvited_people_of_own_regions(cast, person, client_for):
    page = client_for(cast.officer_b).post("/people/invite", {"organisation": ""})
    assert "没有需要邀请的人员" in page.content.decode()
    page = client_for(cast.officer_a).post("/people/invite", {"organisation": cast.organisation("a1").name})
    assert page.content.decode().count("data:image/svg+xml;base64,") == 1
    page = client_for(cast.officer_a).post("/people/invite", {"organisation": ""})  # now holds a good one
    assert page.content.decode().count("data:image/svg+xml;base64,") == 0


def test_first_administrator_is_invited_only_into_an_empty_system(cast):
    now = timezone.now()
    assert codes(Conflict, invitations.invite_first_administrator, Act.clock(now)) == [
        "accounts.administrator_exists"
    ]
    User.objects.filter(office="administrator").update(is_active=False)
    first, second = (invitations.invite_first_administrator(Act.clock(now)) for _ in range(2))
    assert first != second
    client = Client()
    client.post(second[0], {"pin": second[1]})
    accept(client, "chief")
    person = User.objects.get(username="chief")
    assert (person.office, queries.has_administrator()) == ("administrator", True)
    assert codes(Conflict, invitations.invite_first_administrator, Act.clock(now)) == [
        "accounts.administrator_exists"
    ]
