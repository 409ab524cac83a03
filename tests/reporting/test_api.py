"""Reports by the API: read, written, objected to, taken and received."""

import json

import pytest
from django.utils import timezone
from tests.reporting.reporting import accept, answer, concluded, issue, object_to, sent

from zhiping.ids import uuid7
from zhiping.ledger.models import Audit

BASE = "/api/v1"


@pytest.fixture
def call(client_for):
    def run(person, method, path, body=None):
        given = {"data": json.dumps(body or {}), "content_type": "application/json"}
        return getattr(client_for(person), method)(BASE + path, **({} if method == "get" else given))

    return run


def test_draft_objection_and_answer_are_read(cast, call):
    evaluation = sent(cast, timezone.now())
    one = object_to(cast, evaluation, now=timezone.now())
    answer(cast, evaluation, one)
    report = call(cast.staff, "get", f"/evaluations/{evaluation.pk}/report").json()
    (draft,) = report["editions"]
    assert (draft["number"], draft["received"], len(draft["pdf_sha256"])) == ("", None, 64)
    (shown,) = report["objections"]
    assert (shown["criterion"], shown["verdict"], shown["answer"]) == ("4.1", "", "")
    (read,) = call(cast.lead, "get", f"/evaluations/{evaluation.pk}/report").json()["objections"]
    assert (read["verdict"], read["answer"]) == ("upheld", "补充材料属实")


def test_part_is_written_and_refused_where_it_changed(cast, call):
    evaluation = concluded(cast)
    path = f"/evaluations/{evaluation.pk}/report/parts"
    body = {"id": str(uuid7()), "text": "窗口规范。"}
    assert call(cast.member, "put", f"{path}/overview", body).json()["overview"] == "窗口规范。"
    late = {"id": str(uuid7()), "text": "台账完整。"}
    refused = call(cast.lead, "put", f"{path}/overview", late)
    codes = [one["code"] for one in refused.json()["errors"]]
    assert (refused.status_code, codes) == (409, ["reporting.part_changed"])
    assert call(cast.lead, "get", path).json()["overview"] == "窗口规范。"


def test_report_is_taken_and_received_once(cast, call):
    evaluation = sent(cast, timezone.now())
    accept(cast, evaluation, timezone.now())
    edition = issue(cast, evaluation, timezone.now())
    taken = call(cast.staff, "post", f"/editions/{edition.pk}/files/pdf")
    assert b"".join(taken.streaming_content)[:5] == b"%PDF-"
    assert Audit.objects.filter(action="exported", data__file="pdf").count() == 1
    body = {"id": str(uuid7())}
    first, second = (call(cast.staff, "post", f"/editions/{edition.pk}/receipt", body) for _ in range(2))
    assert (first.status_code, second.json()) == (201, {"already_done": True})
    assert first.json()["received"] == timezone.localdate().isoformat()


def test_objection_is_raised_by_the_operator_only(cast, call):
    evaluation = sent(cast, timezone.now())
    path, body = f"/evaluations/{evaluation.pk}/objections", {"criterion": "4.1", "text": "公示栏一直在"}
    refused = call(cast.lead, "post", path, {"id": str(uuid7()), **body})
    made = call(cast.staff, "post", path, {"id": str(uuid7()), **body})
    assert (refused.status_code, made.status_code, evaluation.objections.count()) == (403, 201, 1)
