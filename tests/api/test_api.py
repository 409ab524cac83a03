"""The API as a first client uses it."""

import datetime as dt
import json
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from zhiping.accounts.actions import tokens
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.registry.models import Platform

BASE = "/api/v1"


@pytest.fixture
def call():
    """Call the API with a user's token: `call(person, "GET", "/platforms")`."""

    def run(person, method, path, body=None, scope="write"):
        secret = tokens.add_token(Act(person, timezone.now()), name="test", scope=scope, days=1)[1]
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        given = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(client, method.lower())(BASE + path, **given)

    return run


def platform_in(cast, **changes):
    operator = cast.organisation("a1")
    return {
        "id": str(uuid7()), "name": "新平台", "operator": str(operator.pk), "region": operator.region_id,
        "channel": "online", "service_start": "2026-01-05", **changes,
    }  # fmt: skip


def test_a_platform_is_registered_once_however_often_it_is_sent(cast, call):
    body = platform_in(cast)
    first, second = (call(cast.officer_a, "POST", "/platforms", body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["due"] == "2027-01-05"
    assert second.json() == {"already_done": True}
    assert Platform.objects.filter(name="新平台").count() == 1
    assert Event.objects.filter(head=UUID(body["id"])).count() == 1


def test_the_last_evaluation_before_the_system_moves_the_due_date_and_can_be_taken_back(cast, call):
    body = platform_in(cast, service_start="2024-01-05", last_evaluated="2025-09-10", last_grade="qualified")
    made = call(cast.officer_a, "POST", "/platforms", body).json()
    assert (made["last_evaluated"], made["last_grade"], made["due"]) == (
        "2025-09-10",
        "qualified",
        "2026-12-31",
    )
    path, change = f"/platforms/{made['id']}", {"id": str(uuid7()), "seen": made["seen"]}
    later = call(cast.officer_a, "PATCH", path, {**change, "last_evaluated": "2026-01-15"}).json()
    assert (later["last_grade"], later["due"]) == ("qualified", "2027-12-31")
    none = {"id": str(uuid7()), "seen": later["seen"], "last_evaluated": None, "last_grade": ""}
    assert call(cast.officer_a, "PATCH", path, none).json()["due"] == "2025-01-05"


def test_another_region_is_not_there(cast, call):
    assert call(cast.officer_b, "GET", f"/platforms/{cast.platform('a').pk}").status_code == 404
    answer = call(cast.officer_b, "POST", "/platforms", platform_in(cast))
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_visible_object_without_permission_returns_the_code_of_the_domain(cast, call):
    platform = cast.platform("a")
    answer = call(
        cast.staff, "PATCH", f"/platforms/{platform.pk}", {"id": str(uuid7()), "seen": 1, "name": "改"}
    )
    assert answer.status_code == 403
    assert [e["code"] for e in answer.json()["errors"]] == ["accounts.not_allowed"]


def test_change_of_a_stale_version_is_refused(cast, call):
    path = f"/platforms/{cast.platform('a').pk}"
    seen = call(cast.officer_a, "GET", path).json()["seen"]
    change = {"seen": seen, "name": "甲平台"}
    assert call(cast.officer_a, "PATCH", path, {**change, "id": str(uuid7())}).json()["name"] == "甲平台"
    answer = call(cast.officer_a, "PATCH", path, {**change, "id": str(uuid7()), "name": "乙平台"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "ledger.changed")


def test_a_reading_token_only_reads(cast, call):
    assert call(cast.officer_a, "GET", "/platforms", scope="read").status_code == 200
    assert call(cast.officer_a, "POST", "/platforms", platform_in(cast), scope="read").status_code == 401


@pytest.mark.parametrize("ruin", ["revoked", "expired", "inactive"])
def test_a_token_that_has_ended_opens_nothing(cast, ruin):
    person = cast.officer_a
    now = timezone.now()
    token, secret = tokens.add_token(Act(person, now), name="x", scope="read", days=1)
    if ruin == "revoked":
        tokens.revoke_token(Act(person, now), token=token)
    elif ruin == "expired":
        type(token).objects.filter(pk=token.pk).update(expires=now - dt.timedelta(seconds=1))
    else:
        type(person).objects.filter(pk=person.pk).update(is_active=False)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get(f"{BASE}/platforms").status_code == 401


def test_pages_follow_each_other_without_gap_or_repeat(cast, call):
    for n in range(5):
        call(cast.officer, "POST", "/platforms", platform_in(cast, name=f"平台{n}"))
    seen, after = [], ""
    while after is not None:
        answer = call(cast.officer, "GET", f"/platforms?limit=2{f'&after={after}' if after else ''}").json()
        seen += [item["id"] for item in answer["items"]]
        after = answer["next"]
    assert seen == [str(pk) for pk in Platform.objects.order_by("pk").values_list("pk", flat=True)]
    assert len(seen) == 7


def test_all_faults_of_a_body_are_returned_together(cast, call):
    answer = call(cast.officer, "POST", "/platforms", {"name": "", "channel": "phone", "region": "15"})
    assert answer.status_code == 422
    assert {e["where"][-1] for e in answer.json()["errors"]} == {
        "id",
        "name",
        "operator",
        "region",
        "channel",
    }


def test_a_trigger_is_reported_and_decided(cast, call):
    platform = cast.platform("a")
    body = {"id": str(uuid7()), "kind": "software", "happened": "2026-05-01", "description": "系统升级"}
    made = call(cast.staff, "POST", f"/platforms/{platform.pk}/triggers", body).json()
    decided = call(
        cast.officer_a,
        "POST",
        f"/triggers/{made['id']}/decision",
        {"id": str(uuid7()), "seen": made["seen"], "important": True, "reason": "核心功能更换"},
    ).json()
    assert decided["important"] is True
    assert decided["due"] == (timezone.localdate() + dt.timedelta(days=30)).isoformat()


def test_a_page_s_session_writes_only_with_its_token(cast, client_for):
    client = client_for(cast.officer_a)
    assert client.get(f"{BASE}/platforms").status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.officer_a)
    answer = strict.post(
        f"{BASE}/platforms", data=json.dumps(platform_in(cast)), content_type="application/json"
    )
    assert answer.status_code == 403


def test_anonymous_requests_are_refused(cast):
    answer = Client().get(f"{BASE}/platforms")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_the_page_about_the_api_names_every_operation(cast, client_for):
    page = client_for(cast.officer).get("/api/")
    assert len(page.context["operations"]) == 40
    assert all(one["summary"] for one in page.context["operations"])


def test_decision_is_made_once_and_not_on_a_stale_page(cast, call):
    platform = cast.platform("a")
    body = {"id": str(uuid7()), "kind": "software", "happened": "2026-05-01", "description": "系统升级"}
    made = call(cast.staff, "POST", f"/platforms/{platform.pk}/triggers", body).json()
    listed = call(cast.officer_a, "GET", "/triggers").json()["items"][0]
    assert listed["seen"] == made["seen"]
    path, given = f"/triggers/{made['id']}/decision", {"important": True, "reason": "核心功能更换"}
    first = {**given, "id": str(uuid7()), "seen": made["seen"]}
    assert call(cast.officer_a, "POST", path, first).json()["seen"] == made["seen"] + 1
    assert call(cast.officer_a, "POST", path, first).json() == {"already_done": True}
    stale = call(cast.officer, "POST", path, {**given, "id": str(uuid7()), "seen": made["seen"]})
    assert (stale.status_code, stale.json()["errors"][0]["code"]) == (409, "ledger.changed")
    assert Event.objects.filter(head=platform.pk, name="trigger.decided").count() == 1
    assert call(cast.officer_a, "POST", path, given).status_code == 422


@pytest.mark.parametrize("path", ["/platforms?q=a%00b", "/platforms?region=%00"])
def test_nul_in_an_address_is_refused(cast, call, path):
    assert call(cast.officer_a, "GET", path).status_code == 400


def test_nul_in_a_body_is_refused_and_a_backslash_is_not(cast, call):
    body = platform_in(cast, name="甲\0乙")
    assert call(cast.officer_a, "POST", "/platforms", body).status_code == 400
    assert not Platform.objects.filter(pk=body["id"]).exists()
    assert call(cast.officer_a, "POST", "/platforms", platform_in(cast, name="甲\\u0000")).status_code == 201


def test_page_of_the_api_names_parameters_plainly_and_fields_of_bodies(cast, client_for):
    operations = client_for(cast.officer).get("/api/").context["operations"]
    paths = {one["path"]: one["body"] for one in operations if one["method"] == "PATCH"}
    assert ":" not in "".join(paths)
    assert "name" in paths["/api/v1/platforms/{platform_id}"]
