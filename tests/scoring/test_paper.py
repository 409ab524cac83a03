"""Paper sheets: entered by the secretary with a scan, confirmed or sent back by the member."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.evidence.files import picture
from tests.panels import panels
from tests.scoring.scoring import begun, fresh, give, one, typed
from tests.scoring.test_sheets import filled, taken
from tests.server.cast import NOW, unchecked

from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.notices.models import Notice
from zhiping.panels.actions.panel import seat_expert
from zhiping.scoring.models import PaperSheet, Sheet
from zhiping.scoring.queries import sheet as queries

PICTURE = picture()


@pytest.fixture
def evaluation(cast):
    made = begun(cast)
    seat_expert(Act(cast.officer, NOW), made, expert=cast.expert("substitute"), role="secretary")
    return panels.fresh(made)


def enter(cast, client_for, evaluation, **other):
    """Enter the member's paper sheet as the secretary; return the answer."""
    book = filled(taken(client_for(cast.member), evaluation), **other)
    seat = evaluation.seats.get(expert__user=cast.member)
    files = {"file": book, "scan": SimpleUploadedFile("签字表.jpg", PICTURE)}
    return client_for(cast.substitute).post(f"/evaluations/{evaluation.pk}/sheets/{seat.pk}/paper", files)


def test_paper_sheet_is_handed_in_by_confirming_it(cast, evaluation, client_for):
    answer = enter(cast, client_for, evaluation, **{"3_1": (0, "没有标志")})
    assert answer.status_code == 302, answer.context["form"].errors
    paper = PaperSheet.objects.get()
    assert Notice.objects.filter(to=cast.member, code="scoring.paper_entered").count() == 1
    client, sheet = client_for(cast.member), paper.sheet
    assert "没有标志" in client.get(f"/sheets/{sheet.pk}/paper").content.decode()
    scan = client.post(f"/sheets/{sheet.pk}/paper/{paper.pk}/scan")
    assert b"".join(scan.streaming_content) == PICTURE
    assert client.post(f"/sheets/{sheet.pk}/paper/{paper.pk}/confirm").status_code == 302
    assert fresh(sheet).head.phase == "handed_in"
    marks = {mark.criterion: mark.legal.points for mark in queries.marks_of(sheet)}
    assert (len(marks), marks["3.1"]) == (49, "0")
    assert list(verification.verify_all()) == []


def test_paper_sheet_that_differs_is_sent_back(cast, evaluation, client_for):
    enter(cast, client_for, evaluation)
    paper, client = PaperSheet.objects.get(), client_for(cast.member)
    client.post(f"/sheets/{paper.sheet_id}/paper/{paper.pk}/refuse", {"reason": "3.1 应为 1 分"})
    paper.refresh_from_db()
    assert paper.refused == "3.1 应为 1 分"
    assert Notice.objects.filter(to=cast.substitute, code="scoring.paper_refused").count() == 1
    assert not paper.sheet.marks.exists()
    client.post(f"/sheets/{paper.sheet_id}/paper/{paper.pk}/confirm")
    assert fresh(paper.sheet).head.phase == "draft"


def test_second_entry_replaces_the_one_that_waits(cast, evaluation, client_for):
    enter(cast, client_for, evaluation)
    first = PaperSheet.objects.get()
    enter(cast, client_for, evaluation)
    assert PaperSheet.objects.get().pk != first.pk
    assert list(verification.verify_all()) == []


def test_secretary_sees_no_mark_the_member_gave(cast, evaluation, client_for):
    seat = evaluation.seats.get(expert__user=cast.member)
    taken(client_for(cast.member), evaluation)
    give(cast, "member", Sheet.objects.get(pk=seat.pk), one("3.1", "0", reason="藏理由"))
    client = client_for(cast.substitute)
    for url in (
        f"/evaluations/{evaluation.pk}/sheets",
        f"/evaluations/{evaluation.pk}/sheets/{seat.pk}/paper",
    ):
        page = client.get(url)
        assert page.status_code == 200
        assert "藏理由" not in page.content.decode()
    assert client.get(f"/sheets/{seat.pk}").status_code == 404
    assert client.get(f"/sheets/{seat.pk}/paper").status_code == 404


def test_secretary_opens_no_sheet_of_an_own(cast, evaluation, client_for):
    client = client_for(cast.substitute)
    assert client.post(f"/api/v1/evaluations/{evaluation.pk}/sheet").status_code == 403
    assert client.post(f"/evaluations/{evaluation.pk}/sheets/take").status_code == 403
    assert not Sheet.objects.exists()


def test_only_the_secretary_enters_paper(cast, evaluation, client_for):
    seat = evaluation.seats.get(expert__user=cast.member)
    url = f"/evaluations/{evaluation.pk}/sheets/{seat.pk}/paper"
    statuses = {
        name: client_for(getattr(cast, name)).get(url).status_code for name in ("lead", "member", "officer")
    }
    assert statuses == dict.fromkeys(("lead", "member", "officer"), 403)
    assert client_for(cast.outsider).get(url).status_code == 404


