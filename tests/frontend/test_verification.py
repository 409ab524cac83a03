"""The browser's verifier finds what `verify.py` finds, in good and in bad packages."""

import hashlib
import io
import json
import subprocess
import zipfile
from random import Random

import hatch_build
import pytest
from tests.documents.package.mutations import mutated
from tests.documents.package.packages import KEY, OTHER, check, in_memory, remanifested, world
from tests.documents.package.test_proofs import RFC_8032

from zhiping.documents.package import verify
from zhiping.domain.transparency.canonical import canonical

DRIVER = hatch_build.ROOT / "tests/frontend/verify_packages.mjs"
PLACES = ("code", "ledger", "entry", "file", "size", "manifest")


def found_by_the_browser(folder, sources=hatch_build.SOURCES):
    """Return what the browser's verifier says of each case of a folder."""
    _, environment = hatch_build.npm("--version")
    done = subprocess.run(
        ["node", "--no-warnings", str(DRIVER), str(sources), str(folder)], env=environment, timeout=600,
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {one["name"]: one["found"] for one in map(json.loads, done.stdout.splitlines())}


def places(faults):
    """Return faults as comparable places."""
    return sorted({json.dumps([fault.get(name) for name in PLACES]) for fault in faults})


def packed(memory):
    """Return a package in memory as the bytes of a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in memory.files.items():
            file.writestr(f"package/{name}", content)
    return target.getvalue()


class Cases:
    """Packages written for the browser's verifier, with what `verify.py` finds in them."""

    def __init__(self, folder):
        self.folder, self.expected = folder, {}

    def add(self, name, memory, seal, *, key=KEY, kept=()):
        content = packed(memory)
        (self.folder / f"{name}.zip").write_bytes(content)
        given = {"keys": key.public if key else "", "seal": seal, "kept": list(kept)}
        (self.folder / f"{name}.json").write_text(json.dumps(given), encoding="utf-8")
        source = verify.Zip(io.BytesIO(content))
        report = check(source, keys=(key,) if key else (), seal=seal, kept=kept)
        self.expected[name] = (places(report.faults), places(report.unchecked))

    def differences(self, **options):
        found = found_by_the_browser(self.folder, **options)
        answers = {name: (places(one["faults"]), places(one["unchecked"])) for name, one in found.items()}
        return {n: (e, answers[n]) for n, e in self.expected.items() if answers[n] != e}


def clean(cases, seeds):
    for seed in seeds:
        made = world(seed, photos=seed % 3, size=60, sheets=1)
        edition, opened = (
            ("public", lambda _kind, body: body["seq"] % 2 == 0) if seed % 3 == 0 else ("full", None)
        )
        ledgers = made.ledgers(opened, halfway=False) if opened else made.ledgers(halfway=False)
        signed = [KEY.checkpoint(one) for one in ledgers]
        memory, seal = in_memory(made, edition=edition, ledgers=ledgers, checkpoints=signed)
        cases.add(f"good{seed}", memory, seal)


def changed(cases, seeds):
    memory, seal = in_memory(world())
    for seed in seeds:
        cases.add(f"bad{seed}", mutated(memory, seed)[0], seal)


@pytest.mark.parametrize("good", [40, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize("bad", [200, pytest.param(1000, marks=pytest.mark.long)])
def test_both_verifiers_agree(tmp_path, good, bad):
    cases = Cases(tmp_path)
    clean(cases, range(good))
    changed(cases, range(bad))
    faulty = [name for name, (faults, _) in cases.expected.items() if faults]
    assert len(faulty) == bad
    assert cases.differences() == {}


def test_both_verifiers_agree_on_keys_seals_and_kept_checkpoints(tmp_path):
    cases, made = Cases(tmp_path), world()
    memory, seal = in_memory(made)
    evaluation = made.ledgers()[0]
    kept = [
        "",
        "hello",
        "1 7K3QF-0X9TB-M2NAV-85HDR",
        KEY.checkpoint(evaluation, 2),
        OTHER.checkpoint(evaluation),
    ]
    cases.add("foreign", memory, seal, key=OTHER)
    cases.add("own", memory, seal, key=None)
    cases.add("unsealed", memory, None)
    cases.add("no-seal", memory, "hello")
    for number, one in enumerate([*kept, seal]):
        cases.add(f"kept{number}", memory, seal, kept=[one])
    for number, content in enumerate([b"", b"[]", b"{}", b"null", b'"x"', b"\xff", b"[" * 5000]):
        for path in (verify.PACKAGE, verify.CHECKPOINTS, verify.KEYS, "data/result.json", "bagit.txt"):
            other = memory.copy()
            other.files[path] = content
            cases.add(f"shape{number}-{path.rpartition('/')[2]}", remanifested(other), seal)
    assert cases.differences() == {}


def test_seeded_defect_of_the_browsers_verifier_is_found(tmp_path):
    import shutil

    sources = tmp_path / "sources"
    shutil.copytree(hatch_build.SOURCES / "verify", sources / "verify")
    shutil.copy(hatch_build.SOURCES / "package.json", sources)
    path = sources / "verify/package.ts"
    text = path.read_text("utf-8")
    assert text.count("await checkSeal(held, beside.seal ?? null);") == 1
    path.write_text(text.replace("await checkSeal(held, beside.seal ?? null);", ""), "utf-8")
    (tmp_path / "cases").mkdir()
    cases = Cases(tmp_path / "cases")
    changed(cases, range(10))
    assert cases.differences(sources=sources) != {}


def test_zip_that_is_damaged_is_never_taken_for_a_good_one(tmp_path):
    memory, seal = in_memory(world())
    content, draw, cases = packed(memory), Random(4), Cases(tmp_path)
    cases.add("whole", memory, seal)
    given = (tmp_path / "whole.json").read_text("utf-8")
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        places = [info.header_offset + 30 + len(info.orig_filename.encode()) for info in file.infolist()]
    for number in range(60):
        wrong = bytearray(content)
        if number % 2:
            wrong[draw.choice(places) + draw.randrange(8)] ^= 1 << draw.randrange(8)
        else:
            del wrong[draw.randrange(len(wrong)) :]
        (tmp_path / f"wrong{number}.zip").write_bytes(wrong)
        (tmp_path / f"wrong{number}.json").write_text(given, "utf-8")
    found = found_by_the_browser(tmp_path)
    assert found.pop("whole")["faults"] == []
    assert [name for name, one in found.items() if one != "unreadable" and not one["faults"]] == []


def test_digests_signatures_and_json_agree(tmp_path):
    draw, expected = Random(9), {}
    for size in [*range(0, 130, 3), 55, 56, 63, 64, 119, 120, 1000]:
        text = draw.randbytes(size)
        (tmp_path / f"sm3-{size}.json").write_text(json.dumps({"sm3": text.hex()}))
        expected[f"sm3-{size}"] = hashlib.new("sm3", text).hexdigest()
    for number, (key, text, signed) in enumerate(RFC_8032):
        for good in (True, False):
            given = {
                "key": key.hex(),
                "text": text.hex(),
                "signature": (signed if good else signed[::-1]).hex(),
            }
            (tmp_path / f"signed-{number}-{good}.json").write_text(json.dumps(given))
            expected[f"signed-{number}-{good}"] = good
    values = [
        {"乙": 1, "甲": [None, True, 'e\u0301\n\x7f"\\'], "\U0001f600": {}, "\uffee": "x"},
        [],
        "a/b",
        7,
    ]
    for number, value in enumerate(values):
        (tmp_path / f"json-{number}.json").write_text(json.dumps({"canonical": value}))
        expected[f"json-{number}"] = canonical(value).decode()
    assert found_by_the_browser(tmp_path) == expected


PAGE = """<!DOCTYPE html><html lang="zh-CN"><head><title>核验</title></head><body><div data-verify>
<script type="application/json" data-texts>{texts}</script>
<input type="file" name="package"><input type="file" name="seal"><input type="file" name="key">
<textarea name="kept"></textarea><output data-verdict></output>
<section hidden><ul data-faults></ul></section><section hidden><ul data-unchecked></ul></section>
</div><script type="module" src="{script}"></script></body></html>"""


@pytest.fixture
def page(tmp_path):
    """Open a page with the built verifier, served under a policy as strict as the product's."""
    import functools
    import http.server
    import threading

    from tests.browser import chromium

    script = json.loads((hatch_build.BUILT / "manifest.json").read_text())["verify/verify.ts"]["file"]
    for path in hatch_build.BUILT.iterdir():
        if path.suffix == ".js":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    texts = json.dumps({code: zh for code, (zh, _) in verify.TEXTS.items()})
    (tmp_path / "index.html").write_text(PAGE.format(texts=texts, script=script), encoding="utf-8")

    requested = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            requested.append(f"{self.command} {self.path}")

        def end_headers(self):
            self.send_header("Content-Security-Policy", "default-src 'self'; script-src 'self'")
            super().end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with chromium() as browser:
        tab = browser.new_page()
        tab.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        tab.requested = requested
        yield tab
    server.shutdown()
    server.server_close()


def test_page_verifies_what_is_chosen_and_sends_nothing(page, tmp_path):
    from playwright.sync_api import expect

    memory, seal = in_memory(world())
    paths = {"package": packed(memory), "key": KEY.public.encode(), "seal": seal.encode()}
    for name, content in paths.items():
        (tmp_path / name).write_bytes(content)
        page.set_input_files(f"[name={name}]", tmp_path / name)
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_have_attribute("data-verdict", "verified")
    expect(verdict).to_contain_text("核验通过：20 个文件、4 份过程记录")
    rest = verify.sentence({"code": "result.not_computed"}, "zh")
    expect(page.locator("[data-unchecked] li")).to_have_text([rest])
    evaluation = world().ledgers()[0]
    page.fill("[name=kept]", OTHER.checkpoint(evaluation))
    page.locator("[name=kept]").blur()
    expect(verdict).to_have_attribute("data-verdict", "faulty")
    report = check(memory, seal=seal, kept=[OTHER.checkpoint(evaluation)])
    expect(page.locator("[data-faults] li")).to_have_text(
        [verify.sentence(one, "zh") for one in report.faults]
    )
    page.fill("[name=kept]", "")
    page.locator("[name=kept]").blur()
    expect(verdict).to_have_attribute("data-verdict", "verified")
    (tmp_path / "report.pdf").write_bytes(memory.files["data/report.pdf"] + b"x")
    page.set_input_files("[name=package]", tmp_path / "report.pdf")
    expect(page.locator("[data-faults] li")).to_have_text(
        [f"report.pdf：{verify.TEXTS['report.elsewhere'][0]}"]
    )
    assert [line for line in page.requested if not line.startswith("GET ")] == []
