"""Impossible dates are refused by pages and API with the sentences of one table, and nothing is written."""

import datetime as dt
import html
import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.panels.panels import composed, opened

from zhiping.accounts.actions import tokens
from zhiping.domain import dates
from zhiping.domain.errors import Problem
from zhiping.evidence.models import Evidence
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.registry.models import Platform, Site
from zhiping.texts.catalogue import LANGUAGES, problem_text, speaking

SERVICE, FUTURE = "2024-05-01", "2190-01-02"


@pytest.fixture
def things(cast):
    """Return the things of the pages below, their platform in service since SERVICE."""
    platform = cast.platform("a")
    Platform.objects.filter(pk=platform.pk).update(service_start=SERVICE)
    evaluation = opened(cast)
    composed(cast, evaluation)
    seat = evaluation.seats.filter(declared__isnull=False).first() or evaluation.seats.first()
    return {
        "platform": [platform.pk],
        "evaluation": [evaluation.pk],
        "expert": [cast.expert("lead").pk],
        "site": [platform.pk, Site.objects.create(platform=platform, name="主站点").pk],
        "seat": [seat.pk],
        "programme": [],
        "form": {
            "name": "平台",
            "operator": platform.operator_id,
            "region": platform.region_id,
            "channel": "both",
            "rubric": cast.rubric.pk,
            "authority": cast.organisation("a").pk,
            "standing": "none",
        },
    }


PERIOD = {"period_start": "2025-01-01", "period_end": "2025-12-31"}
PROGRAMME = {"name": "计划", "year": "2025", "period_start": "2025-01-01", "period_end": "2024-12-31"}
WORKED = {"operator": "", "organisation": "某所", "since": "2025-02-02", "until": "2025-02-01"}
LINE = {"kind": "sign_in", "sign_in-who": "张三", "sign_in-day": FUTURE, "sign_in-key": str(uuid7())}
PAGES = [
    # page, thing, what is typed, code, date found, date allowed
    ("registry:change-platform", "platform", {"service_start": FUTURE}, "dates.future", FUTURE, None),
    ("registry:end-service", "platform", {"ended": "2024-04-30", "reason": "停办"},
     "dates.before_service", "2024-04-30", SERVICE),
    ("registry:change-site", "site", {"name": "主站点", "closed": "2024-04-30"},
     "dates.before_service", "2024-04-30", SERVICE),
    ("registry:report-trigger", "platform", {"kind": "software", "happened": FUTURE, "description": "换系统"},
     "dates.future", FUTURE, None),
    ("evaluations:open-evaluation", "platform", {**PERIOD, "period_start": "2026-01-01"},
     "dates.period", "2025-12-31", "2026-01-01"),
    ("evaluations:open-evaluation", "platform", {"period_start": "2023-01-01", "period_end": "2023-12-31"},
     "dates.service_after_period", SERVICE, "2023-12-31"),
    ("evaluations:add-programme", "programme", PROGRAMME,
     "dates.period", "2024-12-31", "2025-01-01"),
    ("visits:plan-visit", "evaluation", {"visit_start": "2026-06-10", "visit_end": "2026-06-09"},
     "dates.visit", "2026-06-09", "2026-06-10"),
    ("visits:plan-visit", "evaluation", {"visit_start": "2024-12-31", "visit_end": "2026-06-09"},
     "dates.visit_before_period", "2024-12-31", "2025-01-01"),
    ("visits:visit", "evaluation", LINE, "dates.future", FUTURE, None),
    ("experts:add-training", "expert", {"topic": "方法", "date": FUTURE}, "dates.future", FUTURE, None),
    ("experts:add-training", "expert", {"topic": "法", "date": "2025-02-02", "valid_until": "2025-02-01"},
     "dates.training", "2025-02-01", "2025-02-02"),
    ("experts:add-affiliation", "expert", WORKED,
     "dates.affiliation", "2025-02-01", "2025-02-02"),
    ("panels:record-declaration", "seat", {"signed": FUTURE}, "dates.future", FUTURE, None),
]  # fmt: skip


def sentence(code, found, limit):
    limit = limit or str(timezone.localdate())
    return problem_text(Problem(code, {"found": found, "limit": limit}))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("page", "thing", "typed", "code", "found", "limit"), PAGES)
def test_page_refuses_an_impossible_date_with_what_is_allowed(
    cast, client_for, things, language, page, thing, typed, code, found, limit
):
    before = Event.objects.count()
    client = client_for(cast.officer)
    client.cookies["django_language"] = language
    form = things["form"] | {"key": str(uuid7())}
    answer = client.post(
        reverse(page, args=things[thing]), {**form, **typed}, headers={"accept-language": language}
    )
    with speaking(language):
        expected = sentence(code, found, limit)
    assert answer.status_code == 422
    assert expected in html.unescape(answer.content.decode())
    assert Event.objects.count() == before


