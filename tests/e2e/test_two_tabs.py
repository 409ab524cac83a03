"""Two tabs and two users on one panel: no lost updates; a double click acts once."""

import datetime as dt
import time

import pytest
from tests.browser import WAIT
from tests.e2e.server import serving

PLATFORM = "青城质量技术一站式线下服务大厅"
UNPLANNED = {
    True: "鹿城标准计量一站式在线服务平台",
    False: "红山检验检测一站式线下服务大厅",
}  # with JavaScript?
YEAR = dt.datetime.now(dt.UTC).year
ONE, TWO, THREE = "王建国", "李红梅", "高娃"


@pytest.fixture(scope="module")
def region(demo, tmp_path_factory):
    with serving(demo, tmp_path_factory.mktemp("tabs") / "data") as server:
        yield server


def test_panel_composed_in_two_tabs_and_by_two_people(region, visitor):
    officer, city = visitor(region), visitor(region)
    officer.sign_in("officer", region.password())
    city.sign_in("city", region.password())
    city.place("registry.platforms.title")
    city.follow(PLATFORM)
    city.go(f"{city.page.url}/evaluations/open")
    city.page.locator("[name=rubric]").select_option(index=1)
    city.page.locator("[name=period_start]").fill(f"{YEAR}-01-01")
    city.page.locator("[name=period_end]").fill(f"{YEAR}-12-31")
    city.save()
    city.page.wait_for_url("**/evaluations/*-*")
    officer.go(city.page.url)
    officer.follow("panel.title")
    first, second, third = officer.page, officer.tab(), city.page
    for page in (second, third):
        page.goto(first.url)
    choose(officer, second, TWO, "substitute")
    choose(officer, first, ONE, "lead")
    add(officer, first)
    first.locator("#composer td strong", has_text=ONE).wait_for()
    choose(city, third, THREE, "member")  # error after the panel changed, on a stale page
    for one, page, name, role in ((officer, second, TWO, "substitute"), (city, third, THREE, "member")):
        add(one, page)
        check_conflict(one, page, name, role, seated=[ONE])
    again(city, third, THREE, "member")
    third.locator("#composer td strong", has_text=THREE).wait_for()
    again(officer, second, TWO, "substitute")
    check_conflict(officer, second, TWO, "substitute", seated=[ONE, THREE])
    again(officer, second, TWO, "substitute")
    second.locator("#composer td strong", has_text=TWO).wait_for()
    first.reload()
    assert sorted(names(first)) == sorted([ONE, TWO, THREE])
    officer.follow(PLATFORM)
    events = officer.page.locator(".timeline li", has_text=officer.say("ledger.events.panel.seated"))
    assert events.count() == 3


def choose(one, page, name, role):
    """Search an expert and choose a seat."""
    page.locator("#q").fill(name)
    found = page.locator("#candidates li", has_text=name)
    found.locator("select[name=role]").select_option(one.say(f"panel.roles.{role}"))


def add(one, page):
    one.press("panel.add", within=page.locator("#candidates"))


def again(one, page, name, role):
    one.press("panel.again", within=page, name=name, role=one.say(f"panel.roles.{role}"))


def check_conflict(one, page, name, role, *, seated):
    """Check that nothing is written, the present seats are shown, and the choice can be sent again."""
    alert = page.locator("#composer .alert", has_text=one.say("panel.refused"))
    words = one.say("panel.again", name=name, role=one.say(f"panel.roles.{role}"))
    alert.get_by_role("button", name=words, exact=True).wait_for()
    page.wait_for_function(
        "n => document.querySelectorAll('#composer td strong').length === n", arg=len(seated)
    )
    assert sorted(names(page)) == sorted(seated)


def names(page):
    return page.locator("#composer td strong").all_inner_texts()


@pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.long)], ids=["scripts", "plain"]
)
def test_double_click_plans_one_evaluation_and_makes_one_draw(region, visitor, scripts):
    officer = visitor(region, java_script_enabled=scripts)
    officer.sign_in("officer", region.password())
    officer.place("registry.platforms.title")
    officer.follow(UNPLANNED[scripts])
    platform = officer.page.url
    listed = officer.page.locator("section[aria-labelledby=evaluations-title] li")
    before = listed.count()
    officer.go(f"{platform}/evaluations/open")
    twice(officer, "web.form.save", "**/evaluations/*-*", scripts=scripts)
    officer.follow("panel.title")
    officer.follow("panel.draw")
    twice(officer, "draws.pool.commit", "**/draws/*-*", scripts=scripts)
    twice(officer, "draws.page.draw", officer.page.url, scripts=scripts)
    officer.sees("draws.page.result")
    officer.sees("draws.counted", n=1)
    officer.go(platform)
    assert listed.count() == before + 1


def twice(one, key, answer, *, scripts):
    """Click again before the response, and lose the first response: the server gets two or more requests.

    With JavaScript only one click sends a request.
    """
    waiting = []

    def hold(route):
        route.fetch(max_redirects=0)
        waiting.append(route)

    button = one.page.get_by_role("button", name=one.say(key), exact=True)
    one.page.route(button.evaluate("button => button.form.action"), hold)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    for number in (1, 1 if scripts else 2):  # in JavaScript: a locator waits for the response
        one.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        arrived(one, waiting, number)
    one.page.wait_for_timeout(500)  # for a superfluous request
    assert len(waiting) == number
    for lost in waiting[:-1]:
        lost.abort()
    waiting[-1].continue_()
    one.page.wait_for_url(answer)


def arrived(one, requests, number):
    """Wait for a number of requests."""
    until = time.monotonic() + WAIT / 1000
    while len(requests) < number and time.monotonic() < until:
        one.page.wait_for_timeout(50)
