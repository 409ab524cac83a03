"""Telephones of experts: on no page, shown on request to those who see the entry, and noted."""

import pytest
from django.urls import reverse
from tests.experts.test_experts_import import add

from zhiping.experts.models import Expert
from zhiping.ledger.models import Audit

NUMBER, MASKED = "13911112222", "139****222"


@pytest.fixture
def expert(cast):
    return add(cast, name="藏号专家", phone=NUMBER)


def noted():
    rows = Audit.objects.filter(action="phone_shown").values_list("by", "subject", "data")
    return list(rows)


@pytest.mark.parametrize("who", ["officer", "officer_a"])
@pytest.mark.parametrize("page", ["expert", "change-expert", "correct-contact"])
def test_pages_do_not_show_telephones(cast, client_for, expert, who, page):
    url = reverse(f"{'dossier' if page == 'expert' else 'experts'}:{page}", args=[expert.pk])
    shown = client_for(getattr(cast, who)).get(url).content.decode()
    assert NUMBER not in shown
    assert noted() == []


def test_list_and_export_of_the_list_hold_no_telephone(cast, client_for, expert):
    client = client_for(cast.officer)
    assert NUMBER not in client.get("/experts/").content.decode()
    assert NUMBER not in client.get("/api/v1/experts").content.decode()


@pytest.mark.parametrize("who", ["officer", "officer_a"])
def test_telephone_is_shown_on_request_and_noted(cast, client_for, expert, who):
    user = getattr(cast, who)
    client = client_for(user)
    page = client.get(reverse("dossier:expert", args=[expert.pk])).content.decode()
    assert MASKED in page
    url = reverse("experts:show-phone", args=[expert.pk])
    assert f'action="{url}"' in page
    assert client.get(url).status_code == 405
    assert NUMBER in client.post(url).content.decode()
    assert noted() == [(user.pk, str(expert.pk), {"name": "藏号专家"})]


@pytest.mark.parametrize("who", ["head", "staff", "member", "administrator", "outsider"])
def test_telephone_is_not_shown_to_others(cast, client_for, expert, who):
    answer = client_for(getattr(cast, who)).post(reverse("experts:show-phone", args=[expert.pk]))
    assert (answer.status_code, noted()) == (404, [])


def test_experts_see_their_own_telephone(cast, client_for):
    own = cast.expert("lead")
    Expert.objects.filter(pk=own.pk).update(phone=NUMBER)
    page = client_for(cast.lead).get(reverse("dossier:expert", args=[own.pk])).content.decode()
    assert NUMBER in page
    form = client_for(cast.lead).get(reverse("experts:correct-contact", args=[own.pk])).content.decode()
    assert f'value="{NUMBER}"' in form


@pytest.mark.parametrize(("typed", "left"), [("", NUMBER), ("-", ""), ("139 0000 0000", "13900000000")])
def test_form_keeps_a_hidden_telephone_unless_another_is_typed(cast, client_for, expert, typed, left):
    client, url = client_for(cast.officer), reverse("experts:correct-contact", args=[expert.pk])
    assert f'placeholder="{MASKED}"' in client.get(url).content.decode()
    assert client.post(url, {"phone": typed, "email": ""}).status_code == 302
    assert Expert.objects.get(pk=expert.pk).phone == left


def test_accounts_show_no_telephone(cast, client_for):
    staff = cast.staff
    staff.phone = NUMBER
    staff.save()
    client = client_for(cast.officer_a)
    for page in ("person", "change-person"):
        shown = client.get(reverse(f"accounts:{page}", args=[staff.pk])).content.decode()
        assert (NUMBER in shown, MASKED in shown) == (False, True)
    assert NUMBER in client.post(reverse("accounts:show-phone", args=[staff.pk])).content.decode()
    assert noted() == [(cast.officer_a.pk, str(staff.pk), {"name": staff.name})]
    found = [staff.name in client.get(f"/people/?q={q}").content.decode() for q in (NUMBER, NUMBER[:7])]
    assert found == [True, False]  # digits are not found out one by one
