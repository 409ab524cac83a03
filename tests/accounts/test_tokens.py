"""Tokens end with what they rest on; who looks after an account sees and ends them."""

import pytest
from django.test import Client
from django.utils import timezone
from tests.accounts.second_factors import give

from zhiping.accounts import queries
from zhiping.accounts.actions import invitations, passwords, people, tokens
from zhiping.domain.errors import NotAllowed
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event


def make(person, name="报表系统"):
    return tokens.add_token(Act(person, timezone.now()), name=name, scope="write", days=30)


def works(secret):
    return Client().get("/api/v1/platforms", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def accept(person, by):
    slip = invitations.invite(Act(by, timezone.now()), person=person)
    found = invitations.try_pin(token=slip.path.rpartition("/")[2], pin=slip.pin, now=timezone.now())
    act = Act(found.user, timezone.now())
    invitations.accept(act, found, username=person.username, password="Other-Meadow-7412")


ENDS = {
    "own password": lambda _, p: passwords.set_password(
        Act(p, timezone.now()), person=p, password="Other-Meadow-7412"
    ),
    "password by invitation": lambda cast, p: accept(p, cast.administrator),
    "signed out everywhere": lambda cast, p: people.end_sessions(
        Act(cast.administrator, timezone.now()), person=p
    ),
    "signed oneself out everywhere": lambda _, p: people.end_sessions(Act(p, timezone.now()), person=p),
    "second factor reset": lambda cast, p: people.reset_second_factor(
        Act(cast.administrator, timezone.now()), person=p, reason="手机丢失"
    ),
    "shut and let in again": lambda cast, p: [
        step(Act(cast.administrator, timezone.now()), p, reason="查清了")
        for step in (people.deactivate, people.reactivate)
    ],
}


@pytest.mark.parametrize("how", ENDS)
def test_tokens_end_with_security_changes_of_the_account(cast, how):
    secret, others = make(cast.staff)[1], make(cast.head)[1]
    assert works(secret)
    ENDS[how](cast, cast.staff)
    assert cast.staff.is_active
    assert not works(secret)
    assert works(others)


def test_token_does_not_bypass_a_required_second_factor(cast, settings):
    person, secret = cast.outsider, make(cast.outsider)[1]
    settings.REQUIRE_MFA = {"administrator"}
    assert works(secret)
    people.change_person(Act(cast.administrator, timezone.now()), person=person, office="administrator")
    assert not works(secret)
    give(cast.outsider)
    assert works(secret)


def revoke(client, person, token):
    return client.post(f"/people/{person.pk}/tokens/{token.pk}/revoke").status_code


@pytest.mark.parametrize("who", ["administrator", "officer", "officer_a"])
def test_managers_of_an_account_see_and_revoke_its_tokens(cast, client_for, who):
    token, secret = make(cast.staff)
    client = client_for(getattr(cast, who))
    page = client.get(f"/people/{cast.staff.pk}").content.decode()
    assert "报表系统" in page
    assert secret not in page
    assert revoke(client, cast.staff, token) == 302
    assert not works(secret)
    event = Event.objects.filter(head=cast.staff.pk, name="user.token_revoked").latest("seq")
    assert (event.by, event.data["token"]) == (getattr(cast, who), str(token.pk))
    assert event.data["changes"]["accounts_apitoken"][str(token.pk)]["revoked"][0] is None
    assert revoke(client, cast.staff, token) == 302  # twice


def test_other_users_cannot_see_or_revoke_tokens(cast, client_for):
    token, secret = make(cast.officer_a)
    assert revoke(client_for(cast.officer_b), cast.officer_a, token) == 404
    assert revoke(client_for(cast.officer), cast.officer_a, token) == 403
    assert list(queries.tokens_of(cast.officer, cast.officer_a)) == []
    assert revoke(client_for(cast.staff), cast.officer_a, token) in (403, 404)
    assert revoke(client_for(cast.administrator), cast.staff, token) == 404  # not this person's
    assert client_for(cast.staff).post(f"/account/tokens/{token.pk}/revoke").status_code == 404
    with pytest.raises(NotAllowed):
        tokens.revoke_token(Act(cast.officer, timezone.now()), token=token)
    assert works(secret)
    assert client_for(cast.officer_a).post(f"/account/tokens/{token.pk}/revoke").status_code == 302
    assert not works(secret)
