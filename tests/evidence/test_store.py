"""The store under faults and kills: nothing acknowledged is lost, no half file has a name (T3); S3."""

import errno
import hashlib
import os
import signal
from pathlib import Path

import pytest
from django.test import Client
from tests.evidence import s3
from tests.evidence.files import pdf
from tests.evidence.test_uploads import begin, send
from tests.panels.panels import composed, opened
from tests.server.interruptions import in_a_copy
from tests.server.signing_in import sign_in

from zhiping.evidence import spool, store
from zhiping.evidence.actions import uploads
from zhiping.evidence.models import Evidence
from zhiping.ids import uuid7
from zhiping.project.settings import s3 as s3_settings

pytestmark = pytest.mark.t3
POINTS = ("fsync", "replace")  # calls of the system between the last byte and the row


@pytest.fixture
def folders(settings, tmp_path):
    """Folders of their own for uploads and files."""
    settings.UPLOADS, settings.EVIDENCE = tmp_path / "uploads", tmp_path / "evidence"
    return settings


def evaluation_of(cast):
    found = opened(cast)
    composed(cast, found)
    return found


def signed_in(user):
    client = Client(raise_request_exception=False)
    sign_in(client, user)
    return client


def broken(settings):
    """Return what is wrong in the store: a file that is not what its name states, a row without its file."""
    files = [
        path for path in Path(settings.EVIDENCE).rglob("*") if path.is_file() and "previews" not in path.parts
    ]
    wrong = [
        f"half {path.name}" for path in files if hashlib.sha256(path.read_bytes()).hexdigest() != path.name
    ]
    named = {path.name for path in files}
    return wrong + [f"lost {one.name}" for one in Evidence.objects.all() if one.sha256 not in named]


class Faults:
    """Fails the calls of one kind from a number on, with an error or by ending the process."""

    def __init__(self, monkeypatch, fail, at):
        self.count, self.fail, self.at, self.fired = 0, fail, at, 0
        for name in POINTS:
            original = getattr(os, name)
            monkeypatch.setattr(os, name, self._around(original))
        replace = Path.replace
        monkeypatch.setattr(Path, "replace", self._around(replace))

    def _around(self, original):
        def call(*args, **given):
            self.count += 1
            if self.count == self.at:
                self.fired += 1
                self.fail()
            return original(*args, **given)

        return call


def fails(number):
    def fail():
        raise OSError(number, os.strerror(number))

    return fail


def calls(cast, folders, monkeypatch, client, evaluation):
    """Return how many calls of the system a handing in makes."""
    with monkeypatch.context() as patched:
        counted = Faults(patched, lambda: None, 0)
        content = pdf("counted")
        send(client, begin(client, evaluation, content)["Location"], content)
    return counted.count


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_fault_at_any_call_loses_and_halves_nothing(cast, folders, monkeypatch, number):
    client, evaluation = signed_in(cast.staff), evaluation_of(cast)
    count = calls(cast, folders, monkeypatch, client, evaluation)
    assert count >= 5
    for at in range(1, count + 1):
        content, key = pdf(f"fault {at}"), uuid7()
        place = begin(client, evaluation, content, key=key)["Location"]
        with monkeypatch.context() as patched:
            faults = Faults(patched, fails(number), at)
            answer = send(client, place, content)
        assert faults.fired == 1
        assert answer.status_code == (507 if number == errno.ENOSPC else 500), at
        assert broken(folders) == []
        assert not Evidence.objects.filter(pk=key).exists()
        arrived = int(client.head(place)["Upload-Offset"])
        assert send(client, place, content[arrived:], arrived).status_code == 204
        assert Evidence.objects.get(pk=key).sha256 == hashlib.sha256(content).hexdigest()
    assert broken(folders) == []


def killed_at_each(committed, folders, monkeypatch):
    """Kill the server at each call of a handing in, then continue; return what broke on the way."""
    client, evaluation = signed_in(committed.staff), evaluation_of(committed)
    count, found = calls(committed, folders, monkeypatch, client, evaluation), []
    for at in range(1, count + 1):
        content, key = pdf(f"killed {at}"), uuid7()
        place = begin(client, evaluation, content, key=key)["Location"]

        def work(at=at, place=place, content=content):
            Faults(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL), at)
            send(client, place, content)

        assert in_a_copy(work) == signal.SIGKILL
        found += broken(folders)
        arrived = int(client.head(place)["Upload-Offset"])
        send(client, place, content[arrived:], arrived)
        found += [] if Evidence.objects.filter(pk=key).exists() else [f"not continued {at}"]
    return found + broken(folders)


