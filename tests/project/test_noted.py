"""What the audit log notes of requests: denials, lists read by programs, files."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import OperationalError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.server.signing_in import sign_in

from zhiping.accounts.actions import tokens
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit
from zhiping.project import noted


def rows(action="denied"):
    return list(Audit.objects.filter(action=action).order_by("id").values_list("by", "subject", "data"))


def test_denial_survives_the_rollback_of_its_request(committed, client_for, monkeypatch):
    from zhiping.accounts.views import audit

    real = audit.require

    def in_a_transaction(*given):
        with transaction.atomic():
            ledger.audit("exported", by=committed.outsider, at=timezone.now())  # goes with the transaction
            real(*given)

    monkeypatch.setattr(audit, "require", in_a_transaction)
    assert client_for(committed.outsider).get("/audit/").status_code == 403
    problems = [{"code": "accounts.not_allowed", "permission": "accounts.see_audit_log"}]
    assert rows() == [(committed.outsider.pk, "/audit/", {"problems": problems})]
    assert rows("exported") == []


def test_simultaneous_denials_are_one_row(committed):
    clients = [Client() for _ in range(8)]
    for client in clients:
        sign_in(client, committed.outsider)

    def ask(client):
        try:
            return client.get("/audit/").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, clients)) == [403] * 8
    assert len(rows()) == 1


def test_hidden_thing_is_noted_as_denial(cast, client_for):
    hidden = reverse("registry:operator", args=[cast.organisation("a1").pk])
    client = client_for(cast.outsider)
    assert [client.get(url).status_code for url in (hidden, "/no-such-page")] == [404, 404]
    assert rows() == [(cast.outsider.pk, hidden, {"problems": []})]


def test_denials_of_the_api_are_noted(cast, client_for):
    url = f"/api/v1/platforms/{uuid4()}"
    assert client_for(cast.outsider).get(url).status_code == 404
    assert rows() == [(cast.outsider.pk, url, {"problems": []})]


def test_stranger_fills_nothing(cast, client):
    for _ in range(5):
        assert client.get("/invitation/accept").status_code == 404
    assert rows() == []


def test_denials_of_a_user_are_bounded(cast, client_for, monkeypatch):
    monkeypatch.setattr(noted, "MOST", 3)
    client = client_for(cast.outsider)
    for _ in range(6):
        client.get(f"/platforms/{uuid4()}")
    client_for(cast.staff).get("/audit/")
    assert [data.get("limit") for by, _, data in rows() if by == cast.outsider.pk] == [None, None, 3]
    assert len(rows()) == 4
    monkeypatch.setattr(noted, "HOUR", dt.timedelta())  # later: earlier denials no longer count
    client.get(f"/platforms/{uuid4()}")
    assert len(rows()) == 5


def test_denial_stays_one_where_it_cannot_be_noted(cast, client_for, caplog, monkeypatch):
    def busy(*_given, **_named):
        raise OperationalError("database is locked")

    client = client_for(cast.outsider)
    monkeypatch.setattr(noted.ledger, "audit", busy)
    assert client.get("/audit/").status_code == 403
    assert "not noted" in caplog.text


@pytest.mark.parametrize("asked", [1, 3])
def test_list_read_by_a_program_is_noted_once_an_hour(cast, client, asked):
    secret = tokens.add_token(Act(cast.officer, timezone.now()), name="汇总", scope="read", days=1)[1]
    for n in range(asked):
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get(f"/api/v1/experts?limit={n + 1}", headers=headers).status_code == 200
    assert rows("exported") == [(cast.officer.pk, "/api/v1/experts", {"token": "汇总"})]


def test_list_read_by_a_browser_is_not_noted(cast, client_for):
    assert client_for(cast.officer).get("/api/v1/experts").status_code == 200
    assert rows("exported") == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_link_cannot_export(cast, client_for, site):
    client = client_for(cast.officer)
    for url in ("/experts/?export=xlsx", "/?export=x", "/people/?export=xlsx"):
        answer = client.get(url, headers={"Sec-Fetch-Site": site})
        assert (answer.status_code, "Content-Disposition" in answer.headers) == (200, False)
    assert rows("exported") == []


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}])
def test_typed_address_exports_and_is_noted_where_a_file_is_made(cast, client_for, headers):
    client = client_for(cast.officer)
    assert "Content-Disposition" not in client.get("/experts/?export=x", headers=headers).headers
    assert rows("exported") == []
    answer = client.get("/experts/?export=xlsx", headers=headers)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert rows("exported") == [(cast.officer.pk, "/experts/", {})]


def test_button_exports_the_filtered_list_and_is_noted(cast, client_for):
    answer = client_for(cast.officer).post("/experts/?q=nobody", {"export": "xlsx"})
    assert "attachment" in answer.headers["Content-Disposition"]
    assert rows("exported") == [(cast.officer.pk, "/experts/", {})]


def test_export_needs_the_token_of_a_form(cast):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, cast.officer)
    assert client.post("/experts/", {"export": "xlsx"}).status_code == 403
    assert rows("exported") == []
