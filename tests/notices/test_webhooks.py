"""Other systems are told: what, signed, once, again after a failure, and nothing personal."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from tests.notices.receivers import web_server
from tests.server.cast import NOW

from zhiping.domain.errors import AlreadyDone, Invalid, NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger.models import Audit, Event
from zhiping.notices import actions, outgoing, posting, queries
from zhiping.notices.models import Delivery, Webhook
from zhiping.operations.working import work
from zhiping.registry.actions import change_platform
from zhiping.texts import catalogue

START = NOW + timedelta(seconds=30)  # after what the cast did
OTHERS = ("officer", "auditor", "head", "lead", "outsider")


@pytest.fixture
def web():
    with web_server() as server:
        yield server


@pytest.fixture(autouse=True)
def own_network(settings):
    settings.WEBHOOK_PRIVATE = True


def add(cast, url="http://127.0.0.1:1/", events=(), now=START, **given):
    return actions.add_webhook(by=cast.administrator, now=now, name="对方", url=url, events=events, **given)


def change(cast, name, at):
    change_platform(by=cast.officer, now=at, platform=cast.platform("a"), url=f"https://{name}.example.org")
    return Event.objects.filter(name="platform.changed").latest("seq")


def minutes(n):
    return NOW + timedelta(minutes=n)


def ids(web):
    return [headers["Webhook-Id"] for _, headers, _ in web.requests]


# ── what is sent ───────────────────────────────────────────────────────────────────────────────────────


def test_event_is_told_once_and_only_what_happened(cast, web):
    add(cast, web.url)
    event = change(cast, "neu", minutes(1))
    for n in (2, 3, 4):
        actions.deliver(now=minutes(n))
    [(_, headers, body)] = web.requests
    assert json.loads(body) == {
        "id": str(event.pk),
        "event": "platform.changed",
        "at": minutes(1).isoformat(),
        "subject": {"kind": "platform", "id": str(event.head_id)},
        "seq": event.seq,
    }
    assert (headers["Webhook-Id"], headers["Content-Type"]) == (str(event.pk), "application/json")
    assert cast.officer.name.encode() not in body
    webhook = Webhook.objects.get()
    assert (webhook.last_status, webhook.last_tried) == ("200", minutes(2))


def test_signature_is_the_one_of_standard_webhooks_and_fails_for_another_body(cast, web):
    webhook = add(cast, web.url)
    change(cast, "neu", minutes(1))
    before = int(timezone.now().timestamp())
    actions.deliver(now=minutes(2))
    [(_, headers, body)] = web.requests

    def sign(content, secret=None):
        key = base64.b64decode((secret or outgoing.secret(webhook)).removeprefix("whsec_"))
        text = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + content
        return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()

    assert headers["Webhook-Signature"] == sign(body)
    assert headers["Webhook-Signature"] != sign(body.replace(b"platform", b"platfarm"))
    assert before <= int(headers["Webhook-Timestamp"]) <= timezone.now().timestamp()
    new = actions.renew_secret(by=cast.administrator, now=minutes(3), webhook=webhook)
    assert headers["Webhook-Signature"] != sign(body, new)
    assert new == outgoing.secret(Webhook.objects.get())


def test_known_vector_of_standard_webhooks_is_met():
    """The example of the specification's reference libraries."""
    made = outgoing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
        b'{"test": 2432232314}',
    )  # fmt: skip
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_chosen_events_go_out(cast, web):
    add(cast, web.url, ["platform.ended"])
    change(cast, "neu", minutes(1))
    actions.deliver(now=minutes(2))
    assert web.requests == []
    Webhook.objects.update(events=["platform.changed"])
    actions.deliver(now=minutes(3))
    assert len(web.requests) == 1


def test_nothing_of_marks_sheets_or_people_can_be_chosen():
    for name in outgoing.EVENTS:
        assert name.partition(".")[0] in {
            "platform", "trigger", "rubric", "programme", "evaluation", "draw", "scoring",
        }  # fmt: skip


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
@pytest.mark.parametrize("name", outgoing.EVENTS)
def test_every_event_has_its_name_in_both_languages(language, name):
    assert isinstance(catalogue.lookup(language, f"ledger.events.{name}"), str)


