"""Declaring: on one's own account, for a trip at once, on paper; and who reads a conflict."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.urls import reverse
from tests.panels import panels
from tests.server.cast import NOW, TODAY

from zhiping.documents.papers.word import papers
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.notices.models import Notice
from zhiping.panels.actions import declaration as actions
from zhiping.panels.actions.panel import seat_expert
from zhiping.panels.queries.check import panel_checks
from zhiping.texts import catalogue


@pytest.fixture
def evaluation(cast):
    found = panels.opened(cast)
    for name, role in (("lead", "lead"), ("member", "member"), ("member2", "member")):
        seat_expert(Act(cast.officer_a, NOW), evaluation=found, expert=cast.expert(name), role=role)
    return found


def seat(evaluation, name="专家成员一"):
    return panels.seats(evaluation)[name]


def check(evaluation, code):
    found = panel_checks(panels.fresh(evaluation), today=TODAY)
    return next(c["state"] for c in found if c["code"] == code)


def sign(cast, client, evaluation, **given):
    address = reverse("panels:declare", args=[evaluation.pk])
    size = panels.fresh(evaluation).head.size
    return client.post(address, {"standing": "none", "key": uuid7(), "seen": size} | given)


def test_an_expert_signs_and_the_check_passes_when_all_have(cast, evaluation):
    for name in ("专家组长", "专家成员一", "专家成员二"):
        assert check(evaluation, "declaration") == "not_shown"
        mine = seat(evaluation, name)
        actions.sign_declarations(Act(mine.expert.user, NOW), seats=[mine], conflict="")
    assert check(evaluation, "declaration") == "pass"


def test_the_page_signs_on_the_own_account(cast, client_for, evaluation):
    assert sign(cast, client_for(cast.member), evaluation).status_code == 302
    assert seat(evaluation).declared_by == cast.member
    assert not seat(evaluation).on_paper


def test_signed_after_the_visit_began_is_too_late(cast, evaluation):
    late = dt.datetime.combine(panels.VISIT[1], dt.time(9), tzinfo=dt.UTC)
    actions.sign_declarations(Act(cast.member, late), seats=[seat(evaluation)], conflict="")
    assert check(evaluation, "declaration") == "fail"


def test_nothing_is_signed_until_the_conflict_is_stated(cast, client_for, evaluation):
    client = client_for(cast.member)
    for given in ({"standing": ""}, {"standing": "conflict"}, {"standing": "conflict", "conflict": "  "}):
        assert sign(cast, client, evaluation, **given).status_code == 422
    assert seat(evaluation).declared is None


def test_conflict_fails_the_check_and_notifies_the_authority(cast, client_for, evaluation):
    sign(cast, client_for(cast.member), evaluation, standing="conflict", conflict="曾任该中心顾问")
    assert seat(evaluation).conflict == "曾任该中心顾问"
    assert check(evaluation, "conflict") == "fail"
    assert [n.to for n in Notice.objects.filter(code="panel.conflict_declared")] == [cast.officer_a]
    assert "顾问" not in str(Notice.objects.get(code="panel.conflict_declared").data)


def test_words_left_over_after_choosing_none_are_no_conflict(cast, client_for, evaluation):
    sign(cast, client_for(cast.member), evaluation, standing="none", conflict="写了又选无")
    assert seat(evaluation).conflict == ""


def test_one_click_signs_for_the_whole_trip(cast, client_for):
    here, there = panels.trip(cast)
    for each in (here, there):
        seat_expert(Act(cast.officer, NOW), evaluation=each, expert=cast.expert("member"), role="member")
    page = client_for(cast.member).get(reverse("panels:declare", args=[here.pk]))
    assert [s.evaluation_id for s in page.context["seats"]] == [here.pk, there.pk]
    sign(cast, client_for(cast.member), here, signs=page.context["form"]["signs"].value())
    assert seat(here).declared == seat(there).declared is not None
    assert Event.objects.filter(name="declaration.signed").count() == 2


def test_what_joined_the_trip_after_the_page_was_shown_is_not_signed_for(cast, client_for):
    here, there = panels.trip(cast)
    act, given = Act(cast.officer, NOW), {"expert": cast.expert("member"), "role": "member"}
    seat_expert(act, here, **given)
    client = client_for(cast.member)
    page = client.get(reverse("panels:declare", args=[here.pk]))
    seat_expert(act, there, **given)
    signs = page.context["form"]["signs"].value()
    again = sign(cast, client, here, signs=signs, standing="")
    assert str(seat(there).pk) in again.context["form"]["signs"].value()
    sign(cast, client, here, signs=signs)
    assert seat(here).declared
    assert seat(there).declared is None


def test_signing_again_corrects_the_words_and_keeps_the_first_day(cast, evaluation):
    mine, later = seat(evaluation), NOW + dt.timedelta(days=40)
    actions.sign_declarations(Act(cast.member, NOW), seats=[mine], conflict="")
    actions.sign_declarations(Act(cast.member, later), seats=[mine], conflict="亲属新近入职")
    found = seat(evaluation)
    assert (found.declared, found.conflict) == (NOW, "亲属新近入职")
    first, second = Event.objects.filter(name="declaration.signed").order_by("seq")
    assert first.data["changes"]["panels_seat"] == {
        str(mine.pk): {"declared": [None, NOW.isoformat()], "declared_by": [None, str(cast.member.pk)]}
    }
    assert second.data["changes"]["panels_seat"] == {str(mine.pk): {"conflict": ["", "亲属新近入职"]}}


def test_a_second_click_signs_once(cast, evaluation):
    key = uuid7()
    actions.sign_declarations(Act(cast.member, NOW, key), seats=[seat(evaluation)], conflict="")
    with pytest.raises(AlreadyDone):
        actions.sign_declarations(Act(cast.member, NOW, key), seats=[seat(evaluation)], conflict="")
    assert Event.objects.filter(name="declaration.signed").count() == 1


@pytest.mark.parametrize("name", ["lead", "officer_a", "head", "officer_b", "outsider", "administrator"])
def test_declaration_of_another_expert_cannot_be_signed(cast, evaluation, name):
    with pytest.raises(NotAllowed):
        actions.sign_declarations(Act(getattr(cast, name), NOW), seats=[seat(evaluation)], conflict="")


@pytest.mark.parametrize(
    ("name", "status"), [("officer_a", 403), ("staff", 403), ("substitute", 404), ("officer_b", 404)]
)
def test_the_page_is_for_who_sits_here(cast, client_for, evaluation, name, status):
    client = client_for(getattr(cast, name))
    assert client.get(reverse("panels:declare", args=[evaluation.pk])).status_code == status


def test_a_paper_is_recorded_with_its_day_but_never_over_a_signature(cast, client_for, evaluation):
    client, found = client_for(cast.officer_a), seat(evaluation)
    address = reverse("panels:record-declaration", args=[found.pk])
    given = {"signed": "2026-05-12", "standing": "none", "key": uuid7()}
    with pytest.raises(Invalid, match=r"dates\.future"):
        actions.record_declaration(
            Act(cast.officer_a, NOW), seat=found, signed=TODAY + dt.timedelta(days=1), conflict=""
        )
    assert client.post(address, given).status_code == 302
    recorded = seat(evaluation)
    assert recorded.on_paper
    assert recorded.declared.date() == dt.date(2026, 5, 12)
    actions.sign_declarations(Act(cast.member, NOW), seats=[recorded], conflict="")
    with pytest.raises(Conflict, match=r"panel\.signed_in_person"):
        actions.record_declaration(Act(cast.officer_a, NOW), seat=seat(evaluation), signed=TODAY, conflict="")


@pytest.mark.parametrize("name", ["lead", "member", "head", "officer_b", "outsider"])
def test_only_who_runs_it_or_the_secretary_records_papers(cast, evaluation, name):
    given = {"signed": TODAY, "conflict": ""}
    with pytest.raises(NotAllowed):
        actions.record_declaration(Act(getattr(cast, name), NOW), seat=seat(evaluation), **given)
    seat_expert(
        Act(cast.officer_a, NOW), evaluation=evaluation, expert=cast.expert("substitute"), role="secretary"
    )
    actions.record_declaration(Act(cast.substitute, NOW), seat=seat(evaluation), **given)


def test_in_a_self_evaluation_people_say_what_they_run(cast, client_for):
    own = panels.expert(cast, "自评员", keeper="a1", user=cast.staff)
    evaluation = panels.opened(cast, authority=None)
    seat_expert(Act(cast.head, NOW), evaluation=evaluation, expert=own, role="lead")
    assert check(evaluation, "own_indicator") == "not_shown"
    sign(cast, client_for(cast.staff), evaluation, runs=["7", "3"])
    assert seat(evaluation, "自评员").runs == ["3", "7"]
    assert check(evaluation, "own_indicator") == "pass"


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_page_and_paper_say_the_same(language):
    """The page's undertakings stand in the paper word for word, but for the places to fill in."""
    source = Path(papers.__file__).parent / "sources" / language / "declaration.txt"
    to_fill_in = r"：\{% if.*?endif %\}| Ties I have to state: \{% if.*?endif %\}\."
    paper = re.sub(to_fill_in, "", source.read_text(encoding="utf-8"))
    for text in catalogue.lookup(language, "panel.declaration_page.text"):
        assert text in paper
