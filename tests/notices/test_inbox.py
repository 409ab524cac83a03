"""Inbox: notifying, reading, permissions and query counts."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import transaction
from django.urls import reverse
from tests.server.cast import NOW

from zhiping.domain.errors import NotAllowed
from zhiping.ledger.act import Act
from zhiping.notices import actions, queries
from zhiping.notices.models import Notice
from zhiping.texts import catalogue

CODE, DATA = "notices.told", {"text": "甲区一站式服务平台"}
PAGE = 7  # queries, including those for the session and the top bar


@pytest.fixture(autouse=True)
def sentence(monkeypatch):
    """Add a text to the catalogue for these tests."""
    for language, words in (("zh", "请看：{text}"), ("en", "Please see: {text}")):
        monkeypatch.setitem(catalogue.area(language, "notices"), "notices", {"told": words})


def notify(to, url="", n=0):
    actions.notify(to=to, code=CODE, data=DATA, url=url, now=NOW + timedelta(minutes=n))


def test_notices_are_rolled_back_with_the_action(cast):
    with transaction.atomic():
        notify(cast.head)
        transaction.set_rollback(True)
    assert queries.unread(cast.head) == 0
    notify([cast.head, cast.staff])
    assert [queries.unread(person) for person in (cast.head, cast.staff, cast.outsider)] == [1, 1, 0]


def test_inbox_shows_unread_notices_first_in_the_readers_language(cast, client_for):
    for n in range(3):
        actions.notify(to=cast.head, code=CODE, data={"text": f"{n}"}, now=NOW + timedelta(minutes=n))
    latest = queries.inbox(cast.head).first()
    actions.read(Act(cast.head, NOW), latest)
    assert [n.data["text"] for n in queries.inbox(cast.head)] == ["1", "0", "2"]
    client = client_for(cast.head)
    page = client.get(reverse("notices:inbox"))
    assert [text for _, text in page.context["notices"]] == ["请看：1", "请看：0", "请看：2"]
    client.cookies["zhiping_language"] = "en"
    page = client.get(reverse("notices:inbox"))
    assert "Please see: 1" in page.content.decode()


@pytest.mark.parametrize("number", [1, 3, 60])
def test_page_has_a_constant_number_of_queries(cast, client_for, django_assert_num_queries, number):
    notify([cast.head] * number)
    client = client_for(cast.head)
    client.get(reverse("notices:inbox"))
    with django_assert_num_queries(PAGE):
        page = client.get(reverse("notices:inbox"))
    assert len(page.context["notices"]) == min(number, 50)


def test_notice_text_is_escaped(cast, client_for):
    actions.notify(to=cast.head, code=CODE, data={"text": "<b>x</b>"}, now=NOW)
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
def test_opening_a_notice_marks_it_read_and_redirects(cast, client_for, url, target):
    notify(cast.head, url)
    notice = Notice.objects.get()
    client = client_for(cast.head)
    response = client.post(reverse("notices:read", args=[notice.pk]))
    notice.refresh_from_db()
    assert (response.status_code, response["Location"], notice.read is not None) == (302, target, True)
    first = notice.read
    client.post(reverse("notices:read", args=[notice.pk]))
    notice.refresh_from_db()
    assert notice.read == first


def test_notices_of_others_return_404(cast, client_for):
    notify(cast.head)
    notice = Notice.objects.get()
    for name in ("staff", "officer", "administrator", "outsider"):
        person = getattr(cast, name)
        assert client_for(person).post(reverse("notices:read", args=[notice.pk])).status_code == 404
        with pytest.raises(NotAllowed):
            actions.read(Act(person, NOW), notice)
    notice.refresh_from_db()
    assert notice.read is None


def test_reading_all_keeps_later_notices_unread(cast, client_for):
    notify(cast.head)
    notify(cast.staff)
    notify(cast.head, n=10)
    client = client_for(cast.head)
    sent = {"until": (NOW + timedelta(minutes=5)).isoformat()}
    assert client.post(reverse("notices:read-all"), sent).status_code == 302
    assert (queries.unread(cast.head), queries.unread(cast.staff)) == (1, 1)
    client.post(reverse("notices:read-all"), {"until": "2026-13-77T99:00"})
    assert queries.unread(cast.head) == 0


def test_bell_shows_the_count_and_empty_inbox_has_a_hint(cast, client_for):
    client = client_for(cast.head)
    text = unescape(re.sub(r"<[^>]*>", " ", client.get(reverse("notices:inbox")).content.decode()))
    assert "没有通知" in text
    notify([cast.head] * 2)
    assert "2 条未读" in client.get(reverse("notices:inbox")).content.decode()


def test_reading_requires_post(cast, client_for):
    notify(cast.head)
    client = client_for(cast.head)
    assert client.get(reverse("notices:read", args=[Notice.objects.get().pk])).status_code == 405
    assert client.get(reverse("notices:read-all")).status_code == 405
