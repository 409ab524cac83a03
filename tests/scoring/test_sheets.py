"""Sheets on their pages: opened, downloaded, imported, handed in, returned; the common sheet confirmed."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.scoring.scoring import MEMBERS, begun, fresh, full, give, handed_in, one, opened
from tests.server.cast import NOW

from zhiping.domain.errors import Conflict, Invalid
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.notices.models import Notice
from zhiping.scoring.actions import sheet as actions
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries import sheet as queries


@pytest.fixture
def evaluation(cast):
    return begun(cast)


def url(evaluation, tail=""):
    return f"/evaluations/{evaluation.pk}/sheets{tail}"


def taken(client, evaluation):
    """Return the member's own sheet as a workbook."""
    answer = client.post(url(evaluation, "/take"))
    assert answer.status_code == 200, answer.content
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def filled(book, **other):
    """Fill a workbook in with full marks but `other`; return it as an upload."""
    page = book["评价表"]
    header = next(r for r in page.iter_rows() if any(c.value == "编号" for c in r))
    place = {cell.value: cell.column for cell in header}
    for row in page.iter_rows(min_row=header[0].row + 1):
        name = str(row[place["编号"] - 1].value or "")
        if "." in name and not name.startswith("B"):
            points, reason = other.get(name.replace(".", "_"), (row[place["满分"] - 1].value, ""))
            page.cell(row[0].row, place["得分"]).value = points
            page.cell(row[0].row, place["扣分理由"]).value = reason
    made = io.BytesIO()
    book.save(made)
    return SimpleUploadedFile("我的评分表.xlsx", made.getvalue())


def imported(client, evaluation, file):
    """Upload a file and confirm its preview; return the last answer."""
    preview = client.post(url(evaluation, "/upload"), {"file": file})
    assert preview.status_code == 200, preview.context["form"].errors
    form = preview.context["form"]
    return client.post(
        preview.context["action"], {"marks": form["marks"].value(), "key": form["key"].value()}
    )


def test_filled_spreadsheet_becomes_one_batch_of_marks(cast, evaluation, client_for):
    client = client_for(cast.member)
    file = filled(taken(client, evaluation), **{"3_1": (0, "没有标志")})
    answer = imported(client, evaluation, file)
    sheet = Sheet.objects.get(seat__expert__user=cast.member)
    assert answer.url == f"/sheets/{sheet.pk}"
    marks = {mark.criterion: mark for mark in queries.marks_of(sheet)}
    assert len(marks) == 49
    assert (marks["3.1"].legal.points, marks["3.1"].reason) == ("0", "没有标志")
    actions.hand_in(Act(cast.member, NOW), fresh(sheet))
    assert list(verification.verify_all()) == []


def test_imported_spreadsheet_replaces_marks_given_before(cast, evaluation, client_for):
    sheet, client = opened(cast, evaluation, "member"), client_for(cast.member)
    give(cast, "member", sheet, one("3.1", "0", reason="无"), one("B.1", "2", note="新华社"))
    answer = imported(client, evaluation, filled(taken(client, evaluation)))
    assert answer.status_code == 302
    marks = {mark.criterion: mark for mark in queries.marks_of(sheet)}
    assert marks["3.1"].legal.points != "0"
    assert marks["B.1"].legal.points == "2"


def test_every_fault_of_a_spreadsheet_is_shown_with_its_cell(cast, evaluation, client_for):
    client = client_for(cast.member)
    file = filled(taken(client, evaluation), **{"3_1": (1.5, ""), "3_2": (0, "")})
    answer = client.post(url(evaluation, "/upload"), {"file": file})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "（3.1）：1.5 不是可选分值" in text
    assert not Sheet.objects.get(seat__expert__user=cast.member).marks.exists()


def test_spreadsheet_of_another_member_is_refused(cast, evaluation, client_for):
    file = filled(taken(client_for(cast.member2), evaluation))
    answer = client_for(cast.member).post(url(evaluation, "/upload"), {"file": file})
    assert answer.status_code == 422
    assert "专家成员二" in answer.content.decode()


def test_altered_preview_is_refused(cast, evaluation, client_for):
    sheet, client = opened(cast, evaluation, "member"), client_for(cast.member)
    for marks in (
        "{}x",
        '{"3.1": {"points": "-1"}}',
        '{"3.1": {"points": "1.5"}}',
        '{"9.9": {"points": "1"}}',
    ):
        answer = client.post(f"/sheets/{sheet.pk}/import", {"marks": marks})
        assert answer.status_code == 422, marks
    assert not fresh(sheet).marks.exists()


def test_hand_in_names_every_missing_mark(cast, evaluation):
    sheet = opened(cast, evaluation, "member")
    give(cast, "member", sheet, one("3.1", "2"))
    with pytest.raises(Invalid) as caught:
        actions.hand_in(Act(cast.member, NOW), fresh(sheet))
    assert {problem.code for problem in caught.value.problems} == {"mark.missing"}
    assert len(caught.value.problems) == 48


