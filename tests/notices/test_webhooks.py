"""Webhooks: payload, signature, retries, concurrency, configuration."""

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

from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit, Event
from zhiping.notices import actions, queries
from zhiping.notices.models import Delivery, Webhook
from zhiping.notices.webhooks import client, payload
from zhiping.operations.working import work
from zhiping.registry import stage as registry
from zhiping.registry.actions import change_platform
from zhiping.texts import catalogue

START = NOW + timedelta(seconds=30)  # after the events of the cast
OTHERS = ("officer", "auditor", "head", "lead", "outsider")


@pytest.fixture
def web():
    with web_server() as server:
        yield server


@pytest.fixture(autouse=True)
def own_network(settings):
    settings.WEBHOOK_PRIVATE = True


def add(cast, url="http://127.0.0.1:1/", events=(), now=START, id=None):
    act, content = Act(cast.administrator, now), {"name": "对方", "url": url, "events": events}
    return actions.add_webhook(act.submitted(id, content) if id else act, **content)


def change(cast, name, at):
    change_platform(Act(cast.officer, at), platform=cast.platform("a"), url=f"https://{name}.example.org")
    return Event.objects.filter(name="platform.changed").latest("seq")


def minutes(n):
    return NOW + timedelta(minutes=n)


def ids(web):
    return [headers["Webhook-Id"] for _, headers, _ in web.requests]


# ── sending ────────────────────────────────────────────────────────────────────────────────────────────


def test_event_is_sent_once_without_its_data(cast, web):
    add(cast, web.url)
    event = change(cast, "neu", minutes(1))
    for n in (2, 3, 4):
        actions.deliver(Act.clock(minutes(n)))
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


def test_signature_follows_standard_webhooks_and_covers_the_body(cast, web):
    webhook = add(cast, web.url)
    change(cast, "neu", minutes(1))
    before = int(timezone.now().timestamp())
    actions.deliver(Act.clock(minutes(2)))
    [(_, headers, body)] = web.requests

    def sign(content, secret=None):
        key = base64.b64decode((secret or payload.secret(webhook)).removeprefix("whsec_"))
        text = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + content
        return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()

    assert headers["Webhook-Signature"] == sign(body)
    assert headers["Webhook-Signature"] != sign(body.replace(b"platform", b"platfarm"))
    assert before <= int(headers["Webhook-Timestamp"]) <= timezone.now().timestamp()
    new = actions.renew_secret(Act(cast.administrator, minutes(3)), webhook)
    assert headers["Webhook-Signature"] != sign(body, new)
    assert new == payload.secret(Webhook.objects.get())


def test_signature_matches_the_published_vector():
    """The vector is from the reference libraries of the specification."""
    made = payload.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
        b'{"test": 2432232314}',
    )  # fmt: skip
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_chosen_events_are_sent(cast, web):
    add(cast, web.url, ["platform.ended"])
    change(cast, "neu", minutes(1))
    actions.deliver(Act.clock(minutes(2)))
    assert web.requests == []
    Webhook.objects.update(events=["platform.changed"])
    actions.deliver(Act.clock(minutes(3)))
    assert len(web.requests) == 1


def test_events_of_marks_sheets_and_people_are_not_offered():
    for name in payload.offered():
        assert name.partition(".")[0] in {
            "platform", "trigger", "rubric", "programme", "evaluation", "draw", "visit", "scoring", "report",
            "improvement",
        }  # fmt: skip


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
@pytest.mark.parametrize("name", payload.offered())
def test_every_event_has_its_name_in_both_languages(language, name):
    assert isinstance(catalogue.lookup(language, f"ledger.events.{name}"), str)


def test_earlier_events_are_not_sent(cast, web):
    change(cast, "alt", minutes(-1))
    add(cast, web.url)
    actions.deliver(Act.clock(minutes(1)))
    assert web.requests == []


def test_event_committed_late_is_sent(cast, web):
    """A transaction can begin before a run and commit after it."""
    add(cast, web.url)
    actions.deliver(Act.clock(minutes(30)))
    late = change(cast, "spaet", minutes(5))
    actions.deliver(Act.clock(minutes(31)))
    assert ids(web) == [str(late.pk)]


def test_every_attempt_sends_the_same_body(cast, web):
    add(cast, web.url)
    change(cast, "neu", minutes(1))
    web.answers = [500]
    actions.deliver(Act.clock(minutes(2)))
    actions.deliver(Act.clock(minutes(10)))
    [(_, first, one), (_, second, two)] = web.requests
    assert (one, first["Webhook-Id"]) == (two, second["Webhook-Id"])


