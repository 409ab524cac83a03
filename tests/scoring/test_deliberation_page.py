"""Pages of fact check and deliberation, over HTTP."""

import datetime as dt
import io
import json
import re
from fractions import Fraction

import docx
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.evidence.files import pdf
from tests.evidence.files import received as file
from tests.panels import panels
from tests.scoring import deliberating as made
from tests.scoring.scoring import begun, handed_in
from tests.scoring.test_deliberation import replaced, with_substitute
from tests.server.cast import unchecked

from zhiping.domain.policy import Policy
from zhiping.evaluations.actions.programme import add_programme
from zhiping.evidence.actions.evidence import hand_in_file, withdraw_evidence
from zhiping.evidence.queries import get_evidence
from zhiping.ids import uuid7
from zhiping.ledger import verification
from zhiping.ledger.models import Audit
from zhiping.scoring.actions.deliberation import Settled, record_dissent, settle_criteria
from zhiping.scoring.queries import deliberation as queries
from zhiping.scoring.queries import fact_check

FILE = {"criteria": "4.1 3.4", "caption": "线上平台运行台账"}


@pytest.fixture(autouse=True)
def _presence(settings, tmp_path):
    settings.PRESENCE = tmp_path / "present"


def address(name, evaluation):
    return reverse(f"scoring:{name}", args=[evaluation.pk])


def text(answer):
    return answer.content.decode()


def hidden(page, name="key"):
    return re.findall(rf'name="[^"]*{name}" value="([^"]*)"', page)


def test_page_of_facts_waits_and_shows_no_reason(cast, client_for):
    evaluation = begun(cast)
    answer = client_for(cast.lead).get(address("facts", evaluation))
    assert (answer.status_code, "没有任何" in text(answer)) == (200, False)
    assert "全部评分表提交以后" in text(answer)


def test_lead_states_facts_and_records_the_confirmation(cast, client_for):
    evaluation = made.all_in(cast)
    lead = client_for(cast.lead)
    page = text(lead.get(address("facts", evaluation)))
    assert "没有提供" in page  # the reason of 12.4, which is proposed
    assert not any(name in page.split("<main", 1)[1] for name in ("专家成员一", "专家成员二"))
    sent = lead.post(address("facts", evaluation), {"fact_4.1": "没有线上平台", "fact_12.4": "没有提供"})
    assert sent.status_code == 302
    page = text(lead.get(address("answer-facts", evaluation)))
    assert ("没有线上平台" in page, "<strong>4.1 线上平台" in page) == (True, True)
    answers = {"answer_4.1": "agreed", "answer_12.4": "objected", "person": "王主任"}
    assert lead.post(address("answer-facts", evaluation), answers).status_code == 422
    answers["reply_12.4"] = "去年提供过"
    assert lead.post(address("answer-facts", evaluation), answers).status_code == 302
    assert fact_check.fact_check(evaluation).by == "王主任"


def test_scan_of_the_signed_paper_is_kept_and_taken(cast, client_for):
    evaluation = made.all_in(cast)
    made.stated(cast, evaluation)
    lead, url = client_for(cast.lead), address("answer-facts", evaluation)
    page = text(lead.get(url))
    assert all(f'name="{name}"' in page for name in ("person", "scan", "answer_4.1"))
    answers = {"answer_4.1": "agreed", "answer_12.4": "agreed", "person": "王主任"}
    wrong = SimpleUploadedFile("确认单.pdf", b"<html>")
    assert lead.post(url, answers | {"scan": wrong}).status_code == 422
    assert (fact_check.fact_check(evaluation), evaluation.fact_scans.count()) == (None, 0)
    scan = SimpleUploadedFile("确认单.pdf", pdf("确认单"))
    assert lead.post(url, answers | {"scan": scan}).status_code == 302
    [taking] = scans(lead, evaluation)
    assert b"".join(lead.post(taking).streaming_content) == pdf("确认单")
    assert Audit.objects.filter(action="exported", by=cast.lead).count() == 1
    for name, status in {"member": 403, "head": 403, "officer_b": 404, "outsider": 404}.items():
        assert client_for(getattr(cast, name)).post(taking).status_code == status, name
    other = reverse("scoring:facts-scan", args=[evaluation.pk, uuid7()])
    assert lead.post(other).status_code == 404


def scans(client, evaluation):
    """Return where the page of the facts offers scans, in its order."""
    found = client.get(address("facts", evaluation)).context["shown"].scans
    return [reverse("scoring:facts-scan", args=[evaluation.pk, one.pk]) for one in found]