def test_scan_of_another_kind_is_refused(cast, evaluation, client_for):
    book = filled(taken(client_for(cast.member), evaluation))
    seat = evaluation.seats.get(expert__user=cast.member)
    files = {"file": book, "scan": SimpleUploadedFile("签字表.pdf", b"<html>")}
    answer = client_for(cast.substitute).post(f"/evaluations/{evaluation.pk}/sheets/{seat.pk}/paper", files)
    assert answer.status_code == 422
    assert "签字表.pdf" in answer.content.decode()
    assert not PaperSheet.objects.exists()


def type_in(cast, client_for, evaluation, points=(), **other):
    """Type the member's paper sheet on the page with all criteria as the secretary; return the answer.

    `points`: what is typed in a field of points, by criterion.
    """
    seat = evaluation.seats.get(expert=cast.expert("member"))
    marks = typed(evaluation, **other)["marks"]
    data = {f"points_{name}": mark.points for name, mark in marks.items()}
    data |= {f"reason_{name}": mark.reason for name, mark in marks.items()}
    data |= {f"points_{name}": text for name, text in dict(points).items()}
    data["scan"] = SimpleUploadedFile("签字表.jpg", PICTURE)
    return client_for(cast.substitute).post(f"/evaluations/{evaluation.pk}/sheets/{seat.pk}/paper/type", data)


def test_typed_paper_sheet_is_corrected_after_the_member_sends_it_back(cast, evaluation, client_for):
    answer = type_in(cast, client_for, evaluation, **{"3_1": ("0", "没有标志")})
    assert answer.status_code == 302, answer.context["form"].errors
    paper = PaperSheet.objects.get()
    assert (len(paper.marks), paper.by_scan) == (49, False)
    client_for(cast.member).post(f"/sheets/{paper.sheet_id}/paper/{paper.pk}/refuse", {"reason": "应为 1 分"})
    url = f"/evaluations/{evaluation.pk}/sheets/{paper.sheet_id}/paper/type"
    form = client_for(cast.substitute).get(url).context["form"]
    assert (form["points_3.1"].value(), form["reason_3.1"].value()) == ("0", "没有标志")


def test_faults_of_a_typed_paper_sheet_are_all_at_their_fields(cast, evaluation, client_for):
    marks = {"1.1": "两分", "1.2": "２", "3.1": "7", "3.2": ""}  # 1.2 is typed in full width
    answer = type_in(cast, client_for, evaluation, marks)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"points_1.1", "points_3.1", "points_3.2"}
    assert not PaperSheet.objects.exists()


@pytest.fixture
def without_account(cast, evaluation):
    """The evaluation, with a member who has no account."""
    person = cast.expert("member")
    with unchecked(person).record("", person, "expert.changed") as entry:
        entry.change(person, user=None)
    return panels.fresh(evaluation)


def test_signed_scan_confirms_the_sheet_of_a_member_without_an_account(cast, without_account, client_for):
    assert type_in(cast, client_for, without_account, **{"3_1": ("0", "没有标志")}).status_code == 302
    sheet = Sheet.objects.get()
    assert (fresh(sheet).head.phase, PaperSheet.objects.get().by_scan) == ("handed_in", True)
    (event,) = Event.objects.filter(head=without_account.pk, name="sheet.handed_in")
    assert event.data["on_paper"] is True
    assert list(verification.verify_all()) == []
    url = f"/evaluations/{without_account.pk}/sheets"
    assert "以签字纸质表确认" in client_for(cast.lead).get(url).content.decode()
    secretary = client_for(cast.substitute)
    assert secretary.post(f"/sheets/{sheet.pk}/ask-return", {"reason": "3.1 录错"}).status_code == 302
    assert client_for(cast.lead).post(f"/sheets/{sheet.pk}/return").status_code == 302
    secretary.post(f"/sheets/{sheet.pk}/hand-in")
    assert fresh(sheet).head.phase == "draft"  # not without its scan
    assert type_in(cast, client_for, without_account).status_code == 302
    assert fresh(sheet).head.phase == "handed_in"
    assert "没有标志" not in {mark.reason for mark in queries.marks_of(sheet)}


def test_only_the_secretary_sees_and_fills_in_the_sheet_of_a_member_without_an_account(
    cast, without_account, client_for
):
    type_in(cast, client_for, without_account)
    sheet = Sheet.objects.get()
    people = ("substitute", "lead", "member2", "officer", "administrator")
    statuses = {
        name: client_for(getattr(cast, name)).get(f"/sheets/{sheet.pk}").status_code for name in people
    }
    assert statuses == dict.fromkeys(people, 404) | {"substitute": 200}
