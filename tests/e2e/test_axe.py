"""Pages of the demo for each user: axe finds nothing, and phones need no horizontal scrolling."""

import re
from html import unescape

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser import DESKTOP, PHONE
from tests.e2e.server import serving

PEOPLE = ("", "admin", "audit", "officer", "city", "operator", "head", "lead", "expert", "archivist")
LIKE = {"city": "officer", "head": "operator", "expert": "lead"}  # users with similar pages
LINK = re.compile(r'<a [^>]*?href="(/[^"#]*)"')
ID = re.compile(r"[0-9a-f-]{36}|\d+")
MOST = 3  # pages of one kind searched for links; one is checked
SEEDED = "document.querySelector('main').insertAdjacentHTML('beforeend', '<input><img src=data:,>')"


@pytest.fixture(scope="module")
def region(demo, tmp_path_factory):
    with serving(demo, tmp_path_factory.mktemp("axe") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def looked():
    """Return the kinds of pages with the users who check each: the first in every mode."""
    return {}


def pages(visitor):
    """Return one URL of each kind reachable by a user's links from the desk."""
    todo, seen, kinds, found = ["/", "/account/login/"], {"/", "/account/login/"}, {}, {}
    while todo:
        address = todo.pop(0)
        kind = ID.sub("*", address.partition("?")[0])
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > MOST or "logout" in kind:
            continue
        answer = visitor.context.request.get(visitor.address + address)
        text = answer.text() if answer.headers.get("content-type", "").startswith("text/html") else ""
        if answer.ok and "<html" in text:
            found.setdefault(kind, address)
            new = dict.fromkeys(unescape(link) for link in LINK.findall(text))
            todo += [link for link in new if link not in seen]
            seen.update(new)
    return found


def violations(page):
    """Return the violations axe finds, each with its elements."""
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]


def sideways(page):
    """Return the number of pixels by which a page is wider than its screen."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def look(page, address, *, everywhere):
    """Return the faults of a page on a phone in light mode; `everywhere`: also in dark mode on a desktop."""
    page.set_viewport_size(dict(zip(("width", "height"), PHONE, strict=True)))
    page.goto(address)
    if page.locator("#app").count():
        page.locator("h1").wait_for()  # the scoring page is drawn by its script
    page.locator(".htmx-request").first.wait_for(state="detached")  # the policy forbids polling by a function
    wide = sideways(page)
    faults = [f"{wide} px too wide"] if wide > 0 else []
    faults += violations(page)
    if everywhere:
        page.set_viewport_size(dict(zip(("width", "height"), DESKTOP, strict=True)))
        page.emulate_media(color_scheme="dark")
        faults += violations(page)
        page.emulate_media(color_scheme="light")
    return [f"{address}: {fault}" for fault in dict.fromkeys(faults)]


@pytest.mark.parametrize("name", PEOPLE)
def test_pages_can_be_used_by_everybody_on_every_screen(region, visitor, looked, name):
    one = visitor(region)
    if name:
        one.sign_in(name, region.password())
    faults = []
    for kind, address in pages(one).items():
        before = looked.setdefault(kind, set())
        if LIKE.get(name, name) not in before:
            faults += look(one.page, address, everywhere=not before)
            before.add(LIKE.get(name, name))
    assert not faults, "\n".join(faults)


def test_seeded_faults_are_detected(region, visitor):
    page = visitor(region).page
    page.goto("/account/login/")
    assert violations(page) == []
    page.evaluate(SEEDED)
    assert [fault.partition(":")[0] for fault in violations(page)] == ["image-alt", "label"]
    page.set_viewport_size({"width": 360, "height": 740})
    assert sideways(page) == 0
    page.evaluate("document.querySelector('main').insertAdjacentText('beforeend', 'W'.repeat(400))")
    page.evaluate("document.querySelector('main').className = 'text-nowrap'")
    assert sideways(page) > 0


def test_slash_leads_to_the_search_and_its_results_are_accessible(region, visitor):
    one = visitor(region)
    one.sign_in("officer", region.password())
    one.page.set_viewport_size(dict(zip(("width", "height"), DESKTOP, strict=True)))
    one.page.keyboard.press("/")
    one.page.keyboard.type("服务 平台/")
    one.page.keyboard.press("Backspace")
    one.page.keyboard.press("Enter")
    hits = one.page.locator("ol.hits li")
    hits.first.wait_for()
    assert "平台" in one.page.locator("ol.hits mark").all_inner_texts()
    assert look(one.page, one.page.url, everywhere=True) == []
