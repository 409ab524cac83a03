"""Conformance to BagIt: cases made from RFC 8493 and the published description of the conformance suite."""

import hashlib
import itertools
import os
import zipfile

import pytest
from tests.documents.package.packages import Memory, codes

from zhiping.documents.package import verify

FILES = {"data/hello.txt": b"hello\n", "data/sub/photo.jpg": b"\xff\xd8\xff" * 50}
INFO = "Source-Organization: Somewhere\nBagging-Date: 2026-03-02\n"


def lines(files, algorithm, *, gap="  ", upper=False, prefix="", end="\n"):
    """Return a manifest of files in a writing that tools produce."""
    digests = {name: hashlib.new(algorithm, content).hexdigest() for name, content in files.items()}
    rows = ((d.upper() if upper else d) + gap + prefix + name for name, d in sorted(digests.items()))
    return "".join(row + end for row in rows)


def bag(version="1.0", files=FILES, algorithms=("sha256",), *, encoding="UTF-8", info=INFO, tags=True, **how):
    """Return a valid bag, whose files a case then changes."""
    made = dict(files)
    made["bagit.txt"] = f"BagIt-Version: {version}\nTag-File-Character-Encoding: {encoding}\n".encode()
    if info is not None:
        made["bag-info.txt"] = info.encode(encoding)
    for one in algorithms:
        made[f"manifest-{one}.txt"] = lines(files, one, **how).encode(encoding)
    return tagged(made, algorithms, encoding) if tags else made


def tagged(made, algorithms=("sha256",), encoding="UTF-8"):
    """Return a bag with tag manifests of its tag files as they are now."""
    tags = {n: c for n, c in made.items() if not n.startswith(("data/", "tagmanifest-"))}
    return {**made, **{f"tagmanifest-{one}.txt": lines(tags, one).encode(encoding) for one in algorithms}}


def changed(made, **changes):
    """Return a bag in which tag files, named with _ for the point, have other texts; tag manifests follow."""
    named = {name.replace("__", "-").replace("_txt", ".txt"): text for name, text in changes.items()}
    return tagged({**made, **{n: t if isinstance(t, bytes) else t.encode() for n, t in named.items()}})


def manifest(made, edit):
    """Return a bag with an edited manifest; its tag manifest follows."""
    return changed(made, manifest__sha256_txt=edit(made["manifest-sha256.txt"].decode()))


ODD = {"data/a b.txt": b"1", "data/照片.jpg": b"2", "data/100%.txt": b"3"}
BROKEN_NAME = {"data/a\nb.txt": b"1"}
ENCODED = "".join(f"{hashlib.sha256(b'1').hexdigest()}  data/a{code}b.txt\n" for code in ["%0A"])
PERCENT = lines({"data/100%25.txt": b"3"}, "sha256")
INNER = {f"data/{name}": content for name, content in bag().items()}
LOCAL = "http://example.org/hello 6 data/hello.txt\nhttp://example.org/photo - data/sub/photo.jpg\n"

