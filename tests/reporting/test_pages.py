"""Pages of the report: what each reader sees and does, in a constant number of statements."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.evidence.files import picture
from tests.panels import panels
from tests.reporting.reporting import act, answer, concluded, decide, object_to, seen, sent
from tests.server.cast import NOW

from zhiping.reporting.actions import editions
from zhiping.reporting.models import Edition, Feedback, FiledCopy, Objection, Recommendation


@pytest.fixture
def issued(cast):
    evaluation = sent(cast)
    editions.accept_draft(act(cast, "staff"), seen(cast, "staff", evaluation))
    editions.issue_report(act(cast, "officer"), seen(cast, "officer", evaluation), signer="李签发")
    return panels.fresh(evaluation)


def url(name, *arguments):
    return reverse(f"reporting:{name}", args=arguments)


def taken(client, address):
    """Return the content of a file that a button sends."""
    return b"".join(client.post(address).streaming_content)


def report(evaluation):
    return url("report", evaluation.pk)


def test_part_that_another_person_has_changed_is_shown_beside(cast, client_for):
    evaluation = concluded(cast)
    page = url("write-part", evaluation.pk, "overview")
    lead, member = client_for(cast.lead), client_for(cast.member)
    before = lead.get(page).context["form"]["before"].value()
    assert member.post(page, {"text": "成员写的概况", "before": before}).url == report(evaluation)
    refused = lead.post(page, {"text": "组长写的概况", "before": before})
    text = refused.content.decode()
    assert (refused.status_code, "成员写的概况" in text, "组长写的概况" in text) == (422, True, True)
    again = refused.context["form"]["before"].value()
    assert lead.post(page, {"text": "两人的概况", "before": again}).status_code == 302
    assert "两人的概况" in lead.get(report(evaluation)).content.decode()


def test_recommendation_is_added_changed_and_removed(cast, client_for):
    evaluation, client = concluded(cast), client_for(cast.lead)
    values = {"what": "补齐台账", "who": "运营部", "findings": "3.1、4.1"}
    assert client.post(url("add-recommendation", evaluation.pk), values).status_code == 302
    one = Recommendation.objects.get()
    page = url("recommendation", evaluation.pk, one.pk)
    form = client.get(page).context["form"]
    assert form["findings"].value() == "3.1 4.1"
    wrong = {**values, "findings": "99.9", "before": form["before"].value()}
    assert client.post(page, wrong).status_code == 422
    stale = {**values, "what": "另一个人改的", "before": "0" * 16}
    assert client.post(page, stale).status_code == 422
    assert client.post(page, {**wrong, "findings": "4.1"}).status_code == 302
    client.post(url("remove-recommendation", evaluation.pk, one.pk))
    assert not Recommendation.objects.exists()


def test_preview_shows_the_pages_to_those_who_write(cast, client_for):
    evaluation = concluded(cast)
    page = client_for(cast.member).get(url("preview", evaluation.pk))
    assert len(page.context["pages"]) > 5
    assert client_for(cast.officer).get(url("preview", evaluation.pk)).status_code == 404


def test_operator_objects_with_a_document_and_reads_the_answer_once_decided(cast, client_for):
    evaluation = sent(cast, timezone.now())
    staff, lead = client_for(cast.staff), client_for(cast.lead)
    file = SimpleUploadedFile("公示栏.jpg", picture())
    page = url("raise-objection", evaluation.pk, "draft")
    assert staff.post(page, {"criterion": "4.1", "text": "公示栏一直在", "file": file}).status_code == 302
    one = Objection.objects.get()
    assert taken(lead, url("take-attachment", one.pk)) == picture()
    said = {"verdict": "upheld", "points": "2", "answer": "补充材料属实"}
    assert lead.post(url("answer-objection", one.pk), said).status_code == 302
    assert "补充材料属实" not in staff.get(report(evaluation)).content.decode()
    assert lead.get(url("decide-objection", one.pk)).status_code == 403
    member = client_for(cast.member)
    assert member.post(url("decide-objection", one.pk), {"agrees": "yes"}).status_code == 302
    assert "补充材料属实" in staff.get(report(evaluation)).content.decode()


def test_report_is_issued_received_and_its_signed_copy_filed(cast, client_for):
    evaluation = sent(cast, timezone.now())
    client_for(cast.staff).post(url("accept-draft", evaluation.pk))
    officer = client_for(cast.officer)
    values = {"reviewer": "王审核", "signer": "李签发"}
    assert officer.post(url("issue-report", evaluation.pk), values).url == report(evaluation)
    edition = Edition.objects.exclude(number="").get()
    assert taken(officer, url("take-edition", edition.pk, "pdf")).startswith(b"%PDF-")
    assert client_for(cast.outsider).post(url("take-edition", edition.pk, "pdf")).status_code == 404
    client_for(cast.staff).post(url("confirm-receipt", edition.pk))
    copy = {"kind": "signed", "file": SimpleUploadedFile("签字件.jpg", picture())}
    assert officer.post(url("file-copy", edition.pk), copy).status_code == 302
    assert FiledCopy.objects.get().file_name == "签字件.jpg"
    text = client_for(cast.staff).get(report(evaluation)).content.decode()
    assert (edition.number in text, "签收" in text, "签字件.jpg" in text) == (True, True, True)


def test_editions_are_compared_by_their_words(cast, client_for, issued):
    page = client_for(cast.lead).get(url("changes", issued.pk, 2))
    assert (page.status_code, page.context["rows"]) == (200, [])
    assert client_for(cast.lead).get(url("changes", issued.pk, 1)).status_code == 404


def test_feedback_of_an_enterprise_by_a_link_without_an_account(cast, client, client_for, issued):
    made = client_for(cast.officer).post(url("open-feedback", issued.pk))
    address = made.context["url"].removeprefix(settings.ADDRESS)
    page = client.get(address)
    assert (page.status_code, issued.platform.name in page.content.decode()) == (200, True)
    assert client.post(address, {"name": "", "text": "很好"}).status_code == 422
    assert client.post(address, {"name": "某食品公司", "text": "办理很快"}).url == address
    row = Feedback.objects.get()
    assert (row.party, row.name, row.by) == ("enterprise", "某食品公司", None)
    assert "某食品公司" in client_for(cast.officer).get(report(issued)).content.decode()
    assert "某食品公司" not in client_for(cast.staff).get(report(issued)).content.decode()
    assert client.get("/feedback/unknown").status_code == 404
    assert [client.post(address, {"name": "某公司", "text": "好"}).status_code for _ in range(10)][-1] == 429


def test_pattern_of_numbers_is_set_at_the_organisation(cast, client_for):
    page = url("set-pattern", cast.organisation("province").pk)
    officer = client_for(cast.officer)
    assert officer.post(page, {"pattern": "第{n}号"}).status_code == 422
    assert officer.post(page, {"pattern": "内质评〔{year}〕{n}号"}).status_code == 302


@pytest.mark.parametrize("count", [1, 5])
def test_statements_of_the_page_do_not_grow_with_objections(cast, client_for, count):
    evaluation = sent(cast)
    for _ in range(count):
        one = object_to(cast, evaluation, now=NOW)
    answer(cast, evaluation, one, verdict="refused", points="")
    decide(cast, evaluation, one)
    for name, most in {"lead": 12, "officer": 12, "staff": 12}.items():
        client = client_for(getattr(cast, name))
        client.get(report(evaluation))
        with CaptureQueriesContext(
            connection,
        ) as counted:
            client.get(report(evaluation))
        assert len(counted) <= most, [q["sql"][:80] for q in counted]
