"""Notices by e-mail, sent to a real mail server: language, retries, preferences."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from tests.notices.receivers import mail_server
from tests.server.cast import NOW

from zhiping.ledger.act import Act
from zhiping.notices import actions, queries
from zhiping.notices.models import Notice
from zhiping.operations.working import work
from zhiping.project import settings as ours
from zhiping.texts import catalogue


@pytest.fixture
def post(settings):
    """Return a mail server configured in the settings."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.DEFAULT_FROM_EMAIL, settings.ADDRESS = "zhiping@example.org", "https://zhiping.example.org"
        yield server


@pytest.fixture(autouse=True)
def sentence(monkeypatch):
    """Add a text to the catalogue for these tests."""
    for language, words in (("zh", "请看：{text}"), ("en", "Please see: {text}")):
        monkeypatch.setitem(catalogue.area(language, "notices"), "notices", {"told": words})


def reader(cast, **changes):
    person = cast.head
    for name, value in {"email": "head@example.org", **changes}.items():
        setattr(person, name, value)
    person.save()
    return person


def notify(person, text="甲区平台"):
    actions.notify(to=person, code="notices.told", data={"text": text}, url="/platforms/", now=NOW)
    return Notice.objects.order_by("pk").last()


def waiting():
    return DBTaskResult.objects.filter(task_path="zhiping.notices.jobs.mail", status="READY")


def send(notice, attempt=1):
    actions.mail(Act.clock(timezone.now()), notice.pk, attempt=attempt)


def test_worker_mails_a_notice_once(committed, post):
    notice = notify(reader(committed))
    work(until_idle=True)
    [message] = post.messages
    assert (message["To"], message["From"]) == ("head@example.org", "zhiping@example.org")
    assert message["Subject"] == "【质评】请看：甲区平台"
    assert "https://zhiping.example.org/platforms/" in message.get_content()
    assert "甲一负责人" in message.get_content()
    notice.refresh_from_db()
    assert notice.mailed is not None
    send(notice)  # the same job again
    assert len(post.messages) == 1


def test_job_is_rolled_back_with_the_action(committed, post):
    person = reader(committed)
    with transaction.atomic():
        notify(person)
        assert waiting().count() == 1
        transaction.set_rollback(True)
    assert (waiting().count(), Notice.objects.count()) == (0, 0)
    work(until_idle=True)
    assert post.messages == []


def test_mail_is_in_the_readers_language(cast, post):
    send(notify(reader(cast, language="en")))
    assert post.messages[0]["Subject"] == "[Zhiping] Please see: 甲区平台"


def test_subject_has_no_line_breaks_and_is_shortened(cast, post):
    send(notify(reader(cast), "甲\r\nBcc: all@example.org " + "长" * 300))
    [message] = post.messages
    assert message["Bcc"] is None
    assert len(message["Subject"]) <= 70
    assert "长" * 300 in message.get_content().replace("\n", "")


@pytest.mark.parametrize("changes", [{"email": ""}, {"is_active": False}])
def test_people_without_address_or_active_account_get_no_mail(cast, post, changes):
    send(notify(reader(cast, **changes)))
    assert post.messages == []


def test_people_can_switch_mail_off(cast, client_for, post):
    person = reader(cast)
    client = client_for(person)
    assert 'name="mail" checked' in client.get(reverse("notices:inbox")).content.decode()
    client.post(reverse("notices:prefer"), {})
    assert not queries.wants_mail(person)
    send(notify(person))
    client.post(reverse("notices:prefer"), {"mail": "on"})
    assert queries.wants_mail(person)
    send(notify(person, "另一件"))
    assert [message["Subject"] for message in post.messages] == ["【质评】请看：另一件"]


def test_nothing_is_enqueued_without_a_mail_server(cast, settings):
    settings.EMAIL_HOST = ""
    send(notify(reader(cast)))
    assert waiting().count() == 0


def test_refused_mail_is_retried_and_finally_shown_to_the_administrator(cast, post):
    post.refusing = True
    notice = notify(reader(cast))
    waiting().delete()
    for attempt, minutes in enumerate(actions.MINUTES[:-1], 1):
        before = timezone.now()
        send(notice, attempt)
        again = waiting().get()
        assert again.args_kwargs["args"] == [str(notice.pk), attempt + 1]
        assert before <= again.run_after - timedelta(minutes=minutes) <= timezone.now()
        again.delete()
    with pytest.raises(OSError, match="later"):
        send(notice, len(actions.MINUTES))
    post.refusing = False
    send(notice)
    assert len(post.messages) == 1


def test_address_of_the_mail_server_is_one_variable():
    assert ours._mail("smtp://zp%40corp.cn:p%2Fw@mail.corp.cn:465?from=no-reply%40corp.cn") == {
        "host": "mail.corp.cn", "port": "465", "user": "zp@corp.cn", "password": "p/w", "tls": "ssl",
        "sender": "no-reply@corp.cn",
    }  # fmt: skip
    plain = ours._mail("smtp://relay.intra:25?tls=no")
    assert (plain["port"], plain["tls"], plain["user"], plain["sender"]) == (
        "25",
        "no",
        "",
        "zhiping@relay.intra",
    )
    assert ours._mail("smtp://a%40b.cn:x@h")["sender"] == "a@b.cn"
    assert (ours._mail("smtp://h")["port"], ours._mail("smtp://h")["tls"]) == ("587", "starttls")
    assert ours._mail("")["host"] == ""
