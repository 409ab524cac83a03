"""Files of the store that rows name are verified; those that nothing names are deleted."""

import datetime as dt
import hashlib
import os
import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone
from tests.evidence import s3
from tests.evidence.files import pdf, received
from tests.panels.panels import composed, fresh, opened

from zhiping.evidence import files, store
from zhiping.evidence.actions.evidence import hand_in_file
from zhiping.evidence.actions.files import drop_unnamed_files
from zhiping.evidence.models import Evidence
from zhiping.ledger.act import Act
from zhiping.ledger.models import VERIFIED, Audit
from zhiping.notices.models import Notice
from zhiping.operations import actions, checks
from zhiping.project.settings import s3 as s3_settings


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with s3.server(tmp_path_factory.mktemp("s3")) as address:
        yield address


@pytest.fixture(params=["folder", "s3"])
def kept(cast, request, settings, tmp_path):
    """A store of its own, in a folder and in S3."""
    settings.UPLOADS, settings.EVIDENCE = tmp_path / "uploads", tmp_path / "evidence"
    if request.param == "s3":
        settings.S3 = address = request.getfixturevalue("bucket")
        settings.STORAGES = settings.STORAGES | {"evidence": s3_settings(address)}
        for one in storages["evidence"].bucket.objects.all():
            one.delete()
    return settings


@pytest.fixture
def handed_in(cast, kept):
    """Two files that were handed in."""
    evaluation = opened(cast)
    composed(cast, evaluation)
    act = Act(cast.staff, timezone.now())
    return [
        hand_in_file(act, fresh(evaluation), file=received(pdf(name)), criteria="3.4", caption=name)
        for name in ("台账", "证书")
    ]


def name_of(sha256):
    return f"{sha256[:2]}/{sha256}"


def replace(settings, sha256, content):
    """Write other bytes under the name of a file."""
    if settings.S3:
        storages["evidence"].save(name_of(sha256), ContentFile(content))
    else:
        (settings.EVIDENCE / name_of(sha256)).write_bytes(content)


def remove(settings, sha256):
    if settings.S3:
        storages["evidence"].delete(name_of(sha256))
    else:
        (settings.EVIDENCE / name_of(sha256)).unlink()


def found(read):
    return [(head.pk, problem.code, problem.data["row"]) for head, problem in read.problems]