def test_what_happened_before_is_not_told(cast, web):
    change(cast, "alt", minutes(-1))
    add(cast, web.url)
    actions.deliver(now=minutes(1))
    assert web.requests == []


def test_event_committed_late_is_told_too(cast, web):
    """A transaction that began before the last look may commit after it."""
    add(cast, web.url)
    actions.deliver(now=minutes(30))
    late = change(cast, "spaet", minutes(5))
    actions.deliver(now=minutes(31))
    assert ids(web) == [str(late.pk)]


def test_same_body_goes_out_at_every_attempt(cast, web):
    add(cast, web.url)
    change(cast, "neu", minutes(1))
    web.answers = [500]
    actions.deliver(now=minutes(2))
    actions.deliver(now=minutes(10))
    [(_, first, one), (_, second, two)] = web.requests
    assert (one, first["Webhook-Id"]) == (two, second["Webhook-Id"])


# ── failures ───────────────────────────────────────────────────────────────────────────────────────────


def test_failing_address_rests_longer_each_time_and_then_the_message_is_given_up(cast, web):
    add(cast, web.url)
    event = change(cast, "neu", minutes(1))
    web.answers = [500] * 20
    at = minutes(2)
    for n, wait in enumerate(actions.MINUTES, 1):
        actions.deliver(now=at)
        assert len(web.requests) == n
        actions.deliver(now=at + timedelta(minutes=wait, seconds=-1))
        assert len(web.requests) == n
        at += timedelta(minutes=wait)
    actions.deliver(now=at)
    assert len(web.requests) == len(actions.MINUTES)
    [delivery] = Delivery.objects.all()
    assert (delivery.event, delivery.taken, delivery.status, delivery.done is None) == (
        event.pk, False, "500", False,
    )  # fmt: skip
    [row] = queries.webhooks(cast.administrator)
    assert (row.waiting, row.given_up, row.last_status) == (0, 1, "500")


def test_messages_keep_their_order_behind_one_that_fails(cast, web):
    add(cast, web.url)
    events = [change(cast, f"n{n}", minutes(n)) for n in (1, 2, 3)]
    web.answers = [200, 503]
    actions.deliver(now=minutes(4))
    assert ids(web) == [str(events[0].pk), str(events[1].pk)]
    actions.deliver(now=minutes(6))
    assert ids(web)[2:] == [str(events[1].pk), str(events[2].pk)]


def test_dead_address_does_not_hold_up_another(cast, web):
    add(cast)
    actions.add_webhook(by=cast.administrator, now=START, name="好", url=web.url, events=[])
    change(cast, "neu", minutes(1))
    actions.deliver(now=minutes(2))
    assert len(web.requests) == 1
    assert {w.name: w.last_status for w in Webhook.objects.all()} == {"对方": "unreachable", "好": "200"}


def test_address_another_worker_is_at_is_left_alone(cast, web):
    webhook = add(cast, web.url)
    change(cast, "neu", minutes(1))
    Webhook.objects.filter(pk=webhook.pk).update(due=minutes(9))  # claimed
    actions.deliver(now=minutes(2))
    assert web.requests == []
    actions.deliver(now=minutes(9))
    assert len(web.requests) == 1


def test_two_workers_at_once_send_a_message_once(committed, monkeypatch):
    """The second worker finds the second address while the first is still busy with the first one."""
    monkeypatch.setattr(posting, "SECONDS", 120)  # longer than a busy machine needs for the other's turn
    arrived, released = threading.Event(), threading.Event()

    def work_too():
        actions.deliver(now=minutes(2))
        connection.close()

    def slow(handler):
        arrived.set()
        released.wait(60)
        handler.send_response(200)
        handler.end_headers()

    def call_another(handler):
        other.start()
        assert arrived.wait(60)
        handler.send_response(200)
        handler.end_headers()

    other = threading.Thread(target=work_too)
    with web_server() as first, web_server() as second:
        first.answers, second.answers = [call_another], [slow, slow]
        for name, server in (("A", first), ("B", second)):
            actions.add_webhook(by=committed.administrator, now=START, name=name, url=server.url, events=[])
        change(committed, "neu", minutes(1))
        actions.deliver(now=minutes(2))
        released.set()
        other.join(60)
        assert (len(first.requests), len(second.requests)) == (1, 1)


