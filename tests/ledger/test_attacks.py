"""Attacks on the record as a whole: the phase, the audit log, keys and checkpoints, a server remade."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.db import transaction
from tests.server import insider
from tests.server.cast import NOW

from zhiping.domain.errors import Conflict, Invalid
from zhiping.ledger import actions, checkpoints, kept, keys, seals, verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import KEY_NAMED, LOG, SEALS, Audit, Checkpoint, Event, Head, Leaf
from zhiping.operations import actions as operations
from zhiping.operations import checks, report
from zhiping.registry.actions import change_platform

pytestmark = pytest.mark.usefixtures("cast")
LATER = NOW + dt.timedelta(days=1)


@pytest.fixture
def signed(cast):
    """An installation with a sealed audit log and a checkpoint, whose database an insider has."""
    for number in range(5):
        actions.audit("signed_in", by=cast.officer, at=NOW, data={"number": number})
    assert seals.seal(now=NOW) >= 5
    checkpoints.sign_grown(now=NOW)
    assert codes() == set()
    insider.unguard()
    return cast


def codes():
    return {
        (head.kind, problem.code.removeprefix("ledger."))
        for head, problems in verification.verify_all()
        for problem in problems
    }


def sentences():
    return [
        report.sentence(json.loads(json.dumps(report.kept(head, problem))))
        for head, problems in verification.verify_all()
        for problem in problems
    ]


# ── phases, kinds, heads ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["rubric", "platform", "user"])
def test_changed_phase_is_found(signed, kind):
    Head.objects.filter(pk=Head.objects.filter(kind=kind).first().pk).update(phase="withdrawn")
    assert (kind, "phase_altered") in codes()


def test_changed_kind_is_found(signed):
    Head.objects.filter(pk=signed.platform("a").pk).update(kind="expert")
    assert ("expert", "kind_altered") in codes()


def test_removed_head_with_its_ledger_is_found_and_its_rows_too(signed):
    platform = signed.platform("a").pk
    for model in (Checkpoint, Leaf, Event):
        model.objects.filter(head=platform)._raw_delete("default")
    Head.objects.filter(pk=platform)._raw_delete("default")
    assert {("", "row_added"), ("", "lost")} <= codes()
    transaction.set_rollback(True)


@pytest.mark.parametrize(
    "data", [[], {}, {"changes": 1}, {"changes": {"t": {"1": {"name": "x"}}}}, {"rows": 1}, {"key": 1}]
)
@pytest.mark.parametrize("kind", ["platform", "checkpoints", "audit"])
def test_event_with_data_of_another_form_is_found(signed, kind, data):
    Event.objects.filter(head__kind=kind).update(data=data)
    assert (kind, "event_altered") in codes()


# ── the audit log ──────────────────────────────────────────────────────────────────────────────────────


def test_new_rows_are_sealed_once_and_younger_ones_are_named(signed):
    assert seals.seal(now=NOW) == 0
    operations.verify(Act.clock(NOW))
    actions.audit("exported", by=None, at=NOW)
    found = {finding.code: finding.data for finding in checks.findings()}
    assert found["sealed"]["count"] == 2  # the verification's own, and the export
    assert seals.seal(now=LATER) == 2
    assert codes() == set()


def test_audit_rows_changed_removed_and_emptied_are_found(signed):
    row = Audit.objects.filter(action="signed_in").first()
    for edit in (
        lambda: Audit.objects.filter(pk=row.pk).update(action="signed_out"),
        lambda: Audit.objects.filter(pk=row.pk).update(data={}),
        lambda: Audit.objects.filter(pk=row.pk).update(by=None),
        lambda: Audit.objects.filter(pk=row.pk).update(at=LATER),
        lambda: Audit.objects.filter(pk=row.pk).delete(),
        lambda: Audit.objects.all().delete(),
    ):
        with transaction.atomic():
            edit()
            assert {kind for kind, code in codes() if code in ("audit_altered", "audit_lost")} == {"audit"}
            transaction.set_rollback(True)


def test_audit_row_added_with_an_earlier_date_is_found(signed):
    Audit(action="exported", at=NOW - dt.timedelta(days=30)).save()
    seals.seal(now=NOW)
    assert ("audit", "audit_added") in codes()


def test_seals_go_on_after_a_clock_was_ahead(signed):
    actions.audit("signed_in", by=None, at=LATER)
    assert seals.seal(now=LATER) == 1
    actions.audit("signed_in", by=None, at=NOW)
    assert seals.seal(now=NOW) == 1
    assert Head.objects.get(id=SEALS).size == 4
    assert codes() == set()


# ── keys and roots ─────────────────────────────────────────────────────────────────────────────────────


def own_key():
    return keys._private(keys._make())


def resign_all(head, key):
    """Make every leaf fit its event, and every checkpoint its leaves, by a key of one's own."""
    for leaf in Leaf.objects.filter(head=head):
        event = Event.objects.get(head=head, seq=leaf.seq)
        Leaf.objects.filter(pk=leaf.pk).update(hash=verification.leaf_hash(event.body()))
    own, keys.own = keys.own, lambda: key
    try:
        for row in Checkpoint.objects.filter(head=head):
            then = Head(id=head.id, kind=head.kind, size=row.size)
            note = checkpoints._note(then, checkpoints.root_of(then), row.at).note
            Checkpoint.objects.filter(pk=row.pk).update(note=note)
    finally:
        keys.own = own