API = [
    ("platforms", {"service_start": FUTURE}, [("dates.future", "service_start")]),
    (
        "platforms",
        {"service_start": "2024-05-01", "last_evaluated": "2024-04-30", "last_grade": "qualified"},
        [("dates.before_service", "last_evaluated")],
    ),
    (
        "triggers",
        {"kind": "software", "happened": FUTURE, "description": "换系统"},
        [("dates.future", "happened")],
    ),
]


@pytest.mark.parametrize(("thing", "given", "codes"), API)
def test_api_refuses_an_impossible_date_with_its_code(cast, things, thing, given, codes):
    secret = tokens.add_token(Act(cast.officer, timezone.now()), name="test", scope="write", days=1)[1]
    operator, platform = cast.organisation("a1"), cast.platform("a")
    path = f"platforms/{platform.pk}/triggers" if thing == "triggers" else thing
    body = {"id": str(uuid7()), **given}
    if thing == "platforms":
        body |= {
            "name": "新平台",
            "operator": str(operator.pk),
            "region": operator.region_id,
            "channel": "online",
        }
    client, before = Client(headers={"Authorization": f"Bearer {secret}"}), Event.objects.count()
    answer = client.post(f"/api/v1/{path}", data=json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
    assert [(e["code"], *e["where"]) for e in answer.json()["errors"]] == codes
    assert Event.objects.count() == before


def test_every_code_of_the_table_is_shown_by_a_page_or_a_file():
    by_file = {"dates.visit_before_service", "dates.declared_after_report", "dates.trip"}
    by_file |= {"dates.report_before_visit", "dates.report_before_sheet"}
    by_file |= {"dates.letter_after_visit", "dates.letter_before_visit", "dates.draft_after_report"}
    by_file |= {"dates.letter_before_report", "dates.printed_before_letter", "dates.plan_before_report"}
    by_file |= {"dates.due_before_letter", "dates.due_after_visit"}
    codes = {order.code for order in dates.ORDERS} | {"dates.future"}
    assert codes == {code for *_, code, _, _ in PAGES} | by_file


@pytest.mark.parametrize("language", LANGUAGES)
def test_criterion_the_rubric_does_not_have_is_refused_as_evidence(cast, client_for, things, language):
    typed = {"kind": "seen", "caption": "台账", "criteria": "3.1、99.9", "key": str(uuid7())}
    answer = client_for(cast.officer).post(
        reverse("evidence:evidence", args=things["evaluation"]), typed, headers={"accept-language": language}
    )
    assert answer.status_code == 422
    assert "“99.9”" in html.unescape(answer.content.decode())


def test_criteria_are_written_as_the_rubric_writes_them(cast, client_for, things):
    typed = {"kind": "seen", "caption": "台账", "criteria": "３.１，b.1", "key": str(uuid7())}
    address = reverse("evidence:evidence", args=things["evaluation"])
    assert client_for(cast.officer).post(address, typed).status_code == 302
    assert Evidence.objects.get(caption="台账").ids == ("3.1", "B.1")


def test_odd_dates_are_shown_and_block_nothing(cast, client_for, things):
    client, evaluation = client_for(cast.officer), things["evaluation"]
    planned = {"key": str(uuid7()), "visit_start": "2025-06-10", "visit_end": "2025-06-11", "seen": ""}
    assert client.post(reverse("visits:plan-visit", args=evaluation), planned).status_code == 302
    line = {**LINE, "sign_in-key": str(uuid7()), "sign_in-day": "2025-06-12"}
    assert client.post(reverse("visits:visit", args=evaluation), line).status_code == 302
    planned = {"kind": "appointment", "appointment-key": str(uuid7()), "appointment-subject": "首次会议"}
    planned |= {"appointment-day": "2025-06-09", "appointment-time": "09:00"}
    assert client.post(reverse("visits:visit", args=evaluation), planned).status_code == 302
    page = html.unescape(client.get(reverse("visits:visit", args=evaluation)).content.decode())
    assert "不在现场评价期间（2025-06-10 至 2025-06-11），请核实：2025-06-09 09:00 首次会议。" in page
    assert "现场评价（2025-06-10）早于评价期间的止日（2025-12-31）" in page
    assert "有签到记录的日期（2025-06-12）不在现场评价期间（2025-06-11）" in page


def test_record_of_today_is_possible():
    today = dt.date(2026, 5, 20)
    assert dates.problems(dict.fromkeys(dates.PAST, today), today) == []
