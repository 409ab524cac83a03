"""The operations page: failed jobs, retries, periodic jobs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from tests.server import databases
from tests.server.cast import NOW, unchecked

from zhiping.domain.errors import Conflict, NotAllowed
from zhiping.ledger import actions as ledger
from zhiping.ledger import keys, verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Audit, Event, Head
from zhiping.notices.models import Notice
from zhiping.operations import actions, checks, queries
from zhiping.operations.periodic import JOBS
from zhiping.operations.working import work
from zhiping.registry.models import Platform

MAIL = "zhiping.notices.jobs.mail"
OVERVIEW, LIST = 6, 6  # statements, session and frame included
OTHERS = ("officer", "auditor", "head", "outsider")


def job(status, **values):
    return DBTaskResult.objects.create(
        task_path=values.pop("path", MAIL), args_kwargs={"args": [str(uuid4()), 1], "kwargs": {}},
        backend_name="default", run_after=NOW, status=status, **values,
    )  # fmt: skip


def failed(**values):
    return job(
        "FAILED", finished_at=NOW, exception_class_path="builtins.ConnectionRefusedError",
        traceback="Traceback …\nConnectionRefusedError: <nobody> there", **values,
    )  # fmt: skip


def test_failure_is_shown_with_its_words_and_runs_again(committed, client_for):
    ledger.enqueue("zhiping.notices.jobs.mail", "no identifier", 1)
    work(until_idle=True)
    broken = DBTaskResult.objects.get(task_path=MAIL)
    client = client_for(committed.administrator)
    page = client.get(reverse("operations:job", args=[broken.pk])).content.decode()
    assert "ValueError: badly formed hexadecimal UUID string" in page
    assert "no identifier" in page
    assert client.get(reverse("operations:overview")).context["counts"][2]["n"] == 1
    DBTaskResult.objects.update(args_kwargs={"args": [str(uuid4()), 1], "kwargs": {}})
    assert client.post(reverse("operations:retry", args=[broken.pk])).status_code == 302
    work(until_idle=True)
    broken.refresh_from_db()
    assert (broken.status, broken.traceback) == ("SUCCESSFUL", "")
    assert Audit.objects.filter(action="job.retried", subject=str(broken.pk)).count() == 1
    assert Notice.objects.count() == 0


def test_traceback_brings_no_markup(cast, client_for):
    page = client_for(cast.administrator).get(reverse("operations:job", args=[failed().pk]))
    assert "<nobody>" not in page.content.decode()


@pytest.mark.parametrize("name", OTHERS)
def test_only_administrators_see_and_retry(cast, client_for, name):
    person, broken = getattr(cast, name), failed()
    client = client_for(person)
    for page in ("overview", "jobs"):
        assert client.get(reverse(f"operations:{page}")).status_code == 403
    assert client.get(reverse("operations:job", args=[broken.pk])).status_code == 404
    assert client.post(reverse("operations:retry", args=[broken.pk])).status_code == 404
    with pytest.raises(NotAllowed):
        actions.retry(Act(person, NOW), job=broken.pk)
    broken.refresh_from_db()
    assert broken.status == "FAILED"


@pytest.mark.parametrize(
    ("status", "started", "again"),
    [
        ("FAILED", None, True),
        ("READY", None, False),
        ("SUCCESSFUL", None, False),
        ("RUNNING", timedelta(minutes=5), False),
        ("RUNNING", timedelta(hours=2), True),
    ],
)
def test_only_failed_and_lost_jobs_can_be_retried(cast, client_for, status, started, again):
    now = timezone.now()
    found = job(status, started_at=now - started if started else None)
    page = client_for(cast.administrator).get(reverse("operations:job", args=[found.pk]))
    assert (reverse("operations:retry", args=[found.pk]) in page.content.decode()) is again
    if again:
        actions.retry(Act(cast.administrator, now), job=found.pk)
        found.refresh_from_db()
        assert (found.status, found.started_at) == ("READY", None)
    else:
        with pytest.raises(Conflict) as refused:
            actions.retry(Act(cast.administrator, now), job=found.pk)
        assert [problem.code for problem in refused.value.problems] == ["operations.not_failed"]


def test_second_click_on_retry_gets_an_error(cast, client_for):
    client, broken = client_for(cast.administrator), failed()
    where = reverse("operations:retry", args=[broken.pk])
    told = [
        [(message.level_tag, str(message)) for message in client.post(where, follow=True).context["messages"]]
        for _ in range(2)
    ]
    assert told == [[("success", "已重新排队")], [("error", "该作业正在等待、执行或已完成，不能重新执行")]]


@pytest.mark.parametrize("number", [1, 3, 60])
def test_pages_need_a_constant_number_of_queries(cast, client_for, django_assert_num_queries, number):
    for _ in range(number):
        failed()
    client = client_for(cast.administrator)
    client.get(reverse("operations:overview"))
    with django_assert_num_queries(OVERVIEW):
        client.get(reverse("operations:overview"))
    with django_assert_num_queries(LIST):
        page = client.get(reverse("operations:jobs"))
    assert len(page.context["listing"].rows) == min(number, 50)


def test_list_is_narrowed_by_standing_and_words(cast, client_for):
    failed()
    job("READY")
    client = client_for(cast.administrator)
    for query, count in (
        ({"status": "FAILED"}, 1),
        ({"q": "refused"}, 1),
        ({"q": "mail"}, 2),
        ({"q": "xyz"}, 0),
    ):
        assert client.get(reverse("operations:jobs"), query).context["listing"].total == count


def test_clock_is_shown_with_every_job_also_those_that_never_ran(cast, client_for):
    path = "zhiping.notices.jobs.deliver"
    job("SUCCESSFUL", path=path, finished_at=NOW)
    job("FAILED", path=path, finished_at=NOW + timedelta(minutes=1))
    rows = {row["path"]: row for row in queries.clockwork(cast.administrator)}
    assert list(rows) == [name for name, _ in JOBS]
    assert rows[path]["well"] == NOW
    page = client_for(cast.administrator).get(reverse("operations:overview")).content.decode()
    assert "尚未" in page
    assert "对外推送" in page


def test_page_shows_versions(cast, client_for):
    page = client_for(cast.administrator).get(reverse("operations:overview"))
    shown = dict(page.context["installed"])
    assert shown["质评版本"]
    assert shown["校验点公钥"] == keys.own().public
    assert "PRIVATE" not in page.content.decode()
    assert shown["数据库"].split()[0] in ("SQLite", "PostgreSQL")


def test_records_of_jobs_are_forgotten_in_time(cast):
    now = timezone.now()
    old, older = now - timedelta(days=3), now - timedelta(days=91)
    kept = [
        job("SUCCESSFUL", finished_at=now),
        job("FAILED", finished_at=old),
        job("READY"),
        job("RUNNING", started_at=older),
    ]
    job("SUCCESSFUL", finished_at=old)
    job("FAILED", finished_at=older)
    actions.forget(Act.clock(now))
    assert set(DBTaskResult.objects.all()) == set(kept)


def break_one():
    databases.become(databases.SUPERUSER)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_event'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")
    event = Event.objects.filter(head__kind="platform").first()
    Event.objects.filter(pk=event.pk).update(name="another")
    return event.head_id


def test_all_records_are_verified_and_that_is_noted(cast):
    assert actions.verify(Act.clock(NOW)) == []
    noted = Audit.objects.get(action="ledger.verified")
    assert (noted.data["ledgers"], noted.data["broken"]) == (Head.objects.count(), 0)
    assert not Notice.objects.exists()
    assert {f.code: f.state for f in checks.findings()}["verified"] == "ok"


def test_altered_ledger_notifies_administrators_and_is_shown(cast, client_for):
    head = break_one()
    assert actions.verify(Act.clock(NOW)) == [head]
    sent = list(Notice.objects.order_by("to__username"))
    assert [notice.to for notice in sent] == [cast.administrator, cast.auditor]
    assert {(n.code, n.data["n"], n.url) for n in sent} == {
        ("operations.ledger_broken", 1, "/operations/records/")
    }
    for notice in sent:
        page = client_for(notice.to).get(notice.url).content.decode()
        assert f"服务平台“{Platform.objects.get(pk=head).name}”，第 1 条记录与写入时不一致" in page
    assert {f.code: f.state for f in checks.findings()}["verified"] == "fault"


def test_record_that_grows_while_it_is_read_is_sound(cast, monkeypatch):
    """Write an event between the reading of a head and of its events."""
    platform, read = cast.platform("a"), verification._events

    def grown(span, heads):
        if any(head.pk == platform.pk and head.size == 1 for head in heads):
            with unchecked(platform).record("", platform, "platform.changed"):
                pass
        return read(span, heads)

    monkeypatch.setattr(verification, "_events", grown)
    assert actions.verify(Act.clock(NOW)) == []
    assert Head.objects.get(pk=platform.pk).size == 2


def test_page_shows_the_findings_of_doctor_without_secrets(cast, client_for):
    client = client_for(cast.administrator)
    client.get(reverse("operations:checks"))
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("operations:checks")).content.decode()
    bounds = (
        "SAVEPOINT",
        "ROLLBACK",
        "RELEASE",
    )  # around the row that is inserted to find out whether it can be
    most = 13 if connection.vendor == "sqlite" else 15  # its roles and settings are looked up
    assert len([query for query in asked if not query["sql"].startswith(bounds)]) <= most
    assert len(checks.findings()) == page.count("list-group-item")
    assert settings.SECRET_KEY not in page
    assert client_for(cast.auditor).get(reverse("operations:checks")).status_code == 403


def test_long_job_whose_worker_is_heard_of_is_not_taken_for_lost(cast):
    now, long_ago = timezone.now(), timezone.now() - timedelta(hours=5)
    long, lost = (job("RUNNING", started_at=long_ago, worker_ids=[name]) for name in ("here", "gone"))
    assert set(queries.stopped(cast.administrator, now)) == {long, lost}
    actions.beat(Act.clock(now), worker="here")
    assert list(queries.stopped(cast.administrator, now)) == [lost]
    with pytest.raises(Conflict):
        actions.retry(Act(cast.administrator, now), job=long.pk)
    assert long in queries.stopped(cast.administrator, now + timedelta(hours=1))  # without a heartbeat