def test_key_that_only_the_log_names_is_not_trusted(signed):
    head, key = Head.objects.get(pk=signed.platform("a").pk), own_key()
    with Act.clock(NOW).record(checkpoints.SIGN, Head.objects.get(id=LOG), KEY_NAMED) as entry:
        entry.data = {"key": key.public}
    Event.objects.filter(head=head, seq=0).update(by=None)
    resign_all(head, key)
    assert {("platform", "checkpoint_forged"), ("checkpoints", "key_unknown")} <= codes()


def test_endorsement_by_an_own_key_is_not_trusted(signed):
    """An insider with the database knows the public key in force and can claim to be the key before."""
    key, now = own_key(), keys.own().public
    text = keys._handover(key.public, now)
    note = keys.signed_note(text, key.name, key.id, key.private.sign(text.encode()))
    with Act.clock(NOW).record(checkpoints.SIGN, Head.objects.get(id=LOG), KEY_NAMED) as entry:
        entry.data = {"key": now, "before": key.public, "note": note}
    assert (key.name, key.private.public_key().public_bytes_raw()) not in keys.trusted()


def test_root_of_the_log_is_compared_with_the_signed_one(signed):
    """The server's own key signs an altered ledger again: the log holds another root."""
    head = Head.objects.get(pk=signed.platform("a").pk)
    Event.objects.filter(head=head, seq=0).update(by=None)
    resign_all(head, keys.own())
    assert codes() == {("platform", "checkpoint_differs")}


def test_missing_key_is_a_failure_and_no_new_one_is_made(signed, settings):
    path = Path(settings.CHECKPOINT_KEY_FILE)
    away = path.rename(path.with_suffix(".away"))
    try:
        with pytest.raises(Conflict, match="key_missing"):
            checkpoints.sign_grown(now=LATER)
        assert codes() == {("checkpoints", "key_missing")}
        operations.verify(Act.clock(NOW))
        assert {finding.code: finding.state for finding in checks.findings()}["key"] == "fault"
        assert not path.exists()
    finally:
        away.rename(path)


def test_renewed_key_is_endorsed_by_the_one_before(signed, settings, tmp_path):
    old, secret = keys.own().public, Path(settings.CHECKPOINT_KEY_FILE).read_text()
    settings.CHECKPOINT_KEY_FILE = path = tmp_path / "checkpoint.key"
    path.write_text(secret)
    new = keys.renew().public
    assert (keys.named(), path.stat().st_mode & 0o777) == ([new, old], 0o600)
    change_platform(Act(signed.officer, NOW), signed.platform("a"), url="https://a.example.org")
    checkpoints.sign_grown(now=LATER)
    path.write_text(path.read_text().split()[0])  # the earlier secret is destroyed
    assert (keys.named(), len(keys.trusted())) == ([new], 2)
    assert codes() == set()
    assert Event.objects.filter(name=KEY_NAMED).latest("seq").data["before"] == old


def test_new_keys_are_announced_once_to_administrators_and_auditors(signed):
    from zhiping.notices.models import Notice

    assert operations.announce_keys(Act.clock(NOW)) == 1
    assert operations.announce_keys(Act.clock(NOW)) == 0
    assert {notice.to for notice in Notice.objects.filter(code="operations.key_named")} == {
        signed.administrator, signed.auditor,
    }  # fmt: skip


# ── checkpoints kept outside ───────────────────────────────────────────────────────────────────────────


def remake(head):
    """Alter a ledger, forget every checkpoint and the log, let the server's own key sign everything again."""
    Event.objects.filter(head=head, seq=0).update(by=None)
    for leaf in Leaf.objects.filter(head=head, seq=0):
        event = Event.objects.get(head=head, seq=0)
        Leaf.objects.filter(pk=leaf.pk).update(hash=verification.leaf_hash(event.body()))
    Checkpoint.objects.all().delete()
    for model in (Leaf, Event):
        model.objects.filter(head=LOG).delete()
    Head.objects.filter(id=LOG).delete()
    checkpoints.sign_grown(now=LATER)


