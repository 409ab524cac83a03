"""The page of a result and its files: what each reader gets, and what is left out."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.evidence.files import picture
from tests.panels import panels
from tests.scoring.deliberating import closed, settle
from tests.scoring.scoring import MEMBERS
from tests.scoring.test_result import ONE, conclude, dissent, sign
from tests.server.cast import NOW

from zhiping.domain.result_document import for_operator
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit
from zhiping.panels.actions.panel import seat_expert
from zhiping.scoring.models import Result
from zhiping.scoring.queries.past import document_of

SEES_MARKS = ("lead", "member", "member2", "officer")
SEES_RESULT = ("head", "staff", "officer_a")
REPORT = ["report.pdf", "report.docx"]
FILES = ["result.json", "table.xlsx", "improvements.xlsx"]
OF_MARKS = ["summary.xlsx", "deliberation.xlsx"]
DISSENT = "不同意"
SCAN = picture()


@pytest.fixture
def disputed(cast):
    found = closed(cast, ONE)
    settle(cast, found, **{"4_1": "0"})
    dissent(cast, "member2", found, "4.1")
    return panels.fresh(found)


@pytest.fixture
def concluded(cast, disputed):
    sign(cast, disputed, *MEMBERS)
    conclude(cast, disputed)
    return panels.fresh(disputed)


def address(evaluation):
    return reverse("scoring:result", args=[evaluation.pk])


def take(client, evaluation, name):
    return client.post(reverse("scoring:export-result", args=[evaluation.pk, name]))


def test_preview_is_for_the_panel_and_who_is_in_charge(cast, client_for, disputed):
    for name in (*SEES_RESULT, "officer_b", "outsider", "substitute", "administrator"):
        assert client_for(getattr(cast, name)).get(address(disputed)).status_code == 404, name
    for name in SEES_MARKS:
        page = client_for(getattr(cast, name)).get(address(disputed))
        assert (page.status_code, "预览" in page.content.decode()) == (200, True), name


def test_member_signs_what_the_page_shows(cast, client_for, disputed):
    client, url = client_for(cast.lead), reverse("scoring:sign-result", args=[disputed.pk])
    page = client.get(url)
    seen = page.context["sha256"]
    assert seen in page.content.decode()
    assert client.post(url, {"result_sha256": "0" * 64}).status_code == 422
    assert client.post(url, {"result_sha256": seen}).url == address(disputed)
    found = client.get(address(disputed)).context["signed"]
    assert [(one.seat.expert.name, one.settled) for one in found] == [
        ("专家组长", True), ("专家成员一", False), ("专家成员二", True),
    ]  # fmt: skip


def test_refused_signature_shows_what_changed_and_is_given_without_reloading(cast, client_for, disputed):
    client, url = client_for(cast.lead), reverse("scoring:sign-result", args=[disputed.pk])
    before = client.get(url).context["form"]
    settle(cast, disputed, why="核对后更正", **{"4_1": "2"})
    sent = {name: before[name].value() for name in ("key", "result_sha256", "read")}
    page = client.post(url, sent)
    form, text = page.context["form"], page.content.decode()
    assert (page.status_code, form["result_sha256"].value()) == (422, page.context["sha256"])
    assert "（4.1）：评议认定为 2 分" in text
    assert page.context["sha256"] != before["result_sha256"].value()
    again = {name: form[name].value() for name in ("key", "result_sha256", "read")}
    assert client.post(url, again).url == address(disputed)


def signature(name, evaluation, member="member"):
    seat = evaluation.seats.get(expert__user__username=member)
    return reverse(f"scoring:{name}", args=[evaluation.pk, seat.pk])


def record(client, evaluation, seen, member="member", scan=SCAN):
    sent = {"result_sha256": seen, "scan": SimpleUploadedFile("签字页.jpg", scan)}
    return client.post(signature("record-signature", evaluation, member), sent)


@pytest.mark.parametrize("name", ["officer", "substitute"])
def test_signature_on_paper_is_recorded_with_its_scan(cast, client_for, disputed, name):
    seat_expert(Act(cast.officer, NOW), disputed, expert=cast.expert("substitute"), role="secretary")
    client, url = client_for(getattr(cast, name)), signature("record-signature", disputed)
    assert f'href="{url}"' in client.get(address(disputed)).content.decode()
    page = client.get(url)
    seen = page.context["sha256"]
    assert all(text in page.content.decode() for text in (seen, "专家成员一", "98.00"))
    assert record(client, disputed, "0" * 64).status_code == 422
    assert record(client, disputed, seen, scan=b"<html>").status_code == 422
    assert record(client, disputed, seen).url == address(disputed)
    found = {one.seat.expert.name: one for one in client.get(address(disputed)).context["signed"]}
    assert [found["专家成员一"].holds, found["专家组长"].holds] == [True, False]
    assert f'href="{url}"' not in client.get(address(disputed)).content.decode()
    assert list(verification.verify_all()) == []


def test_scan_of_a_signature_is_for_who_sees_the_marks(cast, client_for, disputed):
    officer = client_for(cast.officer)
    seen = officer.get(signature("record-signature", disputed)).context["sha256"]
    record(officer, disputed, seen)
    url = signature("signature-scan", disputed)
    for name in SEES_MARKS:
        client = client_for(getattr(cast, name))
        assert url in client.get(address(disputed)).content.decode()
        answer = client.post(url)
        assert (answer.status_code, b"".join(answer.streaming_content)) == (200, SCAN), name
    assert Audit.objects.filter(action="exported").count() == len(SEES_MARKS)
    assert officer.post(signature("signature-scan", disputed, "lead")).status_code == 404
    for name, status in {"head": 403, "staff": 403, "officer_b": 404, "outsider": 404}.items():
        assert client_for(getattr(cast, name)).post(url).status_code == status, name


def test_only_secretary_and_who_is_in_charge_record_signatures(cast, client_for, disputed):
    url = signature("record-signature", disputed)
    for name, status in {"lead": 403, "member": 403, "head": 403, "officer_b": 404, "outsider": 404}.items():
        client = client_for(getattr(cast, name))
        assert [client.get(url).status_code, record(client, disputed, "0" * 64).status_code] == [status] * 2
    assert url not in client_for(cast.lead).get(address(disputed)).content.decode()


def test_open_result_is_not_offered_to_be_signed(cast, client_for):
    found = closed(cast, ONE)
    for name, url in (
        ("officer", signature("record-signature", found)),
        ("lead", reverse("scoring:sign-result", args=[found.pk])),
    ):
        client = client_for(getattr(cast, name))
        assert f'href="{url}"' not in client.get(address(found)).content.decode()
        page = client.get(url).content.decode()
        assert ["还不能签字" in page, "None" in page, 'name="result_sha256"' in page] == [True, False, False]


def test_nothing_is_recorded_under_a_concluded_result(cast, client_for, concluded):
    assert client_for(cast.officer).get(signature("record-signature", concluded)).status_code == 404


def test_readers_get_their_edition(cast, client_for, concluded):
    whole = document_of(Result.objects.get())
    for name in (*SEES_MARKS, *SEES_RESULT):
        client, sees = client_for(getattr(cast, name)), name in SEES_MARKS
        page = client.get(address(concluded))
        text = page.content.decode()
        assert page.status_code == 200, name
        assert [DISSENT in text, "专家成员一 0" in text] == [sees, sees], name
        files = [*REPORT, *FILES, *OF_MARKS] if sees else FILES
        assert [file for file, _ in page.context["files"]] == files
        given = take(client, concluded, "result.json")
        assert json.loads(given.content) == (whole if sees else for_operator(whole)), name
        for file in OF_MARKS:
            assert take(client, concluded, file).status_code == (200 if sees else 404), (name, file)
    for name in ("officer_b", "outsider", "substitute", "administrator"):
        client = client_for(getattr(cast, name))
        assert client.get(address(concluded)).status_code == 404, name
        assert take(client, concluded, "report.pdf").status_code == 404, name


def test_files_of_all_readers_hold_no_single_mark(cast, client_for, concluded):
    client = client_for(cast.head)
    for name in FILES:
        answer = take(client, concluded, name)
        assert (answer.status_code, name in answer["Content-Disposition"]) == (200, True), name


def test_page_reads_few_statements(cast, client_for, concluded, django_assert_num_queries):
    for name, statements in (("officer", 12), ("head", 12), ("lead", 12)):
        client = client_for(getattr(cast, name))
        client.get(address(concluded))
        with django_assert_num_queries(statements):
            client.get(address(concluded))


def test_preview_needs_the_same_statements_for_all(cast, client_for, disputed, django_assert_num_queries):
    for name in ("lead", "member", "officer"):
        client = client_for(getattr(cast, name))
        client.get(address(disputed))
        with django_assert_num_queries(21):  # it computes the result: no other page reads so much
            assert client.get(address(disputed)).status_code == 200


def test_papers_after_the_result_are_made_from_it(cast, client_for, concluded):
    client = client_for(cast.officer)
    page = client.get(reverse("scoring:papers", args=[concluded.pk]))
    assert page.status_code == 200
    assert "评价报告" in page.content.decode()
    url = reverse("scoring:make-after-papers", args=[concluded.pk, "after"])
    one = client.post(url, {"name": "report"})
    assert (one.status_code, one["Content-Type"].endswith("wordprocessingml.document")) == (200, True)
    assert client.post(url)["Content-Type"] == "application/zip"
    for name in ("head", "outsider"):
        status = client_for(getattr(cast, name)).post(url).status_code
        assert status == {"head": 403, "outsider": 404}[name]


def test_lists_show_and_filter_by_grade(cast, client_for, concluded):
    client, url = client_for(cast.officer), reverse("evaluations:evaluations")
    found = client.get(url, {"grade": "excellent", "sort": "-score"}).content.decode()
    assert ["优秀" in found, "98.00" in found] == [True, True]
    assert "98.00" not in client.get(url, {"grade": "qualified"}).content.decode()


def test_evaluation_and_platform_pages_lead_to_the_result(cast, client_for, concluded):
    for name in ("officer", "head"):
        client = client_for(getattr(cast, name))
        for page in (
            reverse("dossier:evaluation", args=[concluded.pk]),
            reverse("dossier:platform", args=[concluded.platform_id]),
        ):
            assert address(concluded) in client.get(page).content.decode(), (name, page)
