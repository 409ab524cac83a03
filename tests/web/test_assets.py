"""What browsers load: found by name, built for engines of offices, free of what our headers forbid."""

import gzip
import json
import re
from pathlib import Path

import pytest

from zhiping.web import assets

ROOT = Path(__file__).parents[2]
TOO_NEW = {  # what Chrome 87 does not know
    ".css": r"color-mix|:has\(|@container|container-type|@layer|:is\(|:where\(|\d[dsl]vh|[{;]aspect-ratio:",
    ".js": r"structuredClone|randomUUID|\.at\(-?\d|Object\.hasOwn\b|\bstatic\{|\.findLast\(|\.toSorted\(",
}


def files(suffix):
    return [path for path in assets.STATIC.iterdir() if path.suffix == suffix]


def text(name):
    return (assets.STATIC / Path(assets.url(name)).name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["site.css", "site.js", "noscript.css"])
def test_address_names_a_built_file_with_its_hash(name):
    assert re.fullmatch(r"/static/\w+\.[0-9a-f]{12}\.(css|js)", assets.url(name))
    assert text(name)


def test_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        assets.url("nothing.js")


@pytest.mark.parametrize("suffix", TOO_NEW)
def test_office_browsers_know_everything_built(suffix):
    assert files(suffix)
    assert {
        path.name: re.findall(TOO_NEW[suffix], path.read_text(encoding="utf-8")) for path in files(suffix)
    } == {path.name: [] for path in files(suffix)}


def test_htmx_asks_for_nothing_our_headers_forbid():
    settings = re.search(r"includeIndicatorStyles:!1,allowEval:!1,historyCacheSize:0", text("site.js"))
    assert settings


@pytest.mark.parametrize("suffix", [".css", ".js", ".svg"])
def test_nothing_is_loaded_from_elsewhere(suffix):
    names = re.compile(
        r"https?://(?!www\.w3\.org/|popper\.js\.org/)[\w.]+"
    )  # namespaces, and an error's words
    loaded = {path.name: names.findall(path.read_text(encoding="utf-8")) for path in files(suffix)}
    assert {name for name, found in loaded.items() if found} == set()


def test_each_text_file_has_a_compressed_copy():
    for path in [p for suffix in (".css", ".js", ".svg") for p in files(suffix)]:
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == path.read_bytes()


def test_page_without_choice_follows_the_system_and_paper_stays_light():
    dark = re.findall(
        r"@media ([^{]*prefers-color-scheme:\s*dark[^{]*)\{:root:not\(\[data-bs-theme\]\)", text("site.css")
    )
    assert dark
    assert {re.sub(r"\s", "", one) for one in dark} == {"screenand(prefers-color-scheme:dark)"}


def test_lock_carries_no_addresses_and_a_hash_for_each_package():
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []


def test_no_template_violates_the_content_security_policy():
    forbidden = re.compile(r"\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|hx-on|hx-vals=['\"]js:")
    found = {
        path.name: forbidden.findall(path.read_text(encoding="utf-8"))
        for path in (ROOT / "src" / "zhiping").rglob("templates/**/*.html")
    }
    assert {name: parts for name, parts in found.items() if parts} == {}