def test_flipped_byte_and_missing_file_are_found_and_named(kept, handed_in):
    altered, lost = handed_in
    assert found(files.verify(None)) == []
    content = bytearray(pdf("台账"))
    content[len(content) // 2] ^= 1
    replace(kept, altered.sha256, bytes(content))
    remove(kept, lost.sha256)
    read = files.verify(None)
    assert sorted(found(read)) == sorted(
        [
            (altered.evaluation_id, "ledger.file_altered", str(altered.pk)),
            (lost.evaluation_id, "ledger.file_lost", str(lost.pk)),
        ]
    )
    assert sorted(read.wrong) == sorted([altered.sha256, lost.sha256])
    replace(kept, altered.sha256, pdf("台账"))
    replace(kept, lost.sha256, pdf("证书"))
    assert found(files.verify(None)) == []


def test_parts_cover_every_file_once(handed_in):
    counts = [files.verify(part).count for part in range(files.PARTS)]
    assert sum(counts) == files.verify(None).count == len(handed_in)


@pytest.mark.parametrize("kept", ["folder"], indirect=True)
def test_daily_verification_goes_on_with_the_next_part_and_reads_wrong_files_again(
    cast, kept, handed_in, client_for
):
    one = handed_in[0]
    remove(kept, one.sha256)
    start = timezone.now() - dt.timedelta(hours=1)
    for day in range(files.PARTS + 1):
        actions.verify(Act.clock(start + dt.timedelta(seconds=day)))
    rows = list(Audit.objects.filter(action=VERIFIED).order_by("at"))
    assert [row.data["files"]["part"] for row in rows] == [*range(files.PARTS), 0]
    part = int(one.sha256[:8], 16) % files.PARTS
    wrong = [row.data["files"]["wrong"] for row in rows]
    assert wrong == [[]] * part + [[one.sha256]] * (files.PARTS + 1 - part)
    assert Notice.objects.filter(code="operations.files_broken").exists()
    page = client_for(cast.administrator).get(reverse("operations:records")).content.decode()
    assert all(text in page for text in (one.sha256[:12], "台账", "文件缺失"))


def test_doctor_reads_every_file(kept, handed_in):
    def finding():
        return next(one for one in checks.examined() if one.code == "files_verified")

    assert (finding().state, finding().data["count"]) == ("ok", 2)
    remove(kept, handed_in[1].sha256)
    assert (finding().state, finding().data["broken"]) == ("fault", 1)
    assert "证书" in checks.describe(finding())[0]


def test_store_that_cannot_be_read_is_a_problem_and_no_failure(kept, handed_in, monkeypatch):
    def refuse(_sha256):
        raise PermissionError

    monkeypatch.setattr(store, "pieces", refuse)
    assert {code for _, code, _ in found(files.verify(None))} == {"ledger.file_unreadable"}


def unnamed_file(settings, tmp_path, text):
    """Keep a file as a form does that is refused for another field; return its name."""
    path = tmp_path / "sent"
    path.write_bytes(pdf(text))
    return store.keep(path).sha256


def test_files_that_nothing_names_are_deleted_after_a_day(kept, handed_in, tmp_path):
    refused = unnamed_file(kept, tmp_path, "refused")
    assert drop_unnamed_files(Act.clock(timezone.now())) == []
    assert drop_unnamed_files(Act.clock(timezone.now() + dt.timedelta(hours=25))) == [refused]
    assert [store.has_file(one.sha256) for one in handed_in] == [True, True]
    assert (store.has_file(refused), Evidence.objects.count()) == (False, 2)


def test_sweep_that_reads_no_rows_would_be_found(kept, handed_in, monkeypatch):
    monkeypatch.setattr(files, "_models", list)
    assert len(drop_unnamed_files(Act.clock(timezone.now() + dt.timedelta(hours=25)))) == 2
    assert len(found(files.verify(None))) == 0
    monkeypatch.undo()
    assert {code for _, code, _ in found(files.verify(None))} == {"ledger.file_lost"}


def aged(settings, sha256):
    """Give a file of the folder the time of two days ago."""
    then = (timezone.now() - dt.timedelta(days=2)).timestamp()
    os.utime(settings.EVIDENCE / name_of(sha256), (then, then))


@pytest.mark.parametrize("kept", ["folder"], indirect=True)
def test_file_handed_in_again_during_the_sweep_stays(cast, kept, tmp_path, monkeypatch):
    """It is kept again after the rows were read, and before it would be deleted."""
    sha256 = unnamed_file(kept, tmp_path, "again")
    aged(kept, sha256)
    read = files.unnamed

    def late(now):
        names = read(now)
        thread = threading.Thread(target=unnamed_file, args=(kept, tmp_path, "again"))
        thread.start()
        thread.join()
        return names

    monkeypatch.setattr(files, "unnamed", late)
    assert drop_unnamed_files(Act.clock(timezone.now())) == []
    assert store.has_file(sha256)
    monkeypatch.undo()
    aged(kept, sha256)
    assert drop_unnamed_files(Act.clock(timezone.now())) == [sha256]


@pytest.mark.parametrize("kept", ["folder"], indirect=True)
def test_nothing_is_kept_while_a_file_is_deleted(kept, tmp_path):
    done = []

    def keep():
        done.append(unnamed_file(kept, tmp_path, "waits"))

    with store._held(delete=True):
        thread = threading.Thread(target=keep)
        thread.start()
        thread.join(0.3)
        assert done == []
    thread.join()
    assert done == [hashlib.sha256(pdf("waits")).hexdigest()]


@pytest.mark.parametrize("kept", ["folder"], indirect=True)
def test_file_that_waited_for_days_is_young_once_it_is_kept(kept, tmp_path):
    path = tmp_path / "old"
    path.write_bytes(pdf("old"))
    os.utime(path, (0, 0))
    kept_now = store.keep(path).sha256
    assert files.unnamed(timezone.now()) == []
    assert files.unnamed(timezone.now() + dt.timedelta(days=2)) == [kept_now]
