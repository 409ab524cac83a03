"""One evaluation on one page and in the API: what each reader learns of the panel and of what happened."""

import pytest
from django.urls import reverse
from tests.preparation import panels
from tests.server.cast import NOW

from zhiping.preparation.actions.declaration import sign_declarations
from zhiping.preparation.actions.recusal import ask_recusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation(cast):
    """An evaluation whose second member has a conflict and asks to step aside."""
    found = panels.opened(cast, phase="planned")
    seats = panels.composed(cast, found, conflict="配偶在该中心任职")
    seat = seats["member"]
    sign_declarations(by=cast.member, now=NOW, seats=[seat], conflict="配偶在该中心任职")
    ask_recusal(by=cast.member, now=NOW, seat=seat, reason="利害关系")
    return found


def read(client, evaluation):
    page = client.get(reverse("preparation:evaluation", args=[evaluation.pk]))
    panel = client.get(f"/api/v1/evaluations/{evaluation.pk}/panel").json()
    return page, panel


def test_the_operator_learns_no_names_before_the_preparation(cast, client_for, evaluation):
    page, panel = read(client_for(cast.head), evaluation)
    assert "专家成员一" not in page.content.decode()
    assert panel == {"seats": [], "checks": []}


def test_the_operator_learns_names_then_and_neither_checks_nor_declarations(cast, client_for, evaluation):
    panels.phase(evaluation, "preparing")
    page, panel = read(client_for(cast.staff), evaluation)
    text = page.content.decode()
    assert "专家成员一" in text
    assert page.context["checks"] == []
    assert "已签承诺书" not in text
    assert panel["checks"] == []
    assert {seat["declared"] for seat in panel["seats"]} == {None}


def test_who_asked_to_step_aside_is_no_news_for_the_operator(cast, client_for, evaluation):
    panels.phase(evaluation, "preparing")
    told = {
        name: {
            event.name for event in read(client_for(getattr(cast, name)), evaluation)[0].context["timeline"]
        }
        for name in ("staff", "lead", "officer_a")
    }
    assert told["staff"] == {"evaluation.planned", "evaluation.prepared"}
    assert {"recusal.asked", "declaration.signed", "panel.seated"} < told["lead"]
    assert told["lead"] == told["officer_a"]


@pytest.mark.parametrize("name", ["officer_a", "lead", "substitute"])
def test_who_runs_it_or_sits_on_it_reads_the_checks(cast, client_for, name):
    found = panels.opened(cast)
    panels.composed(cast, found, substitutes=("substitute",))
    page, panel = read(client_for(getattr(cast, name)), found)
    assert page.context["checks"] == panel["checks"] != []
    assert {seat["declared"] for seat in panel["seats"]} == {True}
