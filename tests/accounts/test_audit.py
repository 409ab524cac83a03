"""The audit log: for auditors, narrowed, exported, every entry with its words."""

import ast
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import zhiping
from zhiping.ledger import actions as ledger
from zhiping.ledger.models import Audit
from zhiping.texts import catalogue


@pytest.mark.parametrize(
    "who", ["administrator", "officer", "staff", "head", "lead", "archivist", "outsider"]
)
def test_audit_log_is_for_auditors(cast, client_for, who):
    assert client_for(getattr(cast, who)).get("/audit/").status_code == 403
    assert Audit.objects.filter(action="denied", by=getattr(cast, who), subject="/audit/").count() == 1


def rows(client, query):
    return [
        [cell.text for cell in row.cells] for row in client.get(f"/audit/?{query}").context["listing"].rows
    ]


def test_audit_log_filters_by_person_action_and_time(cast, client_for):
    client = client_for(cast.auditor)
    ledger.audit("exported", by=cast.officer, at=timezone.now(), subject="/people/")
    today = timezone.localdate().isoformat()
    assert [row[1:4] for row in rows(client, "action=exported")] == [["区局工作人员", "导出", "/people/"]]
    assert [row[1] for row in rows(client, "q=区局")] == ["区局工作人员"]
    assert rows(client, "until=2020-01-01") == []
    assert len(rows(client, f"since={today}&until={today}")) == Audit.objects.count()


def test_audit_log_has_a_constant_number_of_queries(cast, client_for):
    client = client_for(cast.auditor)

    def statements():
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/audit/").status_code == 200
        return len(seen)

    first = statements()
    for _ in range(60):
        ledger.audit("exported", by=cast.officer, at=timezone.now())
    assert (statements(), first <= 12) == (first, True)


def test_export_of_the_audit_log_is_recorded(cast, client_for):
    assert client_for(cast.auditor).post("/audit/", {"export": "xlsx"}).status_code == 200
    assert Audit.objects.filter(action="exported", by=cast.auditor, subject="/audit/").count() == 1


def test_same_denial_is_recorded_once_a_minute(cast, client_for):
    client = client_for(cast.outsider)
    for _ in range(5):
        client.get("/audit/")
    client.get("/people/")
    kept = Audit.objects.filter(action="denied", by=cast.outsider).values_list("subject", flat=True)
    assert sorted(kept) == ["/audit/", "/people/"]


def test_every_recorded_action_has_a_text():
    noted = set()
    for path in Path(zhiping.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
        constants = {node.targets[0].id: node.value for node in assigned if hasattr(node.targets[0], "id")}
        for node in ast.walk(tree):
            name = getattr(
                getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", "")
            )
            if name in ("audit", "_note", "_second") and node.args:
                first = node.args[1] if name == "_second" else node.args[0]
                first = constants.get(getattr(first, "id", ""), first)
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    noted.add(first.value)
    from zhiping.accounts.audit import SECOND

    known = catalogue.lookup("zh", "accounts.audit_actions")
    assert {"signed_in", "exported", "denied", "key.announced"} <= noted
    assert sorted((noted | set(SECOND.values())) - set(known)) == []


def test_denial_is_shown_in_words(cast, client_for):
    client_for(cast.outsider).get("/audit/")
    client = client_for(cast.auditor)
    text = client.get("/audit/?action=denied").content.decode()
    assert "拒绝原因：没有权限（accounts.see_audit_log）" in text
    assert "not_allowed" not in text
