"""An account that is issued again: its owner is notified, and shown it at the next sign-in."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.accounts.test_invitations import accept, enter
from tests.server.signing_in import sign_in

from zhiping.accounts.actions import invitations
from zhiping.accounts.models import Invitation
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.notices.models import Notice

BANNER = "您的账户被重新开通"
CONFIRM = "/account/reissues"


@pytest.fixture
def slip(cast):
    return invitations.invite(Act(cast.officer_a, timezone.now()), person=cast.staff)


def notified(person):
    notices = Notice.objects.filter(to=person, code__startswith="accounts.").order_by("created")
    return [(notice.code, notice.data["by"]) for notice in notices]


def signed_in(person):
    client = Client()
    person.refresh_from_db()
    sign_in(client, person)
    return client


def take(slip, username="staff"):
    client = Client()
    enter(client, slip)
    assert accept(client, username).status_code == 302


def test_owner_is_notified_when_invited_and_when_it_is_accepted(cast, slip):
    assert notified(cast.staff) == [("accounts.invited_again", cast.officer_a.name)]
    take(slip)
    assert notified(cast.staff)[1:] == [("accounts.taken_again", cast.officer_a.name)]


def test_first_invitation_is_no_reissue(cast):
    """Positive control."""
    staff = cast.staff
    staff.set_unusable_password()
    staff.save()
    take(invitations.invite(Act(cast.officer_a, timezone.now()), person=staff))
    assert notified(cast.staff) == []
    assert not Invitation.objects.get().again
    assert BANNER not in signed_in(cast.staff).get("/").content.decode()


def test_event_of_the_acceptance_names_the_inviter(cast, client_for, slip):
    take(slip)
    event = Event.objects.get(head=cast.staff.pk, name="user.accepted")
    assert (event.by, event.data["invited_by"]) == (cast.staff, cast.officer_a.name)
    assert event.data["inviter"] == str(cast.officer_a.pk)
    page = client_for(cast.officer_a).get(reverse("accounts:person", args=[cast.staff.pk])).content.decode()
    assert f"（由{cast.officer_a.name}邀请）" in page


def test_banner_stays_until_it_is_confirmed(cast, slip):
    take(slip)
    client, other_device = signed_in(cast.staff), signed_in(cast.staff)
    urls = ("/", "/account/", "/notices/")
    assert [BANNER in client.get(url).content.decode() for url in urls] == [True, True, True]
    assert client.post(CONFIRM).status_code == 302
    assert BANNER not in client.get("/").content.decode()
    assert BANNER not in signed_in(cast.staff).get("/").content.decode()
    other_device.post(CONFIRM)
    assert BANNER not in other_device.get("/").content.decode()


def test_banner_shows_an_invitation_before_it_is_accepted_and_again_after(cast, slip):
    client = signed_in(cast.staff)
    assert "发出了新的邀请" in client.get("/").content.decode()
    client.post(CONFIRM)
    take(slip)
    assert "设置了新密码" in signed_in(cast.staff).get("/").content.decode()


def test_own_page_lists_reissues_after_they_are_confirmed(cast, slip):
    take(slip)
    client = signed_in(cast.staff)
    client.post(CONFIRM)
    page = client.get("/account/").content.decode()
    assert "重新邀请的记录" in page
    assert cast.officer_a.name in page


def test_other_people_see_no_banner(cast, slip):
    assert BANNER not in signed_in(cast.officer_a).get("/").content.decode()
