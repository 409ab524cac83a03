"""The inbox: who is told, who reads, and what a page asks of the database."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import transaction
from django.urls import reverse
from tests.server.cast import NOW

from zhiping.domain.errors import NotAllowed
from zhiping.notices import actions, queries
from zhiping.notices.models import Notice
from zhiping.texts import catalogue

CODE, DATA = "notices.told", {"text": "甲区一站式服务平台"}
PAGE = 7  # statements, session and frame included


@pytest.fixture(autouse=True)
def sentence(monkeypatch):
    """A sentence of the catalogue for these tests."""
    for language, words in (("zh", "请看：{text}"), ("en", "Please see: {text}")):
        monkeypatch.setitem(catalogue.area(language, "notices"), "notices", {"told": words})


def tell(to, url="", n=0):
    actions.tell(to=to, code=CODE, data=DATA, url=url, now=NOW + timedelta(minutes=n))


def test_people_are_told_with_the_action_or_not_at_all(cast):
    with transaction.atomic():
        tell(cast.head)
        transaction.set_rollback(True)
    assert queries.unread(cast.head) == 0
    tell([cast.head, cast.staff])
    assert [queries.unread(person) for person in (cast.head, cast.staff, cast.outsider)] == [1, 1, 0]


def test_inbox_shows_what_is_new_first_in_the_readers_language(cast, client_for):
    for n in range(3):
        actions.tell(to=cast.head, code=CODE, data={"text": f"{n}"}, now=NOW + timedelta(minutes=n))
    latest = queries.inbox(cast.head).first()
    actions.read(by=cast.head, now=NOW, notice=latest)
    assert [n.data["text"] for n in queries.inbox(cast.head)] == ["1", "0", "2"]
    client = client_for(cast.head)
    page = client.get(reverse("notices:inbox"))
    assert [text for _, text in page.context["notices"]] == ["请看：1", "请看：0", "请看：2"]
    client.cookies["zhiping_language"] = "en"
    page = client.get(reverse("notices:inbox"))
    assert "Please see: 1" in page.content.decode()


@pytest.mark.parametrize("number", [1, 3, 60])
def test_page_asks_the_same_whatever_its_length(cast, client_for, django_assert_num_queries, number):
    tell([cast.head] * number)
    client = client_for(cast.head)
    client.get(reverse("notices:inbox"))
    with django_assert_num_queries(PAGE):
        page = client.get(reverse("notices:inbox"))
    assert len(page.context["notices"]) == min(number, 50)


def test_what_is_told_cannot_bring_markup(cast, client_for):
    actions.tell(to=cast.head, code=CODE, data={"text": "<b>x</b>"}, now=NOW)
    assert "<b>x</b>" not in client_for(cast.head).get(reverse("notices:inbox")).content.decode()


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/platforms/", "/platforms/"),
        ("", "/notices/"),
        ("//evil.example/", "/notices/"),
        ("https://evil.example/", "/notices/"),
        ("javascript:alert(1)", "/notices/"),
    ],
)
def test_opening_a_notice_reads_it_and_goes_to_the_matter(cast, client_for, url, target):
    tell(cast.head, url)
    notice = Notice.objects.get()
    client = client_for(cast.head)
    response = client.post(reverse("notices:read", args=[notice.pk]))
    notice.refresh_from_db()
    assert (response.status_code, response["Location"], notice.read is not None) == (302, target, True)
    first = notice.read
    client.post(reverse("notices:read", args=[notice.pk]))
    notice.refresh_from_db()
    assert notice.read == first


def test_nobody_reads_anothers_notice(cast, client_for):
    tell(cast.head)
    notice = Notice.objects.get()
    for name in ("staff", "officer", "administrator", "outsider"):
        person = getattr(cast, name)
        assert client_for(person).post(reverse("notices:read", args=[notice.pk])).status_code == 404
        with pytest.raises(NotAllowed):
            actions.read(by=person, now=NOW, notice=notice)
    notice.refresh_from_db()
    assert notice.read is None


def test_reading_all_leaves_what_came_after_the_page(cast, client_for):
    tell(cast.head)
    tell(cast.staff)
    tell(cast.head, n=10)
    client = client_for(cast.head)
    sent = {"until": (NOW + timedelta(minutes=5)).isoformat()}
    assert client.post(reverse("notices:read-all"), sent).status_code == 302
    assert (queries.unread(cast.head), queries.unread(cast.staff)) == (1, 1)
    client.post(reverse("notices:read-all"), {"until": "2026-13-77T99:00"})
    assert queries.unread(cast.head) == 0


def test_page_counts_in_the_bell_and_says_when_it_is_empty(cast, client_for):
    client = client_for(cast.head)
    text = unescape(re.sub(r"<[^>]*>", " ", client.get(reverse("notices:inbox")).content.decode()))
    assert "没有通知" in text
    tell([cast.head] * 2)
    assert "2 条未读" in client.get(reverse("notices:inbox")).content.decode()


def test_reading_needs_a_post(cast, client_for):
    tell(cast.head)
    client = client_for(cast.head)
    assert client.get(reverse("notices:read", args=[Notice.objects.get().pk])).status_code == 405
    assert client.get(reverse("notices:read-all")).status_code == 405