def test_form_offers_the_events_of_the_setting(cast, client_for, settings):
    settings.EVENTS_FOR_WEBHOOKS = "zhiping.registry.stage.EVENTS"
    page = client_for(cast.administrator).get(reverse("notices:add-webhook"))
    assert [name for name, _ in page.context["form"].fields["events"].choices] == list(registry.EVENTS)


# ── failures ───────────────────────────────────────────────────────────────────────────────────────────


def test_failing_webhook_backs_off_and_stops(cast, web):
    add(cast, web.url)
    event = change(cast, "neu", minutes(1))
    web.answers = [500] * 20
    at = minutes(2)
    for n, wait in enumerate(actions.MINUTES, 1):
        actions.deliver(Act.clock(at))
        assert len(web.requests) == n
        actions.deliver(Act.clock(at + timedelta(minutes=wait, seconds=-1)))
        assert len(web.requests) == n
        at += timedelta(minutes=wait)
    actions.deliver(Act.clock(at))
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
    actions.deliver(Act.clock(minutes(4)))
    assert ids(web) == [str(events[0].pk), str(events[1].pk)]
    actions.deliver(Act.clock(minutes(6)))
    assert ids(web)[2:] == [str(events[1].pk), str(events[2].pk)]


def test_failing_webhook_does_not_delay_others(cast, web):
    add(cast)
    actions.add_webhook(Act(cast.administrator, START), name="好", url=web.url, events=[])
    change(cast, "neu", minutes(1))
    actions.deliver(Act.clock(minutes(2)))
    assert len(web.requests) == 1
    assert {w.name: w.last_status for w in Webhook.objects.all()} == {"对方": "unreachable", "好": "200"}


def test_webhook_claimed_by_another_worker_is_skipped(cast, web):
    webhook = add(cast, web.url)
    change(cast, "neu", minutes(1))
    Webhook.objects.filter(pk=webhook.pk).update(due=minutes(9))  # claimed by another worker
    actions.deliver(Act.clock(minutes(2)))
    assert web.requests == []
    actions.deliver(Act.clock(minutes(9)))
    assert len(web.requests) == 1


def test_two_workers_at_once_send_a_message_once(committed, monkeypatch):
    """The second worker claims the second webhook while the first worker still sends to the first."""
    monkeypatch.setattr(client, "SECONDS", 120)  # so that a busy machine does not abort the first request
    arrived, released = threading.Event(), threading.Event()

    def work_too():
        actions.deliver(Act.clock(minutes(2)))
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
            actions.add_webhook(Act(committed.administrator, START), name=name, url=server.url, events=[])
        change(committed, "neu", minutes(1))
        actions.deliver(Act.clock(minutes(2)))
        released.set()
        other.join(60)
        assert (len(first.requests), len(second.requests)) == (1, 1)


def test_private_address_is_refused_by_default(cast, web, settings):
    add(cast, web.url.replace("http:", "https:"))
    change(cast, "neu", minutes(1))
    settings.WEBHOOK_PRIVATE = False
    actions.deliver(Act.clock(minutes(2)))
    assert (web.requests, Webhook.objects.get().last_status) == ([], "address")


def test_old_deliveries_are_deleted_and_not_sent_again(cast, web):
    add(cast, web.url)
    change(cast, "neu", minutes(1))
    actions.deliver(Act.clock(minutes(2)))
    actions.deliver(Act.clock(minutes(2) + timedelta(days=31)))
    assert (Delivery.objects.count(), len(web.requests)) == (0, 1)


