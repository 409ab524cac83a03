"""From the closed evaluation to its archived package, which verifies without the server."""

import subprocess
import sys
import zipfile

import pytest
from tests.archive.archiving import archived, closed, fresh, packed
from tests.reporting.reporting import answer, decide, object_to, sent
from tests.server.cast import TODAY

from zhiping.archive import jobs
from zhiping.archive.models import Package, Packing, Record
from zhiping.cli.main import main
from zhiping.evidence import store
from zhiping.ledger import keys, verification
from zhiping.ledger.models import Head
from zhiping.notices.models import Notice


def taken(package, folder):
    """Put a package with its seal and the key into a folder, as a person keeps them."""
    path = folder / f"{package.edition}.zip"
    with store.open_file(package.file) as source:
        path.write_bytes(source.read())
    path.with_name(path.name + ".seal").write_text(package.seal)
    (folder / "key.txt").write_text("\n".join(keys.named()))
    return path


def test_closed_evaluation_is_packed_verified_and_archived(cast, tmp_path, capsys):
    evaluation = archived(cast)
    assert evaluation.head.phase == "archived"
    packing = Packing.objects.get()
    assert (packing.done, packing.problems) == (4, [])
    assert {check["state"] for check in Package.objects.first().checks} == {"ok", "unchecked"}
    for package in Package.objects.all():
        path = taken(package, tmp_path)
        assert main(["verify", str(path), "--key", str(tmp_path / "key.txt")]) == 0
        alone = [sys.executable, "-I", "verify.py", str(path), "--key", str(tmp_path / "key.txt")]
        with zipfile.ZipFile(path) as bag:
            name = next(name for name in bag.namelist() if name.endswith("/verify.py"))
            (tmp_path / "verify.py").write_bytes(bag.read(name))
        assert subprocess.run(alone, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    capsys.readouterr()
    heads = Head.objects.filter(kind__in=("evaluation", "sheet"))
    assert [problem for head in heads for problem in verification.verify(head)] == []
    record = Record.objects.get()
    assert (record.year, record.retention, record.number) == (TODAY.year, "30", "")
    assert Notice.objects.filter(to=cast.archivist, code="archive.packed").exists()
    assert Notice.objects.filter(to=cast.staff, code="archive.archived").exists()


def test_full_edition_holds_everything_and_the_public_one_no_names(cast, tmp_path):
    packed(cast)
    names = {}
    for package in Package.objects.all():
        with zipfile.ZipFile(taken(package, tmp_path)) as bag:
            names[package.edition] = {name.partition("/data/")[2] for name in bag.namelist()}
            if package.edition == "public":
                content = b"".join(bag.read(name) for name in bag.namelist() if "verify.py" not in name)
    assert names["full"] >= {
        "result.json", "rubric.toml", "policy.json", "guidance.json", "panel.json", "evidence.json",
        "objections.json", "feedback.json", "receipts.json", "package.json",
    }  # fmt: skip
    assert sum(name.startswith("report/") for name in names["full"]) == 4
    assert not any(name.startswith(("report/", "evidence/", "scans/")) for name in names["public"])
    for person in (cast.lead, cast.member, cast.officer, cast.staff):
        assert person.name.encode() not in content


@pytest.mark.parametrize("criterion", ["4.1", "4.2"])  # one that was disputed, one on which all agreed
def test_record_of_a_corrected_result_is_packed(cast, criterion):
    evaluation = sent(cast)
    one = object_to(cast, evaluation, criterion)
    points = str(min(evaluation.rubric.as_domain().criteria[criterion].marks(1)))
    answer(cast, evaluation, one, points="2" if criterion == "4.1" else points)
    decide(cast, evaluation, one)
    packed(cast, closed(cast, evaluation))
    assert (Packing.objects.get().problems, Package.objects.count()) == ([], 2)
    assert {check["state"] for check in Package.objects.first().checks} == {"ok", "unchecked"}


def test_interrupted_job_is_run_again_and_makes_one_pair(cast):
    evaluation = packed(cast)
    packing = Packing.objects.get()
    Packing.objects.update(finished=None, done=2)
    jobs.make_packages.call(str(packing.pk))
    assert Package.objects.count() == 2
    assert Packing.objects.get().problems == []
    assert fresh(evaluation).head.phase == "closed"