def test_server_agrees_with_a_checkpoint_that_was_kept(signed):
    note = kept.latest().note
    change_platform(Act(signed.officer, NOW), signed.platform("a"), url="https://a.example.org")
    checkpoints.sign_grown(now=LATER)
    assert kept.compare(note.replace("\n", "\r\n"))[2] == []
    assert [finding.state for finding in checks.compared(note)] == ["ok"]


def test_remade_history_is_found_by_a_kept_checkpoint_only(signed):
    note = kept.latest().note
    remake(Head.objects.get(pk=signed.platform("a").pk))
    assert codes() == set()  # nothing inside the server shows it
    assert [problem.code for problem in kept.compare(note)[2]] == ["ledger.kept_differs"]
    assert [finding.state for finding in checks.compared(note)] == ["fault"]


def test_older_backup_is_found_by_a_kept_checkpoint(signed):
    with transaction.atomic():
        change_platform(Act(signed.officer, NOW), signed.platform("a"), url="https://a.example.org")
        checkpoints.sign_grown(now=LATER)
        note = kept.latest().note
        transaction.set_rollback(True)  # the database is as it was before
    assert codes() == set()
    assert [problem.code for problem in kept.compare(note)[2]] == ["ledger.kept_longer"]


def test_checkpoint_of_another_key_is_refused(signed, settings):
    note = kept.latest().note
    settings.CHECKPOINT_KEY = keys._make()
    with pytest.raises(Invalid, match="kept_foreign"):
        kept.compare(note)
    with pytest.raises(Invalid, match="malformed"):
        kept.compare("nothing")


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────


def test_report_names_thing_entry_field_and_both_values(signed):
    platform, other = signed.platform("a"), signed.organisation("b1")
    type(platform).objects.filter(pk=platform.pk).update(operator=other)
    [sentence] = sentences()
    assert sentence.startswith("服务平台“甲区一站式服务平台”，第 1 条之后，运营单位不符：")
    assert sentence.endswith("：现为“乙一质量服务中心”，应为“甲一质量服务中心”")


def test_report_shows_no_secret(signed):
    type(signed.officer).objects.filter(pk=signed.officer.pk).update(
        password="another", office="administrator"
    )
    assert sentences() == [
        "账户“区局工作人员”，第 1 条之后，密码不符（内容不在此显示）",
        "账户“区局工作人员”，第 1 条之后，系统职务不符：现为“系统管理员”，应为“空”",
    ]


def typed_lines():
    """Return the line of a paper as people type it."""
    name, size, letters = kept.printed().split(" · ")
    return [
        kept.printed(), f"{name} {size} {letters}", f"{size} · {letters}", f"{size} {letters.lower()}",
        f"{size}　{letters.replace('-', ' ')}\u200b", f"{size} {letters.replace('0', 'O').replace('1', 'l')}",
        f"{size}，{letters.replace('-', '—')}",
    ]  # fmt: skip


def test_line_of_a_paper_is_compared_however_it_is_typed(signed):
    lines = typed_lines()
    change_platform(Act(signed.officer, NOW), signed.platform("a"), url="https://a.example.org")
    checkpoints.sign_grown(now=LATER)
    assert [kept.compare(line)[2] for line in lines] == [[]] * len(lines)
    assert [finding.state for finding in checks.compared(lines[0])] == ["ok"]


def test_remade_history_is_found_by_the_line_of_a_paper(signed):
    lines = typed_lines()
    remake(Head.objects.get(pk=signed.platform("a").pk))
    found = [[problem.code for problem in kept.compare(line)[2]] for line in lines]
    assert found == [["ledger.kept_differs"]] * len(lines)
    assert [finding.state for finding in checks.compared(lines[0])] == ["fault"]


def test_line_of_a_longer_log_or_of_another_server_is_found(signed):
    _, size, letters = kept.printed().split(" · ")
    longer = kept.compare(f"{int(size) + 1} {letters}")[2]
    assert [(p.code, p.data) for p in longer] == [
        ("ledger.kept_longer", {"size": int(size) + 1, "found": int(size)})
    ]
    with pytest.raises(Invalid, match="kept_foreign"):
        kept.compare(f"other.example.org · {size} · {letters}")
    one = "0" if letters[0] != "0" else "2"
    assert [p.code for p in kept.compare(f"{size} {one}{letters[1:]}")[2]] == ["ledger.kept_differs"]
