"""Pages of rubrics: table, comparison, downloads, drafts and publishing."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from tests.documents.standard.standard_documents import STATION

from zhiping.documents.files import rubric_file
from zhiping.documents.spreadsheets.workbook import reading
from zhiping.domain.doubt import Doubt
from zhiping.ledger.act import Act
from zhiping.rubrics import actions
from zhiping.rubrics.models import Rubric

LIST, DETAIL = 6, 7  # queries, including those for the session and the top bar
TABLE = rubric_file.bundled()
DOUBT = Doubt("D1", "gap", "第 5 行", "2 分", "按原文保留")


def url(name, *args):
    return reverse(f"rubrics:{name}", args=args)


def text_of(response):
    return unescape(re.sub(r"<[^>]*>", " ", response.content.decode()))


def upload(client, name, content):
    return client.post(url("new"), {"file": SimpleUploadedFile(name, content)})


def published(cast, **changes):
    table = replace(TABLE, **{"version": "2026", **changes})
    return actions.publish(Act(cast.officer, timezone.now()), source=rubric_file.dumps(table))


@pytest.mark.parametrize("name", ["outsider", "head", "lead", "auditor"])
def test_signed_in_users_can_read_rubrics(cast, client_for, name):
    client = client_for(getattr(cast, name))
    assert [
        client.get(url("rubrics")).status_code,
        client.get(url("rubric", cast.rubric.pk)).status_code,
    ] == [200] * 2
    assert client.get(url("new")).status_code == 403
    assert url("new") not in client.get(url("rubrics")).content.decode()


def test_rubrics_require_sign_in(cast, client):
    assert client.get(url("rubrics")).status_code == 302


@pytest.mark.parametrize("number", [1, 3])
def test_list_has_a_constant_number_of_queries(cast, client_for, django_assert_num_queries, number):
    client = client_for(cast.officer)
    for n in range(number - 1):
        published(cast, version=f"{n}")
    client.get(url("rubrics"))
    with django_assert_num_queries(LIST):
        response = client.get(url("rubrics"))
    assert len(response.context["listing"].rows) == number


def test_page_prints_every_criterion_with_its_levels_in_both_languages(
    cast, client_for, django_assert_num_queries
):
    client = client_for(cast.outsider)
    address = url("rubric", cast.rubric.pk)
    client.get(address)
    with django_assert_num_queries(DETAIL):
        response = client.get(address, {"words": "both"})
    page = response.content.decode()
    assert re.findall(r'<tr role="row" id="c-([^"]+)"', page) == list(TABLE.criteria)
    shown = text_of(response)
    for criterion in TABLE.criteria.values():
        assert {criterion.text.zh, criterion.text.en} <= set(re.split(r"\s{2,}", shown.replace("\n", "  ")))
    assert {TABLE.scale_sha256, TABLE.wording_sha256} <= set(shown.split())
    only = text_of(client.get(address, {"words": "en"}))
    assert TABLE.criteria["3.1"].text.en in only
    assert TABLE.criteria["3.1"].text.zh not in only


def test_downloads_are_the_published_file_and_the_printed_table(cast, client_for, tmp_path):
    client = client_for(cast.head)
    assert client.post(url("rubric-file", cast.rubric.pk, "toml")).content.decode() == cast.rubric.source
    path = tmp_path / "table.xlsx"
    response = client.post(url("rubric-file", cast.rubric.pk, "xlsx"))
    path.write_bytes(response.content)
    assert "filename*=" in response["Content-Disposition"]
    [sheet] = reading.read(path).worksheets.values()
    assert [row[3] for row in sheet.rows[2:53]] == list(TABLE.criteria)
    assert client.post(url("rubric-file", cast.rubric.pk, "exe")).status_code == 404


def test_comparison_shows_changes_and_whether_sheets_can_be_combined(cast, client_for):
    old = cast.rubric
    client = client_for(cast.outsider)
    new = published(cast, dimensions=reworded("另一种说法"))
    response = client.get(url("compare", new.pk), {"with": str(old.pk)})
    assert [(c["part"], c["id"], c["what"]) for c in response.context["changes"]] == [
        ("table", "", "wording"),
        ("criterion", "1.2", "wording"),
    ]
    assert response.context["same_scale"]
    assert "另一种说法" in text_of(response)
    best, *lower = TABLE.bands
    other = published(cast, version="2027", bands=(replace(best, lower=best.lower + 1), *lower))
    response = client.get(url("compare", other.pk), {"with": "no id"})
    assert (response.context["old"], response.context["same_scale"]) == (new, False)


def reworded(words):
    """Return the dimensions of the table with another wording for the best level of 1.2."""
    [first, *others] = TABLE.dimensions
    [indicator, *rest] = first.indicators
    criteria = list(indicator.criteria)
    best, *lower = criteria[1].levels
    criteria[1] = replace(criteria[1], levels=(replace(best, text=replace(best.text, zh=words)), *lower))
    return (replace(first, indicators=(replace(indicator, criteria=tuple(criteria)), *rest)), *others)


def test_only_version_cannot_be_compared(cast, client_for):
    client = client_for(cast.outsider)
    assert client.get(url("compare", cast.rubric.pk)).status_code == 404


def test_rubric_file_is_read_checked_and_published(cast, client_for):
    client = client_for(cast.officer)
    source = "# why: remarks stay\r\n" + rubric_file.dumps(replace(TABLE, version="2026"))
    response = upload(client, "新表.toml", source.encode("gb18030"))
    draft = response.context["draft"]
    assert (response.status_code, draft.ready, draft.source) == (200, True, source.replace("\r\n", "\n"))
    assert Rubric.objects.count() == 1
    form = response.context["form"]
    sent = {"key": str(form.initial["key"]), "source": draft.source.replace("\n", "\r\n")}
    assert client.post(url("publish"), sent).status_code == 302
    assert client.post(url("publish"), sent).status_code == 302  # a double click
    assert Rubric.objects.get(version="2026").source == draft.source


def test_standard_becomes_a_draft_with_doubts_to_settle(cast, client_for):
    client = client_for(cast.officer)
    response = upload(client, "便民服务站.txt", STATION.read_bytes())
    draft = response.context["draft"]
    doubts = [doubt.id for doubt in draft.contents.unsettled]
    assert (draft.ready, len(doubts) > 3, draft.contents.problems) == (False, True, ())
    refused = client.post(url("publish"), {"source": draft.source})
    assert (refused.status_code, Rubric.objects.count()) == (422, 1)
    assert len(refused.context["form"].non_field_errors()) == len(doubts)
    half = client.post(url("draft"), {"source": draft.source, "accept": doubts[1:]}).context["draft"]
    assert [doubt.id for doubt in half.contents.unsettled] == doubts[:1]
    whole = client.post(url("draft"), {"source": half.source, "accept": doubts}).context["draft"]
    assert whole.ready
    assert {doubt.settled for doubt in whole.contents.doubts} == {
        f"同意拟处理意见（区局工作人员，{timezone.localdate()}）"
    }
    assert client.post(url("publish"), {"source": whole.source}).status_code == 302
    assert Rubric.objects.get(rubric_id="便民服务站").source == whole.source


def test_draft_round_trips_through_a_file(cast, client_for):
    client = client_for(cast.officer)
    source = rubric_file.dumps(replace(TABLE, version="2026"), [DOUBT])
    content = client.post(url("draft-file", "toml"), {"source": source}).content
    assert content.decode() == source
    assert upload(client, "draft.toml", content).context["draft"].contents.unsettled == (DOUBT,)
    assert client.post(url("draft-file", "xlsx"), {"source": source}).content[:2] == b"PK"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", b"no rubric = [", "第 1 行"),
        ("a.docx", b"%PDF-1.7", "docx"),
        ("a.xlsx", b"PK\x03\x04 broken", "a.xlsx"),
        ("a.txt", "没有表格".encode(), "a.txt"),
    ],
)
def test_file_without_a_rubric_is_refused_at_the_field(cast, client_for, name, content, said):
    response = upload(client_for(cast.officer), name, content)
    [*errors] = response.context["form"].errors["file"]
    assert errors
    assert said in errors[0]


@pytest.mark.parametrize("name", ["draft", "publish"])
def test_others_cannot_check_or_publish(cast, client_for, name):
    client = client_for(cast.officer_a)
    source = rubric_file.dumps(replace(TABLE, version="2026"))
    assert client.post(url(name), {"source": source}).status_code == 403
    assert client.post(url("draft-file", "toml"), {"source": source}).status_code == 403
    assert Rubric.objects.count() == 1


def test_broken_draft_is_reported(cast, client_for):
    client = client_for(cast.officer)
    assert client.post(url("draft"), {"source": "x"}).status_code == 422
    assert client.post(url("draft"), {}).status_code == 422


def test_withdrawing_requires_a_reason_and_can_be_undone(cast, client_for):
    client, rubric = client_for(cast.officer), cast.rubric
    response = client.get(url("withdraw", rubric.pk))
    seen = response.context["form"].initial["seen"]
    response = client.post(url("withdraw", rubric.pk), {"seen": seen, "reason": ""})
    assert response.context["form"].errors.keys() == {"reason"}
    assert client.post(url("withdraw", rubric.pk), {"seen": seen, "reason": "过时"}).status_code == 302
    page = client.get(url("rubric", rubric.pk))
    assert "已停用" in text_of(page)
    assert client.post(url("restore", rubric.pk), {"seen": seen + 1}).status_code == 302
    assert "使用中" in text_of(client.get(url("rubric", rubric.pk)))
    assert client_for(cast.outsider).post(url("restore", rubric.pk)).status_code == 403
