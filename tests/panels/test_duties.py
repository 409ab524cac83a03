"""Sharing duties: in one click, by hand, for everybody to read and print."""

import pytest
from django.urls import reverse
from tests.panels import panels
from tests.server.cast import NOW

from zhiping.domain.errors import Invalid, NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.panels.actions import duties as actions
from zhiping.panels.models import Duty


@pytest.fixture
def evaluation(cast):
    found = panels.opened(cast)
    panels.composed(cast, found)
    return found


def by_name(evaluation):
    return {
        d.indicator: (d.leads.expert.name, d.checks.expert.name)
        for d in Duty.objects.filter(evaluation=evaluation)
    }


def test_one_click_shares_everything_out_evenly(cast, client_for, evaluation):
    Duty.objects.all().delete()
    address = reverse("panels:share-duties", args=[evaluation.pk])
    assert client_for(cast.lead).post(address, {"key": uuid7()}).status_code == 302
    found = by_name(evaluation)
    assert len(found) == 19
    leads = [lead for lead, _ in found.values()]
    assert {leads.count(name) for name in set(leads)} <= {5, 6, 7, 8}


def test_each_duty_can_be_changed_by_hand(cast, client_for, evaluation):
    seats = panels.seats(evaluation)
    address = reverse("panels:duties", args=[evaluation.pk])
    client = client_for(cast.officer_a)
    page = client.get(address)
    given = {name: page.context["form"][name].value() or "" for name in page.context["form"].fields}
    one, other = str(seats["专家成员一"].pk), str(seats["专家成员二"].pk)
    given |= {"leads-7": one, "checks-7": other}
    assert client.post(address, given).status_code == 302
    assert by_name(evaluation)["7"] == ("专家成员一", "专家成员二")
    page = client.post(address, given | {"key": uuid7(), "seen": "", "checks-7": one})
    assert "牵头与复核不能是同一人" in page.content.decode()
    assert by_name(evaluation)["7"] == ("专家成员一", "专家成员二")


def test_seat_of_another_evaluation_gets_no_duty(cast, evaluation):
    other = panels.opened(cast, "b")
    panels.composed(cast, other)
    foreign, own = (panels.seats(each)["专家组长"].pk for each in (other, evaluation))
    with pytest.raises(Invalid, match=r"panel\.duty_unknown"):
        actions.assign_duties(Act(cast.officer, NOW), evaluation=evaluation, duties={"7": (foreign, None)})
    with pytest.raises(Invalid, match=r"panel\.duty_unknown"):
        actions.assign_duties(Act(cast.officer, NOW), evaluation=evaluation, duties={"99": (own, None)})


def test_a_checker_alone_is_no_duty(cast, evaluation):
    own = panels.seats(evaluation)["专家组长"].pk
    with pytest.raises(Invalid, match=r"panel\.duty_alone"):
        actions.assign_duties(Act(cast.officer, NOW), evaluation=evaluation, duties={"7": (None, own)})


@pytest.mark.parametrize("name", ["member", "staff", "head", "officer_b", "outsider", "administrator"])
def test_only_who_runs_or_leads_shares_out(cast, evaluation, name):
    before = Event.objects.count()
    with pytest.raises(NotAllowed):
        actions.share_duties(Act(getattr(cast, name), NOW), evaluation=evaluation)
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("name", "status"), [("member", 200), ("staff", 200), ("officer_b", 404), ("outsider", 404)]
)
def test_the_list_is_read_by_panel_and_operator(cast, client_for, evaluation, name, status):
    page = client_for(getattr(cast, name)).get(reverse("panels:duties", args=[evaluation.pk]))
    assert page.status_code == status
    if status == 200:
        assert "计量服务" in page.content.decode()
        assert not page.context["may"]


def test_duties_need_seats(cast):
    empty = panels.opened(cast, "b")
    with pytest.raises(Invalid, match=r"panel\.nobody_to_share"):
        actions.share_duties(Act(cast.officer, NOW), evaluation=empty)