VALID = {
    **{f"v{v} basic": bag(v, algorithms=("md5",)) for v in ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")},
    **{a: bag("0.97", algorithms=(a,)) for a in ("sha1", "sha224", "sha256", "sha384", "sha512")},
    "two algorithms": bag(algorithms=("sha256", "sha512")),
    "minimal": bag(info=None, tags=False, files={"data/a": b""}),
    "duplicate metadata entries": bag(info="Contact: A\nContact: B\nContact: A\n"),
    "continued metadata": bag(info="External-Description: one\n two\n\tthree\n"),
    "metadata with colons": bag(info="Link: http://example.org/a:b\n"),
    "UTF-16 tag files": bag("0.97", encoding="UTF-16"),
    "ISO-8859-1 tag files": bag("0.97", {"data/caf\xe9.txt": b"1"}, encoding="ISO-8859-1"),
    "names with spaces and Chinese": bag("0.97", ODD),
    "percent sign encoded": changed(bag(files={"data/100%.txt": b"3"}), manifest__sha256_txt=PERCENT),
    "line feed encoded": changed(bag(files=BROKEN_NAME), manifest__sha256_txt=ENCODED),
    "line feed encoded in lower case": changed(
        bag(files=BROKEN_NAME), manifest__sha256_txt=ENCODED.replace("%0A", "%0a")
    ),
    "bag in a bag": bag(files=INNER),
    "leading dot and slash": bag("0.97", prefix="./"),
    "digests in upper case": bag(upper=True),
    "tabs between": bag(gap="\t"),
    "asterisk of checksum tools": bag("0.97", gap=" *"),
    "no last line end": manifest(bag(), lambda text: text[:-1]),
    "lines end in CR LF": manifest(bag(), lambda text: text.replace("\n", "\r\n")),
    "lines end in CR": manifest(bag(), lambda text: text.replace("\n", "\r")),
    "declaration ends in CR LF": changed(bag(), bagit_txt=bag()["bagit.txt"].replace(b"\n", b"\r\n")),
    "fetched already": changed(bag(), fetch_txt=LOCAL),
    "size and number of files": bag(info="Payload-Oxum: 156.2\n"),
    "tag files in folders, not listed": {**bag(), "tags/a.xml": b"<a/>"},
    "tag files in folders, listed": tagged({**bag(), "tags/a.xml": b"<a/>"}),
    "file in one of two manifests, before 1.0": tagged(
        {**bag("0.97"), "manifest-md5.txt": lines({"data/hello.txt": b"hello\n"}, "md5").encode()}
    ),
    "same line twice, before 1.0": manifest(bag("0.97"), lambda text: text + text.splitlines()[0] + "\n"),
}


def without(made, *names):
    return {name: content for name, content in made.items() if name not in names}


def renamed(name):
    """Return a bag whose manifest names a file otherwise."""
    return manifest(bag(), lambda text: text.replace("data/hello", name))


def edited(edit):
    return manifest(bag(), edit)


def declared(content):
    return changed(bag(), bagit_txt=content)


DECLARATION = bag()["bagit.txt"]
MANIFEST, TAG_MANIFEST = (bag()[name] for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"))
FAULTY = {
    "no declaration": ("bag.no_declaration", without(bag(), "bagit.txt", "tagmanifest-sha256.txt")),
    "declaration of one line": ("bag.declaration", declared("BagIt-Version: 1.0\n")),
    "declaration in the wrong order": (
        "bag.declaration",
        declared("Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n"),
    ),
    "declaration of three lines": ("bag.declaration", declared(DECLARATION + b"A: b\n")),
    "declaration with a byte order mark": (
        "bag.declaration", declared(b"\xef\xbb\xbf" + DECLARATION),
    ),
    "declaration with blanks before the colon": (
        "bag.declaration", declared(DECLARATION.replace(b"on:", b"on :")),
    ),
    "declaration with leading blanks": ("bag.declaration", declared(b" " + DECLARATION)),
    "declaration without a point in the version": (
        "bag.declaration", declared(DECLARATION.replace(b"1.0", b"1")),
    ),
    "unknown version": ("bag.version", bag("2.0")),
    "unknown encoding": (
        "bag.encoding", declared(DECLARATION.replace(b"UTF-8", b"UTF-9")),
    ),
    "no data folder": ("bag.no_data", bag(files={})),
    "no manifest": ("bag.no_manifest", tagged(without(bag(), "manifest-sha256.txt"))),
    "file missing": ("bag.file_missing", without(bag(), "data/hello.txt")),
    "file added": ("bag.file_added", {**bag(), "data/more.txt": b""}),
    "file added, before 1.0": ("bag.file_added", {**bag("0.97"), "data/more.txt": b""}),
    "file changed": ("bag.digest", {**bag(), "data/hello.txt": b"hallo\n"}),
    "file cut": ("bag.digest", {**bag(), "data/hello.txt": b""}),
    "files swapped": (
        "bag.digest",
        {**bag(), "data/hello.txt": FILES["data/sub/photo.jpg"], "data/sub/photo.jpg": b"hello\n"},
    ),
    "tag file changed": ("bag.digest", {**bag(), "bag-info.txt": b"A: b\n"}),
    "manifest changed, not its tag manifest": (
        "bag.digest", {**bag(), "manifest-sha256.txt": MANIFEST.replace(b"  ", b" ")},
    ),
    "tag file missing": ("bag.file_missing", without(bag(), "bag-info.txt")),
    "path with two points": ("path.unsafe", renamed("data/../hello")),
    "path out of the bag": ("path.unsafe", renamed("../../hello")),
    "absolute path": ("path.unsafe", renamed("/etc/hello")),
    "path of a home": ("path.unsafe", renamed("~/hello")),
    "path with a drive": ("path.unsafe", renamed("C:/hello")),
    "path with an empty part": ("path.unsafe", renamed("data//hello")),
    "manifest lists a tag file": (
        "bag.manifest_place", edited(lambda t: t + lines({"bag-info.txt": INFO.encode()}, "sha256")),
    ),
    "tag manifest lists payload": (
        "bag.manifest_place",
        {**bag(), "tagmanifest-sha256.txt": TAG_MANIFEST + MANIFEST},
    ),
    "tag manifest lists a tag manifest": (
        "bag.manifest_place",
        {**bag(), "tagmanifest-sha256.txt": TAG_MANIFEST + b"00  tagmanifest-sha256.txt\n"},
    ),
    "tag manifest without the manifest": (
        "bag.tag_unlisted",
        {**bag(), "tagmanifest-sha256.txt": lines({"bag-info.txt": INFO.encode()}, "sha256").encode()},
    ),
    "file in one of two manifests": (
        "bag.file_added",
        tagged({**bag(), "manifest-md5.txt": lines({"data/hello.txt": b"hello\n"}, "md5").encode()}),
    ),
    "file listed twice": ("bag.listed_twice", edited(lambda t: t + t.splitlines()[0] + "\n")),
    "file listed twice with two digests, before 1.0": (
        "bag.listed_twice", manifest(bag("0.97"), lambda t: t + "0" * 64 + "  data/hello.txt\n"),
    ),
    "line without a path": ("bag.manifest_line", edited(lambda t: t + "0" * 64 + "\n")),
    "line without a digest": ("bag.manifest_line", edited(lambda t: t + "data/hello.txt\n")),
    "digest that is not hexadecimal": ("bag.manifest_line", manifest(bag(), lambda t: "g" + t[1:])),
    "digest cut": ("bag.digest", edited(lambda t: t[1:])),
    "line feed not decoded": (
        "bag.file_missing",
        changed(bag(files=BROKEN_NAME), manifest__sha256_txt=ENCODED.replace("%0A", "%0C")),
    ),
    "percent sign decoded twice": (
        "bag.file_missing",
        changed(bag(files={"data/100%.txt": b"3"}), manifest__sha256_txt=PERCENT.replace("%25", "%2525")),
    ),
    "unknown algorithm": (
        "bag.algorithm", tagged({**bag(), "manifest-md9.txt": MANIFEST}),
    ),
    "manifest that cannot be decoded": (
        "bag.undecodable", changed(bag(), manifest__sha256_txt=MANIFEST + b"\xff\xfe\n"),
    ),
    "manifest with a byte order mark": (
        "bag.byte_order_mark", changed(bag(), manifest__sha256_txt=b"\xef\xbb\xbf" + MANIFEST),
    ),
    "wrong number of files": ("bag.oxum", bag(info="Payload-Oxum: 156.3\n")),
    "wrong number of bytes": ("bag.oxum", bag(info="Payload-Oxum: 157.2\n")),
    "two sizes": ("bag.oxum", bag(info="Payload-Oxum: 156.2\nPayload-Oxum: 156.2\n")),
    "metadata without a colon": ("bag.info_line", bag(info="Contact\n")),
    "metadata with blanks before the colon": ("bag.info_line", bag(info="Contact : A\n")),
    "metadata without a blank after the colon": ("bag.info_line", bag(info="Contact:A\n")),
    "metadata that begins with a continuation": ("bag.info_line", bag(info=" Contact: A\n")),
    "fetched file missing": ("bag.file_missing", without(changed(bag(), fetch_txt=LOCAL), "data/hello.txt")),
    "fetched file not in the manifest": (
        "bag.fetch_unlisted", changed(bag(), fetch_txt="http://example.org/x 1 data/x\n"),
    ),
    "fetched file out of the bag": (
        "bag.fetch_unlisted", changed(bag(), fetch_txt="http://example.org/x 1 data/../../x\n"),
    ),
    "line of fetch.txt without a length": (
        "bag.fetch_line", changed(bag(), fetch_txt="http://example.org/x data/hello.txt\n"),
    ),
}  # fmt: skip


def checked(source):
    report = verify.Report()
    verify.check_bag(source, report)
    return report


@pytest.mark.parametrize("name", VALID)
def test_valid_bag_has_no_fault(name):
    assert checked(Memory(VALID[name])).faults == []


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_bag_is_refused_with_its_fault(name):
    code, files = FAULTY[name]
    assert code in codes(checked(Memory(files)))


def test_cases_are_as_many_as_the_suite_has():
    assert (len(VALID) >= 27, len(FAULTY) >= 21, len(VALID) + len(FAULTY) >= 48) == (True, True, True)


def test_every_fault_is_named_at_once():
    files = {**bag(), "data/hello.txt": b"", "data/more": b"", "bag-info.txt": b"A: b\n"}
    del files["data/sub/photo.jpg"]
    places = {(fault["code"], fault["file"]) for fault in checked(Memory(files)).faults}
    assert places == {
        ("bag.digest", "data/hello.txt"),
        ("bag.digest", "bag-info.txt"),
        ("bag.file_added", "data/more"),
        ("bag.file_missing", "data/sub/photo.jpg"),
    }


def test_empty_payload_is_a_bag(tmp_path):
    for name, content in tagged({**bag(files={}), "manifest-sha256.txt": b""}).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "data").mkdir()
    assert checked(verify.opened(tmp_path)).faults == []


def written(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"hello\n")
    root = written(tmp_path / "bag", bag())
    (root / "data/hello.txt").unlink()
    (root / "data/hello.txt").symlink_to(tmp_path / "secret")
    assert codes(checked(verify.opened(root))) == {"path.link", "bag.file_missing"}


def test_link_to_a_folder_is_not_followed(tmp_path):
    written(tmp_path / "outside", {"photo.jpg": FILES["data/sub/photo.jpg"]})
    root = written(tmp_path / "bag", without(bag(), "data/sub/photo.jpg"))
    (root / "data/sub").symlink_to(tmp_path / "outside")
    assert codes(checked(verify.opened(root))) == {"path.link", "bag.file_missing"}


def test_pipe_is_not_opened(tmp_path):
    root = written(tmp_path / "bag", bag())
    (root / "data/hello.txt").unlink()
    os.mkfifo(root / "data/hello.txt")
    assert codes(checked(verify.opened(root))) == {"path.special", "bag.file_missing"}


def zipped(path, entries, **options):
    """Write a zip of names (or ZipInfo) and contents, as a hostile person may."""
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


GOOD = [(f"bag/{name}", content) for name, content in bag().items()]


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (("bag/../evil", b""), "path.unsafe"),
        (("/evil", b""), "path.unsafe"),
        (("bag/data/..\\evil", b""), "path.unsafe"),
        (("C:/evil", b""), "zip.roots"),
        (("other/evil", b""), "zip.roots"),
        ((link("bag/data/link"), b"/etc/passwd"), "path.link"),
        (("bag/data/hello.txt", b"hello\n"), "path.alike"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_entry_that_could_be_written_elsewhere_is_named(tmp_path, entry, code):
    assert code in codes(checked(verify.opened(zipped(tmp_path / "bag.zip", [*GOOD, entry]))))


def test_zip_of_other_tools_is_read(tmp_path):
    path = zipped(
        tmp_path / "bag.zip", [("bag/", b""), ("bag/data/", b""), *GOOD], compression=zipfile.ZIP_DEFLATED
    )
    assert checked(verify.opened(path)).faults == []


def test_damaged_entry_is_a_fault_and_ends_nothing(tmp_path):
    path = zipped(tmp_path / "bag.zip", GOOD, compression=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    at = content.index(b"data/sub/photo.jpg") + len("data/sub/photo.jpg")
    content[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert codes(checked(verify.opened(path))) == {"bag.file_unreadable"}


def test_encrypted_entry_is_a_fault(tmp_path):
    path = zipped(tmp_path / "bag.zip", GOOD)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as file:
        start = file.start_dir
    central = bytearray(content[start:])
    central[8] |= 1
    path.write_bytes(content[:start] + central)
    assert "zip.encrypted" in codes(checked(verify.opened(path)))


REFUSED = ["con", "Con.txt", "com1", "lpt9.x", "a.", "a ", "a:b", "a?b", "a|b", "a\x1fb", "aux/a", "a\\b"]


@pytest.mark.parametrize(("names", "expected"), [(REFUSED, True), (["a.txt", "company", "照片.jpg"], False)])
def test_names_that_windows_cannot_hold_are_known(names, expected):
    assert [name for name in names if verify.unportable(f"data/{name}") is not expected] == []


def test_names_alike_in_case_or_form_are_found():
    names = ["data/A", "data/a", "data/\u00e9", "data/e\u0301", "data/stra\u00dfe", "data/STRASSE", "data/b"]
    assert list(verify.alike(names)) == [
        ("data/a", "data/A"), ("data/e\u0301", "data/\u00e9"), ("data/STRASSE", "data/stra\u00dfe"),
    ]  # fmt: skip


def test_names_are_shown_without_control_characters():
    files = {**bag(), "data/a\x1b[2J\u202eb": b""}
    shown = [fault["file"] for fault in checked(Memory(files)).faults]
    assert shown == ["data/a\\u001b[2J\\u202eb"]
    assert not any(character in "\x1b\u202e" for character in itertools.chain(*shown))