def test_page_shows_who_has_handed_in_and_nothing_else(cast, evaluation, client_for):
    opened(cast, evaluation, "member2")
    handed_in(cast, evaluation, "member")
    rows = {r.seat.expert.name: r.state for r in client_for(cast.lead).get(url(evaluation)).context["rows"]}
    assert rows == {"专家组长": "awaited", "专家成员一": "handed_in", "专家成员二": "awaited"}


def test_sheet_is_returned_to_a_member_who_asks(cast, evaluation, client_for):
    sheet = handed_in(cast, evaluation, "member")
    member, lead = client_for(cast.member), client_for(cast.lead)
    assert lead.post(f"/sheets/{sheet.pk}/return").status_code == 302
    assert fresh(sheet).head.phase == "handed_in"
    member.post(f"/sheets/{sheet.pk}/ask-return", {"reason": "3.1 填错"})
    assert Notice.objects.filter(to=cast.lead, code="scoring.return_asked").count() == 1
    lead.post(f"/sheets/{sheet.pk}/return")
    assert (fresh(sheet).head.phase, fresh(sheet).content_sha256) == ("draft", "")
    give(cast, "member", sheet, one("3.1", "0", replaces=marks_by(sheet)["3.1"].event, reason="无"))
    actions.hand_in(Act(cast.member, NOW), fresh(sheet))
    assert list(verification.verify_all()) == []


def marks_by(sheet):
    return {mark.criterion: mark for mark in queries.marks_of(sheet)}


def test_lead_asks_the_office_for_the_own_sheet(cast, evaluation, client_for):
    sheet = handed_in(cast, evaluation, "lead")
    actions.ask_return(Act(cast.lead, NOW), fresh(sheet), reason="填错")
    assert client_for(cast.lead).post(f"/sheets/{sheet.pk}/return").status_code == 404
    actions.return_sheet(Act(cast.officer, NOW), fresh(sheet))
    assert fresh(sheet).head.phase == "draft"


def test_sheet_of_another_member_is_not_found(cast, evaluation, client_for):
    sheet = handed_in(cast, evaluation, "member")
    for name in ("lead", "member2", "officer", "head", "staff", "administrator", "outsider"):
        assert client_for(getattr(cast, name)).get(f"/sheets/{sheet.pk}").status_code == 404, name
    assert client_for(cast.member).get(f"/sheets/{sheet.pk}").status_code == 200


POLICY = {
    "method": "panel", "bonus_counts": True, "step": "1", "clock": "calendar_year", "trigger_days": 30,
    "draft_days": 5, "review_days": 10, "rectify_days": 30, "improve_days": 90, "retention": "30",
}  # fmt: skip


def test_common_sheet_is_confirmed_by_each_member_but_who_hands_it_in(cast):
    evaluation = begun(cast, policy=POLICY)
    sheet = opened(cast, evaluation, "lead")
    assert (sheet.seat, sheet.pk) == (None, queries.sheet_id(evaluation, None))
    give(cast, "lead", sheet, *full(evaluation))
    actions.hand_in(Act(cast.lead, NOW), fresh(sheet))
    for name in MEMBERS[1:]:
        assert not queries.sheets_in(evaluation, NOW.date())
        content = fresh(sheet).content_sha256
        actions.confirm_sheet(Act(getattr(cast, name), NOW), fresh(sheet), content_sha256=content)
    assert queries.sheets_in(evaluation, NOW.date())
    assert list(verification.verify_all()) == []


def test_confirmation_of_another_content_is_refused(cast):
    evaluation = begun(cast, policy=POLICY)
    sheet = opened(cast, evaluation, "lead")
    give(cast, "lead", sheet, *full(evaluation))
    actions.hand_in(Act(cast.lead, NOW), fresh(sheet))
    with pytest.raises(Conflict):
        actions.confirm_sheet(Act(cast.member, NOW), fresh(sheet), content_sha256="0" * 64)


def test_all_sheets_in(cast, evaluation):
    for name in MEMBERS:
        assert not queries.sheets_in(evaluation, NOW.date())
        handed_in(cast, evaluation, name)
    assert queries.sheets_in(evaluation, NOW.date())


def test_page_names_who_has_not_confirmed_the_common_sheet(cast, client_for):
    evaluation = begun(cast, policy=POLICY)
    sheet = opened(cast, evaluation, "lead")
    give(cast, "lead", sheet, *full(evaluation, **{"3_2": "0"}))
    page = client_for(cast.member).get(url(evaluation)).content.decode()
    assert "尚未确认的成员" not in page
    actions.hand_in(Act(cast.lead, NOW), fresh(sheet))
    page = client_for(cast.member).get(url(evaluation)).content.decode()
    assert "尚未确认的成员：专家成员一、专家成员二" in page
    level = next(
        one.text["zh"] for one in queries.table_of(evaluation).criteria["3.2"].levels if not one.high
    )
    assert level in client_for(cast.member).get(f"/sheets/{sheet.pk}").content.decode()