def test_private_address_is_refused_by_default(cast, web, settings):
    add(cast, web.url.replace("http:", "https:"))
    change(cast, "neu", minutes(1))
    settings.WEBHOOK_PRIVATE = False
    actions.deliver(now=minutes(2))
    assert (web.requests, Webhook.objects.get().last_status) == ([], "address")


def test_old_deliveries_are_forgotten_and_not_sent_again(cast, web):
    add(cast, web.url)
    change(cast, "neu", minutes(1))
    actions.deliver(now=minutes(2))
    actions.deliver(now=minutes(2) + timedelta(days=31))
    assert (Delivery.objects.count(), len(web.requests)) == (0, 1)


# ── setting up ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", OTHERS)
def test_only_administrators_set_up_webhooks(cast, client_for, name):
    person, webhook = getattr(cast, name), add(cast)
    given = {"name": "x", "url": "http://127.0.0.1/", "events": []}
    for act in (
        lambda: actions.add_webhook(by=person, now=NOW, **given),
        lambda: actions.change_webhook(by=person, now=NOW, webhook=webhook, active=True, **given),
        lambda: actions.remove_webhook(by=person, now=NOW, webhook=webhook),
        lambda: actions.renew_secret(by=person, now=NOW, webhook=webhook),
        lambda: actions.send_test(by=person, now=NOW, webhook=webhook),
    ):
        with pytest.raises(NotAllowed):
            act()
    client = client_for(person)
    assert client.get(reverse("notices:webhooks")).status_code == 403
    for page in ("webhook", "change-webhook", "remove-webhook"):
        assert client.get(reverse(f"notices:{page}", args=[webhook.pk])).status_code == 404
    for page in ("renew-secret", "send-test"):
        assert client.post(reverse(f"notices:{page}", args=[webhook.pk])).status_code == 404
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize("url", ["ftp://h/", "https://user:pw@h/", "https:///x", "javascript:x"])
def test_addresses_that_can_never_be_called_are_refused(cast, url):
    with pytest.raises(Invalid) as refused:
        add(cast, url)
    assert [(p.code, p.where) for p in refused.value.problems] == [("notices.webhook_address", ("url",))]


def test_plain_http_needs_the_own_network(cast, settings):
    settings.WEBHOOK_PRIVATE = False
    with pytest.raises(Invalid):
        add(cast, "http://hooks.example.org/")
    assert add(cast, "https://hooks.example.org/").pk


def test_same_form_twice_adds_one(cast):
    key = uuid7()
    add(cast, id=key)
    with pytest.raises(AlreadyDone):
        add(cast, id=key)
    assert Webhook.objects.count() == 1


def test_secret_is_shown_once_and_stands_in_no_table(cast, client_for):
    client = client_for(cast.administrator)
    form = client.get(reverse("notices:add-webhook")).context["form"]
    sent = {"key": str(form.initial["key"]), "name": "对方", "url": "https://hooks.example.org/"}
    page = client.post(reverse("notices:add-webhook"), sent)
    secret = page.context["secret"]
    assert secret in page.content.decode()
    webhook = Webhook.objects.get()
    again = client.get(reverse("notices:webhook", args=[webhook.pk])).content.decode()
    assert secret not in again
    values = [str(value) for value in Webhook.objects.values_list().get()]
    values += [str(row) for row in Audit.objects.values_list("data", flat=True)]
    assert not any(secret in value or secret.removeprefix("whsec_") in value for value in values)
    renewed = client.post(reverse("notices:renew-secret", args=[webhook.pk])).context["secret"]
    assert renewed != secret


