"""Declarations signed with an account that was issued again: they wait for another officer."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.panels import panels
from tests.server.cast import NOW, TODAY

from zhiping.accounts.actions import invitations
from zhiping.accounts.actions.people import change_person
from zhiping.domain.errors import Conflict, NotAllowed
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.ledger.verification import verify_all
from zhiping.notices.models import Notice
from zhiping.panels.actions import declaration as actions
from zhiping.panels.actions.panel import seat_expert
from zhiping.panels.queries.check import panel_checks
from zhiping.texts.wording import check_rows

LATER = NOW + dt.timedelta(hours=1)
PASSWORD = "Neue-Wiese-9921"


@pytest.fixture
def evaluation(cast):
    return composed(cast)


def composed(cast, **facts):
    for person in (cast.member, cast.member2):
        change_person(Act(cast.administrator, NOW), person, keeper=cast.organisation("a"))
    found = panels.opened(cast, **facts)
    for name, role in (("lead", "lead"), ("member", "member"), ("member2", "member")):
        seat_expert(Act(cast.officer_a, NOW), evaluation=found, expert=cast.expert(name), role=role)
    return found


def seat(evaluation, name="专家成员一"):
    return panels.seats(panels.fresh(evaluation))[name]


def take_over(person, by, now=NOW):
    """Invite a person who has a password, and accept it in the person's place."""
    slip = invitations.invite(Act(by, now), person=person)
    found = invitations.try_pin(token=slip.path.rpartition("/")[2], pin=slip.pin, now=now)
    return invitations.accept(Act(found.user, now), found, username=person.username, password=PASSWORD)


def signed(evaluation, name="专家成员一"):
    mine = seat(evaluation, name)
    actions.sign_declarations(Act(mine.expert.user, LATER), seats=[mine], conflict="")
    return seat(evaluation, name)


def declared(evaluation):
    checks = panel_checks(panels.fresh(evaluation), today=TODAY)
    pairs = zip(checks, check_rows(checks), strict=True)
    return next((check, row) for check, row in pairs if check["code"] == "declaration")


def test_signature_after_a_takeover_waits_for_another_officer(cast, evaluation):
    take_over(cast.member, cast.officer)
    for name in ("专家组长", "专家成员一", "专家成员二"):
        signed(evaluation, name)
    check, row = declared(evaluation)
    assert check["state"] == "not_shown"
    assert check["data"] == {"experts": ["专家成员一"], "unconfirmed": ["专家成员一"]}
    assert row["detail"] == "账户重新开通后签署，待另一名工作人员确认：专家成员一"
    for refused in (cast.officer, cast.member, cast.lead, cast.head):
        with pytest.raises(NotAllowed):
            actions.confirm_declaration(Act(refused, LATER), seat(evaluation))
    actions.confirm_declaration(Act(cast.officer_a, LATER), seat(evaluation))
    assert declared(evaluation)[0]["state"] == "pass"
    assert seat(evaluation).confirmed_by == cast.officer_a
    event = Event.objects.filter(head=evaluation.pk).latest("seq")
    assert (event.name, event.by) == ("declaration.confirmed", cast.officer_a)


def test_signature_without_a_takeover_needs_no_confirmation(cast, evaluation):
    """Positive control: a signature before the takeover, an invitation that is not used."""
    signed(evaluation)
    take_over(cast.member, cast.officer, LATER + dt.timedelta(hours=1))
    invitations.invite(Act(cast.officer, NOW), person=cast.member2)
    assert not seat(evaluation).unconfirmed
    assert not signed(evaluation, "专家成员二").unconfirmed
    with pytest.raises(Conflict):
        actions.confirm_declaration(Act(cast.officer_a, LATER), seat(evaluation))


def test_signing_again_after_a_takeover_is_flagged(cast, evaluation):
    signed(evaluation)
    take_over(cast.member, cast.officer)
    assert signed(evaluation).unconfirmed


def test_later_signatures_are_free_once_one_is_confirmed(cast, evaluation):
    take_over(cast.member, cast.officer)
    actions.confirm_declaration(Act(cast.officer_a, LATER), signed(evaluation))
    assert not signed(evaluation).unconfirmed
    take_over(cast.member, cast.officer_a, LATER)
    assert signed(evaluation).unconfirmed
    with pytest.raises(NotAllowed):
        actions.confirm_declaration(Act(cast.officer_a, LATER), seat(evaluation))


def test_paper_replaces_a_signature_that_waits(cast, evaluation):
    take_over(cast.member, cast.officer)
    found = signed(evaluation)
    actions.record_declaration(Act(cast.officer_a, LATER), found, signed=TODAY, conflict="")
    assert (seat(evaluation).on_paper, seat(evaluation).unconfirmed) == (True, False)


@pytest.mark.parametrize(("inviter", "notified"), [("officer", ["officer_a"]), ("officer_a", [])])
def test_officers_other_than_the_inviter_are_notified(cast, evaluation, inviter, notified):
    take_over(cast.member, getattr(cast, inviter))
    signed(evaluation)
    notices = Notice.objects.filter(code="panel.confirm_declaration").values_list("to", flat=True)
    assert list(notices) == [getattr(cast, name).pk for name in notified]


def test_panel_page_flags_and_confirms(cast, client_for, evaluation):
    take_over(cast.member, cast.officer)
    found = signed(evaluation)
    page = reverse("panels:panel", args=[evaluation.pk])
    confirm = reverse("panels:confirm-declaration", args=[found.pk])
    inviter, other = client_for(cast.officer), client_for(cast.officer_a)
    shown = inviter.get(page).content.decode()
    assert ("待确认" in shown, confirm in shown) == (True, False)
    assert inviter.post(confirm).status_code == 403
    assert confirm in other.get(page).content.decode()
    assert other.post(confirm).status_code == 302
    assert "待确认" not in other.get(page).content.decode()


def test_confirmations_are_replayed(cast):
    evaluation = composed(cast, phase="planned")
    take_over(cast.member, cast.officer)
    actions.confirm_declaration(Act(cast.officer_a, LATER), signed(evaluation))
    assert list(verify_all()) == []