# ── setting up ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", OTHERS)
def test_only_administrators_set_up_webhooks(cast, client_for, name):
    person, webhook = getattr(cast, name), add(cast)
    given = {"name": "x", "url": "http://127.0.0.1/", "events": []}
    for act in (
        lambda: actions.add_webhook(Act(person, NOW), **given),
        lambda: actions.change_webhook(Act(person, NOW), webhook, active=True, **given),
        lambda: actions.remove_webhook(Act(person, NOW), webhook),
        lambda: actions.renew_secret(Act(person, NOW), webhook),
        lambda: actions.send_test(Act(person, NOW), webhook),
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


@pytest.mark.parametrize(
    "url", ["ftp://h/", "https://user:pw@h/", "https:///x", "javascript:x", "https://224.0.0.1/"]
)
def test_invalid_urls_are_refused(cast, url):
    with pytest.raises(Invalid) as refused:
        add(cast, url)
    assert [(p.code, p.where) for p in refused.value.problems] == [("notices.webhook_address", ("url",))]


def test_plain_http_needs_the_private_setting(cast, settings):
    settings.WEBHOOK_PRIVATE = False
    with pytest.raises(Invalid):
        add(cast, "http://hooks.example.org/")
    assert add(cast, "https://hooks.example.org/").pk


def test_same_form_twice_adds_one(cast):
    key = uuid7()
    add(cast, id=key)
    with pytest.raises(AlreadyDone):
        add(cast, id=key)
    with pytest.raises(Conflict) as refused:
        add(cast, "https://hooks.example.org/", id=key)
    assert [p.code for p in refused.value.problems] == ["ledger.id_taken"]
    assert Webhook.objects.count() == 1


def test_secret_is_shown_once_and_not_stored(cast, client_for):
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
    """The browser shows the response to the second click."""
    client = client_for(cast.administrator)
    sent = {"key": str(uuid7()), "name": "对方", "url": "https://hooks.example.org/"}
    pages = [client.post(reverse("notices:add-webhook"), sent) for _ in range(2)]
    assert {page.context["secret"] for page in pages} == {payload.secret(Webhook.objects.get())}


def test_changes_are_in_the_audit_log(cast, client_for):
    client, webhook = client_for(cast.administrator), add(cast)
    sent = {"name": "新名", "url": "https://hooks.example.org/", "events": ["platform.changed"]}
    assert client.post(reverse("notices:change-webhook", args=[webhook.pk]), sent).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.active, webhook.events) == ("新名", False, ["platform.changed"])
    assert client.post(reverse("notices:remove-webhook", args=[webhook.pk])).status_code == 302
    assert Webhook.objects.count() == 0
    rows = Audit.objects.filter(action__startswith="webhook.").order_by("id")
    assert [row.action for row in rows] == ["webhook.added", "webhook.changed", "webhook.removed"]


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "https://[fe80::1]/", "https://127.0.0.1:8443/"])
def test_private_addresses_are_refused_when_they_are_typed(cast, settings, url):
    add(cast, url if "fe80" not in url else "https://hooks.example.org/")
    settings.WEBHOOK_PRIVATE = False
    with pytest.raises(Invalid, match="webhook_address"):
        add(cast, url)


def test_invalid_url_keeps_the_other_input(cast, client_for):
    client = client_for(cast.administrator)
    sent = {"name": "对方", "url": "https://user:pw@hooks.example.org/"}
    page = client.post(reverse("notices:add-webhook"), sent)
    assert page.context["form"].errors.keys() == {"url"}
    assert 'value="对方"' in page.content.decode()


def test_events_during_inactivity_are_not_sent(cast, web):
    webhook = add(cast, web.url)
    given = {"name": "对方", "url": web.url, "events": []}
    actions.change_webhook(Act(cast.administrator, minutes(1)), webhook, **given, active=False)
    change(cast, "neu", minutes(2))
    actions.deliver(Act.clock(minutes(3)))
    actions.change_webhook(Act(cast.administrator, minutes(4)), webhook, **given, active=True)
    actions.deliver(Act.clock(minutes(5)))
    assert web.requests == []


def test_test_message_is_sent_by_the_worker_and_its_outcome_shown(committed, client_for, web):
    webhook = add(committed, web.url, now=timezone.now())
    client = client_for(committed.administrator)
    client.post(reverse("notices:send-test", args=[webhook.pk]))
    assert DBTaskResult.objects.filter(task_path="zhiping.notices.jobs.deliver", status="READY").count() == 1
    work(until_idle=True)
    [(_, _, body)] = web.requests
    assert json.loads(body)["event"] == "test"
    assert "HTTP 200" in client.get(reverse("notices:webhook", args=[webhook.pk])).content.decode()


@pytest.mark.parametrize("number", [1, 3, 60])
def test_pages_have_a_constant_number_of_queries(cast, client_for, django_assert_num_queries, number):
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


LIST, DETAIL = 6, 7  # queries, including those for the session and the top bar


def test_many_events_are_sent_in_batches(cast, web, monkeypatch):
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 2)
    add(cast, web.url)
    events = [change(cast, f"n{n}", minutes(n)) for n in range(1, 6)]
    for n in (600, 601, 602):  # hours later, after the worker was off
        actions.deliver(Act.clock(minutes(n)))
    assert ids(web) == [str(event.pk) for event in events]