def test_double_click_adds_one_and_still_shows_its_secret(cast, client_for):
    """The browser shows the answer to the second click."""
    client = client_for(cast.administrator)
    sent = {"key": str(uuid7()), "name": "对方", "url": "https://hooks.example.org/"}
    pages = [client.post(reverse("notices:add-webhook"), sent) for _ in range(2)]
    assert {page.context["secret"] for page in pages} == {outgoing.secret(Webhook.objects.get())}


def test_changes_are_in_the_audit_log(cast, client_for):
    client, webhook = client_for(cast.administrator), add(cast)
    sent = {"name": "新名", "url": "https://hooks.example.org/", "events": ["platform.changed"]}
    assert client.post(reverse("notices:change-webhook", args=[webhook.pk]), sent).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.active, webhook.events) == ("新名", False, ["platform.changed"])
    assert client.post(reverse("notices:remove-webhook", args=[webhook.pk])).status_code == 302
    assert Webhook.objects.count() == 0
    found = Audit.objects.filter(action__startswith="webhook.").order_by("id")
    assert [row.action for row in found] == ["webhook.added", "webhook.changed", "webhook.removed"]


def test_wrong_address_keeps_what_was_typed(cast, client_for):
    client = client_for(cast.administrator)
    sent = {"name": "对方", "url": "https://user:pw@hooks.example.org/"}
    page = client.post(reverse("notices:add-webhook"), sent)
    assert page.context["form"].errors.keys() == {"url"}
    assert 'value="对方"' in page.content.decode()


def test_address_that_was_off_is_not_told_what_happened_meanwhile(cast, web):
    webhook = add(cast, web.url)
    given = {"by": cast.administrator, "webhook": webhook, "name": "对方", "url": web.url, "events": []}
    actions.change_webhook(**given, now=minutes(1), active=False)
    change(cast, "neu", minutes(2))
    actions.deliver(now=minutes(3))
    actions.change_webhook(**given, now=minutes(4), active=True)
    actions.deliver(now=minutes(5))
    assert web.requests == []


def test_test_is_sent_by_the_worker_and_its_outcome_shown(committed, client_for, web):
    webhook = add(committed, web.url, now=timezone.now())
    client = client_for(committed.administrator)
    client.post(reverse("notices:send-test", args=[webhook.pk]))
    assert DBTaskResult.objects.filter(task_path="zhiping.notices.jobs.deliver", status="READY").count() == 1
    work(until_idle=True)
    [(_, _, body)] = web.requests
    assert json.loads(body)["event"] == "test"
    assert "HTTP 200" in client.get(reverse("notices:webhook", args=[webhook.pk])).content.decode()


@pytest.mark.parametrize("number", [1, 3, 60])
def test_pages_ask_the_same_whatever_their_length(cast, client_for, django_assert_num_queries, number):
    webhooks = [add(cast) for _ in range(number)]
    said = {"id": "x", "event": "platform.changed"}
    Delivery.objects.bulk_create(
        Delivery(webhook=webhooks[0], event=uuid7(), payload=said, created=NOW) for _ in range(number)
    )
    client = client_for(cast.administrator)
    client.get(reverse("notices:webhooks"))
    with django_assert_num_queries(LIST):
        client.get(reverse("notices:webhooks"))
    with django_assert_num_queries(DETAIL):
        client.get(reverse("notices:webhook", args=[webhooks[0].pk]))


LIST, DETAIL = 6, 7  # statements, session and frame included


def test_ledger_event_in_a_bulk_is_told_in_portions(cast, web, monkeypatch):
    from zhiping.notices.actions import webhooks

    monkeypatch.setattr(webhooks, "MOST_AT_ONCE", 2)
    add(cast, web.url)
    events = [change(cast, f"n{n}", minutes(n)) for n in range(1, 6)]
    for n in (600, 601, 602):  # long after: the worker was off
        actions.deliver(now=minutes(n))
    assert ids(web) == [str(event.pk) for event in events]
