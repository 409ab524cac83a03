"""The page of records, and checkpoints that leave the server."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse
from tests.notices.receivers import web_server
from tests.server import insider
from tests.server.cast import NOW

from zhiping.cli.main import main
from zhiping.domain.errors import Invalid, NotAllowed
from zhiping.ledger import checkpoints, kept, keys
from zhiping.ledger.act import Act
from zhiping.ledger.models import LOG, VERIFIED, Audit, Checkpoint, Event
from zhiping.operations import actions, checks
from zhiping.operations.models import Keeper

LATER = NOW + dt.timedelta(days=1)


@pytest.fixture
def signed(cast):
    checkpoints.sign_grown(now=NOW)
    actions.verify(Act.clock(NOW))
    return cast


def add(cast, address, organisation="a", by="officer_a"):
    return actions.add_keeper(Act(getattr(cast, by), NOW), cast.organisation(organisation), address=address)


def test_checkpoint_is_mailed_daily_to_the_addresses_of_an_authority(signed, settings):
    settings.EMAIL_HOST = "mail.example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    add(signed, " archive@example.org ")
    assert actions.send_checkpoints(Act.clock(NOW)) == 1
    assert actions.send_checkpoints(Act.clock(NOW + dt.timedelta(hours=1))) == 0
    [sent] = mail.outbox
    assert (sent.to, sent.attachments[0][1]) == (["archive@example.org"], kept.latest().note)
    assert keys.own().public in sent.body
    assert actions.send_checkpoints(Act.clock(LATER)) == 1
    assert kept.compare(sent.attachments[0][1])[2] == []


def test_checkpoint_is_posted_to_an_address_on_the_web(signed, settings):
    settings.WEBHOOK_PRIVATE = True
    with web_server() as web:
        add(signed, web.url)
        assert actions.send_checkpoints(Act.clock(NOW)) == 1
        [(_, _, body)] = web.requests
    assert body.decode() == kept.latest().note


def test_failed_address_is_tried_again_and_shown(signed):
    keeper = add(signed, "archive@example.org")
    assert actions.send_checkpoints(Act.clock(NOW)) == 0
    keeper.refresh_from_db()
    assert (keeper.sent, keeper.tried, keeper.status) == (None, NOW, "no_mail")
    assert {finding.code: finding.state for finding in checks.findings()}["kept"] == "warn"


@pytest.mark.parametrize(
    "address", ["nobody", "http://example.org", "ftp://example.org", "https://a:b@example.org", ""]
)
def test_address_that_nothing_can_be_sent_to_is_refused(signed, address):
    with pytest.raises(Invalid, match="keeper_address"):
        add(signed, address)


def test_address_is_named_once_by_the_authoritys_own_officers(signed):
    add(signed, "archive@example.org")
    with pytest.raises(Invalid, match="keeper_taken"):
        add(signed, "archive@example.org")
    for other in ("officer_b", "head", "auditor"):
        with pytest.raises(NotAllowed):
            add(signed, "other@example.org", by=other)
    actions.remove_keeper(Act(signed.officer_a, NOW), Keeper.objects.get())
    events = Event.objects.filter(head=signed.organisation("a").pk).order_by("seq")
    names = ["organisation.added", "organisation.keeper_added", "organisation.keeper_removed"]
    assert [event.name for event in events] == names


def test_page_has_checkpoint_addresses_and_download(signed, client_for):
    client = client_for(signed.officer_a)
    page = client.get(reverse("operations:records")).content.decode()
    assert kept.fingerprint(kept.latest()) in page
    assert "核对结果" not in page  # names of everything are for administrators and auditors
    answer = client.get(reverse("operations:checkpoint"))
    assert answer.content.decode() == kept.latest().note
    form = reverse("operations:add-keeper", args=[signed.organisation("a").pk])
    key = client.get(form).context["form"].initial["key"]
    assert client.post(form, {"key": key, "address": "archive@example.org"}).status_code == 302
    assert "archive@example.org" in client.get(reverse("operations:records")).content.decode()
    button = reverse("operations:remove-keeper", args=[Keeper.objects.get().pk])
    assert client_for(signed.officer_b).post(button).status_code == 404
    client.post(button)
    assert not Keeper.objects.exists()


def test_doctor_compares_with_a_kept_checkpoint(signed, tmp_path, capsys):
    file = tmp_path / "checkpoint.txt"
    file.write_text(kept.latest().note)
    assert main(["doctor", "--checkpoint", str(file)]) == 0
    assert "与保存的校验点相符" in capsys.readouterr().out
    type(signed.officer).objects.filter(pk=signed.officer.pk).update(office="administrator")
    assert main(["doctor", "--checkpoint", str(file)]) == 1
    assert "系统职务不符" in capsys.readouterr().out
    for content in (b"nothing", b"\xff\xfe"):
        capsys.readouterr()
        file.write_bytes(content)
        assert main(["doctor", "--checkpoint", str(file)]) == 1
        assert "不是校验点文件" in capsys.readouterr().err


def test_doctor_fails_while_a_difference_remains(signed, capsys):
    type(signed.officer).objects.filter(pk=signed.officer.pk).update(office="administrator")
    actions.verify(Act.clock(LATER))
    assert main(["doctor"]) == 1
    assert "系统职务不符：现为“系统管理员”，应为“空”" in capsys.readouterr().out


def test_doctor_verifies_and_believes_no_row_of_the_audit_log(signed, capsys):
    assert main(["doctor"]) == 0
    type(signed.officer).objects.filter(pk=signed.officer.pk).update(office="administrator")
    assert main(["doctor"]) == 1  # before the next daily verification
    actions.verify(Act.clock(LATER))
    clean = Audit.objects.filter(action=VERIFIED).earliest("at").data
    forged = LATER + dt.timedelta(minutes=1)
    Audit.objects.create(action=VERIFIED, at=forged, data=clean)
    capsys.readouterr()
    assert main(["doctor"]) == 1
    assert "系统职务不符" in capsys.readouterr().out


def test_altered_checkpoint_is_shown_and_printed_nowhere(signed, client_for):
    insider.unguard()
    Checkpoint.objects.filter(head=LOG).update(note="nothing")
    assert kept.printed() == ""
    assert "内容已被改动" in client_for(signed.officer_a).get(reverse("operations:records")).content.decode()


def test_missing_key_stops_no_address(signed, settings, tmp_path):
    settings.EMAIL_HOST, settings.WEBHOOK_PRIVATE = "mail.example.org", True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.CHECKPOINT_KEY_FILE = tmp_path / "checkpoint.key"
    with web_server() as web:
        add(signed, "archive@example.org")
        add(signed, web.url)
        assert actions.send_checkpoints(Act.clock(NOW)) == 2
    assert "缺失" in mail.outbox[0].body


def test_page_shows_that_the_key_is_missing_or_broken(signed, settings, tmp_path, client_for):
    settings.CHECKPOINT_KEY_FILE = tmp_path / "checkpoint.key"
    client = client_for(signed.officer_a)
    assert "缺失" in client.get(reverse("operations:records")).content.decode()
    settings.CHECKPOINT_KEY_FILE.write_text("nothing")
    assert "已损坏" in client.get(reverse("operations:records")).content.decode()
    actions.verify(Act.clock(LATER))
    names = next(finding.data["names"] for finding in checks.records() if finding.code == "verified")
    assert ["已损坏" in name for name in names] == [True]


def test_commands_name_a_key_that_cannot_be_used(signed, settings, tmp_path, capsys):
    line = kept.printed()
    settings.CHECKPOINT_KEY_FILE = tmp_path / "checkpoint.key"
    for state in ("缺失", "已损坏"):
        assert main(["doctor", "--checkpoint", line]) == 1  # compared, and the key is what differs
        assert "发现 1 处不符" in (text := capsys.readouterr().out)
        assert state in text
        settings.CHECKPOINT_KEY_FILE.write_text("nothing")
    for command in (["key"], ["key", "--renew"]):
        assert main(command) == 1
        assert "已损坏" in capsys.readouterr().err
    assert settings.CHECKPOINT_KEY_FILE.read_text() == "nothing"
    settings.CHECKPOINT_KEY = keys._make()
    assert main(["key", "--renew"]) == 1
    assert "ZHIPING_CHECKPOINT_KEY" in capsys.readouterr().err


def test_key_is_shown_and_renewed(signed, settings, tmp_path, capsys):
    secret, old = settings.CHECKPOINT_KEY_FILE.read_text(), keys.own().public
    settings.CHECKPOINT_KEY_FILE = tmp_path / "checkpoint.key"
    assert main(["key"]) == 1  # the file is missing beside checkpoints
    settings.CHECKPOINT_KEY_FILE.write_text(secret)
    assert main(["key", "--renew"]) == 0
    new, before = capsys.readouterr().out.splitlines()[-3:-1]
    assert (new, before) == (keys.own().public, old)
