"""A database that is locked, a disk that is full: 503 and 507, and what was typed is kept."""

import errno
import html
import re
import sqlite3

import pytest
from django.core.cache import cache
from django.db import DatabaseError, OperationalError, connection
from django.test import Client
from tests.server import databases
from tests.server.faults import full, locked, read_only

from zhiping.accounts.models import Organisation
from zhiping.ids import uuid7
from zhiping.web.unavailable import status_of

TYPED = {"name": '某运营单位 "甲"', "kind": "operator", "region": "150100", "address": "", "code": ""}

FAULTS = pytest.mark.parametrize(("fault", "status"), [(full, 507), (read_only, 503), (locked, 503)])


def fields(page):
    """Return what the form of a page would send."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def added():
    return Organisation.objects.filter(name=TYPED["name"]).count()


@FAULTS
def test_a_form_is_kept_and_sent_again_once(committed, client_for, fault, status):
    client = client_for(committed.administrator)
    client.raise_request_exception = False
    page = client.get("/organisations/add").content.decode()
    sent = fields(page) | TYPED
    with fault():
        answer = client.post("/organisations/add", sent)
    assert (answer.status_code, answer["Retry-After"]) == (status, "10")
    assert added() == 0
    kept = fields(answer.content.decode())
    assert kept == sent
    for _ in range(2):
        assert client.post("/organisations/add", kept).status_code == 302
    assert added() == 1


@FAULTS
def test_a_sign_in_is_no_wrong_password_and_its_password_is_not_repeated(committed, fault, status):
    client = Client(raise_request_exception=False)
    client.get("/account/login/")
    with fault():
        answer = client.post("/account/login/", {"login": "officer", "password": "correct horse"})
    page = answer.content.decode()
    assert answer.status_code == status
    assert fields(page)["login"] == "officer"
    assert "correct horse" not in page
    assert re.search(r'<input [^>]*type="password" name="password" required>', page)


@FAULTS
def test_a_program_gets_a_problem(committed, client_for, fault, status):
    client = client_for(committed.staff)
    client.raise_request_exception = False
    client.cookies["csrftoken"] = token = "a" * 32
    path = f"/api/v1/platforms/{committed.platform('a').pk}/triggers"
    body = {"id": str(uuid7()), "kind": "software", "happened": "2026-05-01", "description": "系统升级"}
    with fault():
        read = client.get("/api/v1/platforms")
        written = client.post(path, body, "application/json", headers={"X-CSRFToken": token})
    assert written.status_code == status
    for answer in (written, *([read] if fault is locked else [])):
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["errors"][0]["code"] == f"web.unavailable.{answer.status_code}"


def test_a_page_that_cannot_be_read_offers_to_try_again(committed, client_for):
    client = client_for(committed.officer)
    client.raise_request_exception = False
    with locked():
        answer = client.get("/platforms/?q=a")
    assert answer.status_code == 503
    assert 'href="/platforms/?q=a"' in answer.content.decode()


def test_attempts_that_cannot_be_counted_are_no_attempts_too_many(committed):
    with full(), pytest.raises(DatabaseError) as raised:
        cache.set("login", list(range(10_000)), 60)
    assert status_of(raised.value) == 507
    assert cache.add("login", 1, 60) is True
    assert cache.add("login", 2, 60) is False


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(errno.ENOSPC, ""), 507),
        (OSError(errno.EDQUOT, ""), 507),
        (OSError(errno.ENOENT, ""), None),
        (sqlite3.OperationalError("no such table: a"), None),
        (KeyError(), None),
    ],
)
def test_only_transient_faults_have_a_status(error, status):
    assert status_of(error) == status
    assert status_of(OperationalError()) is None


def test_a_fault_of_the_program_stays_one(committed, client_for):
    client = client_for(committed.administrator)
    client.raise_request_exception = False
    databases.become("postgres")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_organisation RENAME TO elsewhere")
    databases.become(databases.APP)
    assert client.get("/organisations/").status_code == 500
