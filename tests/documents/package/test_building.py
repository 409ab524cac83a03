"""Building of archive packages: what is in them, and that nothing is left of one that does not verify."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.documents.package.packages import (
    KEY,
    OTHER,
    check,
    checkpoints,
    codes,
    contents,
    package,
    world,
)

from zhiping.documents.package import verify
from zhiping.documents.package.building import build, place_seal
from zhiping.documents.package.contents import File
from zhiping.domain.errors import Invalid

TAGS = {
    "bag-info.txt", "bagit.txt", "index.html", "manifest-sha256.txt", "manifest-sha512.txt",
    "tagmanifest-sha256.txt", "tagmanifest-sha512.txt", "verify.py",
}  # fmt: skip


@pytest.mark.parametrize("name", ["package.zip", "package"])
def test_package_verifies_with_its_seal(tmp_path, name):
    built, seal = package(world(), tmp_path, name)
    source = verify.opened(built.path)
    report = check(source, seal=seal)
    assert (report.faults, [one["code"] for one in report.unchecked]) == ([], ["result.not_computed"])
    assert {n for n in source.sizes if not n.startswith("data/")} == TAGS
    assert (built.files, built.size) == (len(source.sizes), sum(source.sizes.values()))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_zip_is_the_same_bytes_for_the_same_contents(tmp_path):
    one, _ = package(world(), tmp_path, "one.zip")
    other, _ = package(world(), tmp_path, "other.zip")
    assert one.path.read_bytes() == other.path.read_bytes()
    assert one.tag_manifests == other.tag_manifests


def test_folder_and_zip_hold_the_same_files(tmp_path):
    folder, zipped = (package(world(), tmp_path, name)[0] for name in ("package", "package.zip"))
    with zipfile.ZipFile(zipped.path) as file:
        inside = {name.partition("/")[2]: file.read(name) for name in file.namelist()}
    outside = {
        path.relative_to(folder.path).as_posix(): path.read_bytes()
        for path in folder.path.rglob("*")
        if path.is_file()
    }
    assert inside == outside


def test_files_may_be_bytes_paths_or_opened_when_needed(tmp_path):
    made = world(photos=0)
    (tmp_path / "on-disk").write_bytes(b"disk")
    sources = [
        File("a/bytes.bin", b"bytes"),
        File("a/disk.bin", tmp_path / "on-disk"),
        File("a/opened.bin", lambda: (tmp_path / "on-disk").open("rb")),
    ]
    files = [*contents(made).files, *sources]
    built = build(contents(made, files=files), tmp_path / "package")
    found = [(built.path / "data" / one.path).read_bytes() for one in sources]
    assert found == [b"bytes", b"disk", b"disk"]


def test_public_edition_keeps_hashes_of_what_its_reader_may_not_see(tmp_path):
    made = world()
    ledgers = made.ledgers(opened=lambda kind, _body: kind == "evaluation")
    built, seal = package(made, tmp_path, edition="public", ledgers=ledgers, whole_result=True)
    source = verify.opened(built.path)
    assert check(source, seal=seal).faults == []
    texts = b"".join(verify.read(source, name) for name in source.sizes)
    assert "记录不全".encode() not in texts
    assert all(leaf.hash.encode() in texts for ledger in ledgers for leaf in ledger.leaves)


def test_full_edition_with_a_hidden_entry_is_refused(tmp_path):
    made = world()
    ledgers = made.ledgers(opened=lambda kind, _body: kind == "evaluation")
    with pytest.raises(Invalid) as refused:
        package(made, tmp_path, ledgers=ledgers)
    assert [problem.code for problem in refused.value.problems] == ["package.fault"] * 2
    assert list(tmp_path.iterdir()) == []


def test_package_that_does_not_verify_is_not_left(tmp_path):
    made = world()
    ledgers = made.ledgers()
    with pytest.raises(Invalid) as refused:
        build(contents(made, ledgers=ledgers, checkpoints=checkpoints(ledgers, OTHER)), tmp_path / "package")
    assert len(refused.value.problems) == len(checkpoints(ledgers)) + len(ledgers)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a//b", "a/../b", "C:x", "nul.txt", "a\\b", "a\nb", "x.", "KEYS.TXT", "ledgers/a"]
)
def test_path_that_no_package_can_hold_is_refused_before_anything_is_written(tmp_path, path):
    made = world(photos=0)
    files = [*contents(made).files, File(path, b"x")]
    with pytest.raises(Invalid) as refused:
        build(contents(made, files=files), tmp_path / "package")
    assert [(p.code, p.data) for p in refused.value.problems] == [("package.path", {"path": path})]
    assert list(tmp_path.iterdir()) == []


def test_existing_target_is_left_alone(tmp_path):
    (tmp_path / "package.zip").write_text("mine")
    with pytest.raises(FileExistsError):
        package(world(), tmp_path)
    assert (tmp_path / "package.zip").read_text() == "mine"


def test_source_that_breaks_leaves_nothing(tmp_path):
    def broken():
        raise OSError("gone")

    made = world(photos=0)
    with pytest.raises(OSError, match="gone"):
        build(contents(made, files=[*contents(made).files, File("a.bin", broken)]), tmp_path / "package.zip")
    assert list(tmp_path.iterdir()) == []


def test_bag_information_names_size_dates_and_identifiers(tmp_path):
    made = world()
    built, _ = package(made, tmp_path, "package", identifiers={"Record-Number": "Z-2026-001\nX: y"})
    rows = dict(line.split(": ", 1) for line in (built.path / "bag-info.txt").read_text("utf-8").splitlines())
    payload = [path.stat().st_size for path in (built.path / "data").rglob("*") if path.is_file()]
    assert rows["Payload-Oxum"] == f"{sum(payload)}.{len(payload)}"
    assert (rows["Bagging-Date"], rows["Edition"]) == ("2026-04-01", "full")
    assert (rows["External-Identifier"], rows["Bag-Group-Identifier"]) == (built.id, str(made.evaluation))
    assert rows["Record-Number"] == "Z-2026-001 X: y"


class Links(HTMLParser):
    """The addresses of a page and the names of its elements."""

    def __init__(self, text):
        super().__init__()
        self.links, self.elements = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]


def test_index_links_to_every_file_without_scripts_or_other_sites(tmp_path):
    from urllib.parse import unquote

    made = world()
    built, _ = package(made, tmp_path, "package")
    text = (built.path / "index.html").read_text("utf-8")
    page = Links(text)
    assert sorted(map(unquote, page.links)) == sorted(f"data/{path}" for path in made.files)
    assert page.elements & {"script", "link", "img", "iframe", "object"} == set()
    for ledger in made.ledgers():
        hashes = [leaf.hash for leaf in ledger.leaves]
        assert verify.fingerprint(verify.roots(hashes, {len(hashes)})[len(hashes)]) in text


def test_index_escapes_what_people_wrote(tmp_path):
    made = world(photos=0)
    title = {"zh": "<script>alert(1)</script>", "en": "&<b>"}
    built, _ = package(made, tmp_path, "package", title=title, organisation="x")
    assert "<script>" not in (built.path / "index.html").read_text("utf-8")


def test_verifier_of_the_package_runs_alone(tmp_path):
    built, seal = package(world(), tmp_path, "package")
    place_seal(built.path, seal)
    (tmp_path / "key.txt").write_text(KEY.public)
    words = [sys.executable, "-I", "-S", str(built.path / "verify.py")]
    done = subprocess.run(
        [*words, "--key", str(tmp_path / "key.txt"), "--json"], capture_output=True, timeout=60, check=False
    )
    found = json.loads(done.stdout)
    assert (done.returncode, found["verified"], found["package"]["sealed"]) == (0, True, True)
    assert found["package"]["id"] == built.id
    (built.path / "data/report.pdf").write_bytes(b"other")
    again = subprocess.run(
        [*words, "--lang", "en"], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    assert again.returncode == 1
    assert "  data/report.pdf: its content is not what the manifests state (sha256, sha512)" in again.stdout
    assert not list(built.path.rglob("__pycache__"))


def test_verifier_is_written_for_python_3_8_and_the_standard_library():
    import ast

    tree = ast.parse(Path(verify.__file__).read_text("utf-8"), feature_version=(3, 8))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
    newer = {"removeprefix", "removesuffix", "is_relative_to", "bit_count", "hardlink_to", "readlink"}
    assert {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & newer == set()


def test_seal_is_written_beside_the_package_and_found_there(tmp_path):
    built, seal = package(world(), tmp_path)
    path = place_seal(built.path, seal)
    assert path.name == "package.zip.seal"
    report = verify.verified(built.path, verify.opened(built.path), None, None, [])
    assert (report.faults, report.facts["sealed"]) == ([], True)
    assert "seal.none" not in {one["code"] for one in report.unchecked}


def test_sealed_digests_are_those_of_the_tag_manifests(tmp_path):
    built, _ = package(world(), tmp_path, "package")
    expected = {
        name: hashlib.sha256((built.path / name).read_bytes()).hexdigest()
        for name in ("tagmanifest-sha256.txt", "tagmanifest-sha512.txt")
    }
    assert dict(built.tag_manifests) == expected
    assert built.event() == {"package": built.id, "edition": "full", "tag_manifests": expected}


def test_package_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    calls, real = [], os.fsync
    monkeypatch.setattr(
        os,
        "fsync",
        lambda number: (calls.append(str(Path(f"/proc/self/fd/{number}").readlink())), real(number)),
    )
    built, _ = package(world(), tmp_path)
    assert [path.rpartition("/")[2].startswith(".package.zip-") for path in calls] == [True, False]
    assert calls[-1] == str(built.path.parent)


def test_faults_are_stated_in_both_languages():
    import re

    text = Path(verify.__file__).read_text("utf-8")
    used = set(re.findall(r'add_(?:fault|note)\(\s*"([\w.]+)"', text)) | set(
        re.findall(r'"code": "([\w.]+)"', text)
    )
    assert len(used) > 60
    assert used - verify.TEXTS.keys() == set()
    fields = re.compile(r"{(\w+)}")
    assert [
        code for code, (zh, en) in verify.TEXTS.items() if set(fields.findall(zh)) != set(fields.findall(en))
    ] == []


def test_codes_without_faults_are_not_reported(tmp_path):
    built, _ = package(world(), tmp_path)
    assert codes(check(verify.opened(built.path))) == set()
