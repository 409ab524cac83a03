"""Kept state: page and filter after a change of language, colour mode, page after session expiry."""

import re

import pytest
from tests.browser import DESKTOP, PHONE
from tests.e2e.server import serving

PLATFORM = "青城质量技术一站式在线服务平台"
IDLE = 31  # minutes; the default profile allows 30


@pytest.fixture(scope="module")
def region(demo, tmp_path_factory):
    with serving(demo, tmp_path_factory.mktemp("staying") / "data") as server:
        yield server


def account(one, chosen):
    """Choose an item of the user menu, or of the footer before signing in."""
    if one.page.locator(".topbar .dropdown-toggle").count():
        one.page.locator(".topbar .dropdown-toggle").click()
    one.page.locator(chosen).click()


def test_another_language_shows_the_same_page_with_the_same_filter(region, visitor):
    one = visitor(region)
    one.sign_in("officer", region.password())
    one.place("registry.platforms.title")
    one.page.locator("#filters [name=standing]").select_option("overdue")
    one.page.wait_for_url("**standing=overdue*")
    shown = one.page.locator("#listing tbody tr").count()
    account(one, "[name=language][value=en]")
    one.page.locator("html[lang=en]").wait_for(state="attached")
    one.page.wait_for_url("**standing=overdue*")
    one.page.wait_for_load_state()
    assert one.page.locator("#filters [name=standing]").input_value() == "overdue"
    assert one.page.locator("#listing tbody tr").count() == shown
    one.page.locator("#listing tbody a").first.click()
    one.page.locator("html[lang=en]").wait_for(state="attached")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_brightness_stays_on_every_page_and_after_signing_out(region, visitor, size):
    one = visitor(region, size=size)
    one.sign_in("officer", region.password())
    light = ground(one)
    account(one, "[data-theme=dark]")
    dark = ground(one)
    assert dark != light
    one.place("evaluations.title")
    assert ground(one) == dark
    account(one, ".topbar form[action*=logout] button")
    one.go("/account/login/")
    assert ground(one) == dark
    assert one.page.locator("[data-theme=dark]").get_attribute("aria-pressed") == "true"
    one.sign_in("officer", region.password())
    assert ground(one) == dark
    account(one, "[data-theme='']")
    assert ground(one) == light
    one.page.emulate_media(color_scheme="dark")
    one.place("evaluations.title")
    assert ground(one) == dark
    account(one, "[data-theme=light]")
    one.page.reload()
    assert ground(one) == light


def ground(one):
    """Return the background colour of the page."""
    one.page.wait_for_load_state()
    return one.page.evaluate("getComputedStyle(document.body).backgroundColor")


def pause(one, server):
    """Let the session expire."""
    server.age_sessions(minutes=IDLE)
    one.context.clear_cookies(name="zhiping_seen")


def come_back(one, server, *, lost=False):
    """Check the reason for signing in again, and whether input was lost; sign in."""
    one.page.wait_for_url("**/account/login/**")
    one.sees("accounts.sign_in.idle", minutes=IDLE - 1)
    assert one.page.get_by_text(one.say("accounts.sign_in.not_saved")).count() == lost
    one.fill("accounts.sign_in_fields", login="officer", password=server.password())
    one.press("accounts.sign_in.title")
    one.page.wait_for_url(re.compile(r"^(?!.*/account/)"))


def test_after_a_pause_too_long_one_is_back_at_the_page(region, visitor):
    one = visitor(region)
    one.sign_in("officer", region.password())
    one.place("registry.platforms.title")
    one.page.locator("#filters [name=q]").fill("在线")
    one.page.get_by_role("link", name=PLATFORM).wait_for()
    pause(one, region)
    one.page.locator("#filters [name=q]").fill("在线服务")  # a fragment is requested
    come_back(one, region)
    one.sees(PLATFORM)
    assert one.page.locator("#filters [name=q]").input_value().startswith("在线")
    pause(one, region)
    one.follow(PLATFORM)
    come_back(one, region)
    one.page.locator("#triggers").wait_for()


def test_input_lost_by_an_expired_session_is_reported(region, visitor):
    one = visitor(region)
    one.sign_in("officer", region.password())
    one.place("registry.platforms.title")
    one.follow(PLATFORM)
    one.follow("registry.titles.report_trigger")
    form, words = one.page.url, "停电两天"
    one.fill("registry.trigger", description=words)
    pause(one, region)
    one.save()
    come_back(one, region, lost=True)
    assert one.page.url == form
    assert one.page.get_by_text(words).count() == 0
    one.go("/evaluations/")
    one.follow(PLATFORM)
    one.follow("panel.title")
    panel = one.page.url
    one.page.locator("#q").fill("王建国")
    add = one.page.locator("#candidates").get_by_role("button", name=one.say("panel.add"), exact=True)
    add.wait_for()
    pause(one, region)
    add.click()
    come_back(one, region, lost=True)
    assert one.page.url == panel
    assert one.page.locator("#composer td strong").count() == 0