def test_server_killed_at_any_call_loses_and_halves_nothing(committed, folders, monkeypatch):
    assert killed_at_each(committed, folders, monkeypatch) == []


def test_store_that_writes_under_the_final_name_is_detected(committed, folders, monkeypatch):
    """Positive control: bytes are copied to the final name, where a kill leaves half of them."""

    def copied(path, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes()
        with target.open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            os.fsync(file.fileno())
            file.write(content[len(content) // 2 :])
        path.unlink()

    monkeypatch.setattr(store, "_place", copied)
    assert any(text.startswith("half") for text in killed_at_each(committed, folders, monkeypatch))


def test_row_before_its_file_is_detected(committed, folders, monkeypatch):
    """Positive control: a file is kept after its row is written."""
    keep, forget = store.keep, uploads._forget

    def kept_late(upload):
        keep(spool.path_of(upload.pk))
        forget(upload)

    monkeypatch.setattr(store, "keep", store.digests)
    monkeypatch.setattr(uploads, "_forget", kept_late)
    assert any(text.startswith("lost") for text in killed_at_each(committed, folders, monkeypatch))


def test_bytes_then_name_then_folders_are_on_the_disk_before_the_row(cast, folders, monkeypatch):
    client, evaluation = signed_in(cast.staff), evaluation_of(cast)
    order, content = [], pdf("order")
    sync, replace, save = os.fsync, Path.replace, Evidence.save

    def synced(number):
        order.append("folder" if Path(f"/proc/self/fd/{number}").is_dir() else "bytes")
        sync(number)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", lambda path, to: order.append("name") or replace(path, to))
    monkeypatch.setattr(Evidence, "save", lambda row, **given: order.append("row") or save(row, **given))
    send(client, begin(client, evaluation, content)["Location"], content)
    assert order == ["bytes", "bytes", "name", "folder", "folder", "row"]


def test_sm3_without_a_library_for_it_is_the_same():
    """The example of GB/T 32905-2016, A.1."""
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    for made in (store._Sm3(), store._sm3()):
        made.update(b"abc")
        assert made.hexdigest() == expected


def test_same_file_again_is_one_file(folders, tmp_path):
    for _ in range(2):
        (tmp_path / "file").write_bytes(b"content")
        kept = store.keep(tmp_path / "file")
    assert [path.name for path in Path(folders.EVIDENCE).rglob("*") if path.is_file()] == [kept.sha256]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    with s3.server(tmp_path_factory.mktemp("s3")) as address:
        yield address


@pytest.fixture
def in_s3(folders, bucket):
    folders.S3 = bucket
    folders.STORAGES = folders.STORAGES | {"evidence": s3_settings(bucket)}
    return folders


def test_files_are_kept_in_s3_and_read_from_it(cast, in_s3):
    client, evaluation, content = signed_in(cast.staff), evaluation_of(cast), pdf("s3" * 5000)
    place = begin(client, evaluation, content)["Location"]
    assert send(client, place, content).status_code == 204
    one = Evidence.objects.get()
    assert (store.has_file(one.sha256), list(Path(in_s3.UPLOADS).iterdir())) == (True, [])
    for _ in range(2):  # from S3, then from the local copy
        answer = client.post(f"/evidence/{one.pk}/file")
        assert b"".join(answer.streaming_content) == content
    store.keep_picture(one.sha256, 1, b"picture")
    with store.open_picture(one.sha256, 1) as picture:
        assert picture.read() == b"picture"
    store.probe()


def test_s3_that_refuses_keeps_the_upload(cast, in_s3):
    client, evaluation, content = signed_in(cast.staff), evaluation_of(cast), pdf("refused")
    place = begin(client, evaluation, content)["Location"]
    right = in_s3.STORAGES
    wrong = s3_settings(in_s3.S3.replace(s3.SECRET, "another"))
    in_s3.STORAGES = right | {"evidence": wrong}
    assert send(client, place, content).status_code >= 500
    assert (Evidence.objects.count(), int(client.head(place)["Upload-Offset"])) == (0, len(content))
    in_s3.STORAGES = right
    assert send(client, place, b"", len(content)).status_code == 204
    assert store.has_file(Evidence.objects.get().sha256)
