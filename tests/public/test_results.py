"""Announced results: what everybody sees, without session, cookie or anything personal."""

import pytest
from django.core.cache import caches
from django.urls import reverse
from tests.browser import DESKTOP, PHONE
from tests.e2e.test_axe import sideways, violations
from tests.panels.panels import fresh
from tests.public.offline import visitor
from tests.public.test_verification import issued
from tests.reporting.reporting import act, seen

from zhiping.domain.errors import Conflict, NotAllowed
from zhiping.ledger import verification
from zhiping.public import actions
from zhiping.public.models import Announcement

PAGE = "/public/zh/"


@pytest.fixture(autouse=True)
def no_pages():
    caches["public"].clear()
    yield
    caches["public"].clear()


@pytest.fixture
def announced(cast):
    return announce(cast, issued(cast))


def announce(cast, report):
    actions.announce_result(act(cast, "officer"), seen(cast, "officer", report.evaluation))
    return report


def shown(client, page=PAGE, **asked):
    caches["public"].clear()
    answer = client.get(page, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_result_is_shown_once_it_is_announced_and_until_it_is_withdrawn(cast, client):
    report = issued(cast)
    name = report.evaluation.platform.name
    assert name not in shown(client)
    announce(cast, report)
    page = shown(client)
    assert [text for text in (name, "优秀", report.number, str(report.date)) if text not in page] == []
    with pytest.raises(Conflict, match="announced"):
        announce(cast, report)
    assert verification.verify(fresh(report.evaluation).head) == []
    actions.withdraw_result(act(cast, "officer"), seen(cast, "officer", report.evaluation))
    assert name not in shown(client)
    with pytest.raises(Conflict, match="not_announced"):
        actions.withdraw_result(act(cast, "officer"), seen(cast, "officer", report.evaluation))
    assert verification.verify(fresh(report.evaluation).head) == []


@pytest.mark.parametrize("name", ["staff", "lead", "head"])
def test_only_those_in_charge_announce(cast, name):
    report = issued(cast)
    with pytest.raises(NotAllowed):
        actions.announce_result(act(cast, name), seen(cast, name, report.evaluation))


def test_corrected_report_hides_the_announced_result(cast, client, announced):
    newer = type(announced).objects.get(pk=announced.pk)
    newer.pk, newer.version, newer.count, newer.number = None, 9, 9, "质评〔2026〕9号"
    newer.id = type(announced)._meta.get_field("id").get_default()
    newer.save(force_insert=True)
    assert announced.number not in shown(client)
    announce(cast, newer)
    assert newer.number in shown(client)
    assert Announcement.objects.count() == 1


def test_pages_are_chosen_by_year_and_region(client, announced):
    code = announced.evaluation.platform.region_id
    here = {"year": announced.year, "region": f"{code[:4]}00"}
    assert announced.number in shown(client, **here)
    for wrong in ({"year": 1999}, {"region": "999900"}, {"page": 2}, {"page": "x"}, {"year": "٣"}):
        assert client.get(PAGE, wrong).status_code == 404


def test_anonymous_visitors_get_no_cookie_and_caches_may_keep_the_page(client, announced):
    answer = client.get(PAGE)
    assert (answer.cookies, answer["Cache-Control"]) == ({}, "public, max-age=300")
    assert "Cookie" not in answer.get("Vary", "")
    assert client.get("/public/")["Location"] == PAGE


def test_a_hundred_requests_take_three_statements(client, announced, django_assert_num_queries):
    with django_assert_num_queries(3):
        for _ in range(100):
            assert client.get(PAGE).status_code == 200


def test_switched_off_there_are_no_pages(cast, client, client_for, announced, settings):
    settings.PUBLIC = False
    own = reverse("public:announcement", args=[announced.evaluation_id])
    officer = client_for(cast.officer)
    statuses = [
        one.get(url).status_code for one, url in ((client, PAGE), (client, "/public/"), (officer, own))
    ]
    assert statuses == [404, 404, 404]
    assert client.get(reverse("public:verify")).status_code == 200  # printed codes lead there


def personal(cast, report):
    """Change everything about people, marks and words that the database has of a report."""
    for number, user in enumerate(type(cast.officer).objects.all()):
        user.name, user.phone, user.email = f"某{number}", f"139{number:08}", "x@example.org"
        user.save()
    for seat in report.evaluation.seats.select_related("expert"):
        seat.expert.name = f"另{seat.pk}"
        seat.expert.save()
    rows = type(report).objects.filter(pk=report.pk)
    rows.update(reviewer="另一人", signer="另一人", words={"overview": "另"}, pdf="0" * 64)


def test_worlds_that_differ_in_people_marks_and_words_look_the_same(cast, client, announced):
    before = [shown(client, page) for page in (PAGE, "/public/en/")]
    personal(cast, announced)
    assert [shown(client, page) for page in (PAGE, "/public/en/")] == before
    platform = announced.evaluation.platform  # the control: what is shown does differ
    type(platform).objects.filter(pk=platform.pk).update(name="另一个平台")
    assert shown(client) != before[0]


def test_officer_announces_from_the_page_of_the_report(cast, client_for):
    report = issued(cast)
    client = client_for(cast.officer)
    own = reverse("public:announcement", args=[report.evaluation_id])
    assert own in client.get(reverse("reporting:report", args=[report.evaluation_id])).content.decode()
    assert client.post(reverse("public:announce", args=[report.evaluation_id])).status_code == 302
    assert "已于" in client.get(own).content.decode()
    client.post(reverse("public:withdraw", args=[report.evaluation_id]))
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(("language", "size"), [("zh", DESKTOP), ("en", PHONE)])
def test_page_in_the_browser(committed, language, size):
    announce(committed, issued(committed))
    with visitor(language=language, size=size) as person:
        person.go(f"/public/{language}/")
        person.page.get_by_role("table").wait_for()
        assert (violations(person.page), sideways(person.page)) == ([], 0)
        assert person.context.cookies() == []