def test_scan_of_an_earlier_confirmation_stays_and_is_listed(cast, client_for):
    evaluation = made.all_in(cast)
    made.stated(cast, evaluation)
    lead, url = client_for(cast.lead), address("answer-facts", evaluation)
    answers = {"answer_4.1": "agreed", "answer_12.4": "agreed", "person": "王主任"}
    lead.post(url, answers | {"scan": SimpleUploadedFile("一.pdf", pdf("一"))})
    assert "此前的确认单" not in text(lead.get(address("facts", evaluation)))
    lead.post(url, answers | {"person": "李主任"})  # on the screen
    [taking] = scans(lead, evaluation)
    assert all(words in text(lead.get(address("facts", evaluation))) for words in ("此前的确认单", taking))
    lead.post(url, answers | {"scan": SimpleUploadedFile("二.pdf", pdf("二"))})
    files = [b"".join(lead.post(one).streaming_content) for one in scans(lead, evaluation)]
    assert files == [pdf("二"), pdf("一")]
    made.stated(cast, evaluation, **{"4_1": "另一事实"})  # opens the check again
    assert (fact_check.fact_check(evaluation), len(scans(lead, evaluation))) == (None, 2)
    assert list(verification.verify_all()) == []


def test_paper_prints_the_facts(cast, client_for):
    evaluation = made.all_in(cast)
    made.stated(cast, evaluation, **{"4_1": "没有线上平台"})
    answer = client_for(cast.lead).post(address("print-facts", evaluation))
    paper = docx.Document(io.BytesIO(answer.content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert "没有线上平台" in cells


def test_lead_settles_by_one_form_and_a_repeat_changes_nothing(cast, client_for):
    evaluation = made.closed(cast)
    lead = client_for(cast.lead)
    page = text(lead.get(address("deliberation", evaluation)))
    key = re.search(r'name="settle_criteria-4.1-key" value="([^"]*)"', page)[1]
    sent = {
        "criterion": "4.1", "action": "settle_criteria", "settle_criteria-4.1-key": key,
        "settle_criteria-4.1-points": "0", "settle_criteria-4.1-reason": "没有线上平台",
    }  # fmt: skip
    for _ in range(2):
        answer = lead.post(address("deliberation", evaluation), sent)
        assert (answer.status_code, answer.url.partition("#")[2]) == (302, "c-12.4")
    assert queries.agreed(evaluation)["4.1"].reason == "没有线上平台"


def test_refused_form_keeps_what_was_typed(cast, client_for):
    evaluation = made.closed(cast)
    sent = {"criterion": "4.1", "action": "settle_criteria", "settle_criteria-4.1-reason": "写好的理由"}
    answer = client_for(cast.lead).post(address("deliberation", evaluation), sent)
    assert (answer.status_code, "写好的理由" in text(answer)) == (422, True)


def test_widest_range_comes_first_and_marks_are_side_by_side(cast, client_for):
    marks = {"lead": {}, "member": {"4_1": "0"}, "member2": {"12_4": "0", "17_2": ("0", "没有宣传")}}
    evaluation = made.closed(cast, marks)
    page = text(client_for(cast.member).get(address("deliberation", evaluation)))
    assert re.findall(r'id="c-([\d.]+)"', page) == ["17.2", "4.1", "12.4"]
    assert all(name in page for name in ("专家组长", "专家成员一", "专家成员二", "没有宣传"))


def test_wording_of_a_level_is_in_the_language_of_the_reader(cast, client_for):
    evaluation = made.all_in(cast)
    client = client_for(cast.lead)
    client.cookies["zhiping_language"] = "en"
    assert "<li>There is no online platform</li>" in text(client.get(address("facts", evaluation)))
    made.answered(cast, evaluation)
    made.close(cast, evaluation)
    assert "<div>There is no online platform" in text(client.get(address("deliberation", evaluation)))


def test_unchanged_page_is_304_at_three_statements(cast, client_for, django_assert_num_queries):
    evaluation = made.closed(cast)
    member = client_for(cast.member)
    tag = member.get(address("deliberation", evaluation))["ETag"]
    given = {"HTTP_HX_REQUEST": "true", "HTTP_IF_NONE_MATCH": tag}
    with django_assert_num_queries(3):
        assert member.get(address("deliberation", evaluation), **given).status_code == 304
    made.settle(cast, evaluation, **{"4_1": "0"})
    answer = member.get(address("deliberation", evaluation), **given)
    assert (answer.status_code, "评价组评分：0 分" in text(answer), "<html" in text(answer)) == (
        200,
        True,
        False,
    )


def test_pages_need_the_same_statements_for_all(cast, client_for, django_assert_num_queries):
    evaluation = made.all_in(cast)
    made.stated(cast, evaluation)
    deliberating = made.closed(cast, platform="b")
    pages = [("facts", "lead", evaluation, 12), ("answer-facts", "lead", evaluation, 12)]
    pages += [("deliberation", name, deliberating, 12) for name in ("lead", "member", "officer")]
    for name, who, about, statements in pages:
        client = client_for(getattr(cast, who))
        client.get(address(name, about))
        with django_assert_num_queries(statements):
            assert client.get(address(name, about)).status_code == 200


def test_page_offers_the_evidence_of_a_criterion(cast, client_for):
    evaluation = begun(cast)
    files = [
        hand_in_file(made.act(cast, "staff"), panels.fresh(evaluation), file=file(pdf(name)), **given)
        for name, given in {"台账": FILE, "误交": FILE | {"caption": "误交"}}.items()
    ]
    withdraw_evidence(made.act(cast, "staff"), get_evidence(cast.staff, files[1].pk), reason="误交")
    for name, marks in made.MARKS.items():
        handed_in(cast, evaluation, name, **marks)
    made.meetings(cast, evaluation)
    made.answered(cast, evaluation)
    made.close(cast, evaluation)
    client = client_for(cast.member)
    page = text(client.get(address("deliberation", evaluation)))
    taking = [reverse("evidence:take-file", args=[one.pk]) for one in files]
    assert [url in page for url in taking] == [True, False]
    assert b"".join(client.post(taking[0]).streaming_content) == pdf("台账")


def test_card_is_replaced_when_evidence_comes_or_is_withdrawn(cast, client_for):
    evaluation = made.closed(cast)
    client, url = client_for(cast.member), address("deliberation", evaluation)

    def parts():
        page = client.get(url)
        versions = {row.id: row.version for row in page.context["board"].rows}
        return page["ETag"], versions["4.1"], versions["12.4"]

    first = parts()
    one = hand_in_file(made.act(cast, "staff"), panels.fresh(evaluation), file=file(pdf("台账")), **FILE)
    second = parts()
    withdraw_evidence(made.act(cast, "staff"), get_evidence(cast.staff, one.pk), reason="误交")
    third = parts()
    assert len({first[0], second[0], third[0]}) == 3
    assert [first[1] == second[1], first[1] == third[1]] == [False, True]
    assert first[2] == second[2] == third[2]


def test_tag_of_another_user_is_not_accepted(cast, client_for):
    evaluation = made.closed(cast)
    tag = client_for(cast.member).get(address("deliberation", evaluation))["ETag"]
    given = {"HTTP_HX_REQUEST": "true", "HTTP_IF_NONE_MATCH": tag}
    assert client_for(cast.head).get(address("deliberation", evaluation), **given).status_code == 403
    assert client_for(cast.outsider).get(address("deliberation", evaluation), **given).status_code == 404


def test_page_names_who_is_present(cast, client_for):
    evaluation = made.closed(cast)
    client_for(cast.member2).get(address("deliberation", evaluation))
    page = text(client_for(cast.lead).get(address("deliberation", evaluation)))
    assert re.search(r"正在查看本页： *([^<]*)", page)[1].strip() == "专家组长、专家成员二"


@pytest.mark.parametrize("method", ["mean", "panel"])
def test_page_of_other_methods_states_that_nothing_is_settled(cast, client_for, method):
    evaluation = begun(cast, policy=Policy(method=method).as_data())
    panels.make(evaluation, "close_scoring")
    page = text(client_for(cast.lead).get(address("deliberation", evaluation)))
    assert "没有需要评议的评分项" in page


def spreadsheet(answer, **filled):
    """Fill in a downloaded spreadsheet: criterion with _ for . → mark and reason."""
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    page = book.worksheets[0]
    header = next(row for row in page.iter_rows() if row[0].value == "编号")
    places = {cell.value: cell.column for cell in header if cell.value}
    for row in page.iter_rows(min_row=header[0].row + 1):
        name = str(row[0].value).replace(".", "_")
        if name in filled:
            page.cell(row[0].row, places["评价组评分"], filled[name][0])
            page.cell(row[0].row, places["评议理由"], filled[name][1])
    held = io.BytesIO()
    book.save(held)
    return SimpleUploadedFile("评议表.xlsx", held.getvalue())


def test_spreadsheet_partly_filled_settles_what_it_has(cast, client_for):
    evaluation = made.closed(cast)
    lead = client_for(cast.lead)
    file = spreadsheet(lead.post(address("take-file", evaluation)), **{"4_1": (0, "没有线上平台")})
    preview = lead.post(address("upload-file", evaluation), {"file": file})
    assert "没有线上平台" in text(preview)
    assert queries.agreed(evaluation) == {}
    form = preview.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    assert lead.post(address("settle-file", evaluation), sent).status_code == 302
    assert {n: a.reason for n, a in queries.agreed(evaluation).items()} == {"4.1": "没有线上平台"}


def test_spreadsheet_is_refused_with_every_fault_at_its_cell(cast, client_for):
    evaluation = made.closed(cast)
    lead = client_for(cast.lead)
    wrong = {"4_1": (5, "x"), "12_4": (0, "")}
    answer = lead.post(
        address("upload-file", evaluation),
        {"file": spreadsheet(lead.post(address("take-file", evaluation)), **wrong)},
    )
    assert (answer.status_code, len(answer.context["form"].errors["file"])) == (422, 2)
    assert all("评议表.xlsx" in fault for fault in answer.context["form"].errors["file"])


def call(client, path, evaluation, **body):
    url = f"/api/v1/evaluations/{evaluation.pk}/{path}"
    return client.post(url, json.dumps({"id": str(uuid7()), **body}), content_type="application/json")


def test_api_settles_and_dissents(cast, client_for):
    evaluation = made.closed(cast)
    marks = {"4.1": {"points": "0", "reason": "没有线上平台"}}
    assert call(client_for(cast.member), "deliberation", evaluation, marks=marks).status_code == 403
    answer = call(client_for(cast.lead), "deliberation", evaluation, marks=marks)
    assert [(c["criterion"], c["agreed"] is not None) for c in answer.json()["criteria"]] == [
        ("4.1", True), ("12.4", False),
    ]  # fmt: skip
    for text_, dissent in (("不同意", "专家成员一：不同意"), ("", "")):
        said = call(client_for(cast.member), "dissent", evaluation, criterion="4.1", text=text_)
        assert (said.status_code, queries.agreed(evaluation)["4.1"].dissent) == (200, dissent)


def test_reasons_of_last_year_s_panels_are_added_to_the_guidance(cast, client_for):
    last, this = (programme(cast, year) for year in (2025, 2026))
    evaluation = made.closed(cast)
    lead = made.seen(cast, "lead", evaluation)
    settled = {"4.1": Settled(Fraction(0), "时断时续按0分", guides=True), "12.4": Settled(Fraction(0), "无")}
    settle_criteria(made.act(cast, "lead"), lead, marks=settled)
    with unchecked(evaluation).move(evaluation, "settle_criteria") as entry:
        entry.change(evaluation, programme=last)
    url, officer = reverse("scoring:reasons", args=[this.pk]), client_for(cast.officer)
    assert "时断时续按0分" not in text(officer.get(url))  # not concluded yet
    panels.make(panels.fresh(evaluation), "conclude")
    page = text(officer.get(url))
    assert ("时断时续按0分" in page, "12.4 无" in page) == (True, False)
    (mark,) = evaluation.agreed_marks.filter(guides=True)
    assert officer.post(url, {"reasons": [str(mark.pk)]}).status_code == 302
    this.refresh_from_db()
    assert this.guidance == {"4.1": "时断时续按0分"}


def programme(cast, year):
    period = {"period_start": dt.date(year, 1, 1), "period_end": dt.date(year, 12, 31)}
    return add_programme(
        made.act(cast, "officer"), authority=cast.organisation("province"), name=f"{year}年计划", year=year,
        rubric=cast.rubric, **period,
    )  # fmt: skip


PATHS = ("scoring:facts", "scoring:deliberation", "scoring:sheets", "dossier:evaluation")


def seen_by(client, evaluation, name):
    """Return what a user finds on the pages and in the API of an evaluation, without keys and times."""
    pages = [client.get(reverse(path, args=[evaluation.pk])) for path in PATHS]
    pages.append(client.get(f"/api/v1/evaluations/{evaluation.pk}/deliberation"))
    return "\n".join(text(page) for page in pages)


@pytest.mark.parametrize("name", ["substitute", "lead", "member", "officer", "head", "staff"])
def test_newcomer_and_others_see_nothing_before_the_newcomer_hands_in(cast, client_for, name):
    evaluation = with_substitute(cast)
    marks = {"4.1": Settled(Fraction(0), "甲乙丙丁"), "12.4": Settled(Fraction(1), "戊己庚辛")}
    settle_criteria(made.act(cast, "lead"), made.seen(cast, "lead", evaluation), marks=marks)
    record_dissent(
        made.act(cast, "member"), made.seen(cast, "member", evaluation), criterion="4.1", text="壬癸子丑"
    )
    client = client_for(getattr(cast, name))
    if name in ("lead", "member", "officer"):  # control: the same search finds the words before
        assert "甲乙丙丁" in seen_by(client, evaluation, name)
    replaced(cast, evaluation)
    handed = seen_by(client, evaluation, name)
    words = ("甲乙丙丁", "戊己庚辛", "壬癸子丑", "入口处的公示栏已拆除", "没有提供", "未建线上平台")
    assert [word for word in words if word in handed] == []
