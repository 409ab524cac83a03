"""The walk of the README: an evaluation of the demo from the last sheet to its result, by four people."""

import uuid

from playwright.sync_api import sync_playwright
from tests.browser import DESKTOP
from tests.e2e.server import serving
from tests.e2e.test_fieldwork import Person, best, rows

# Two of its three sheets are in.
LAST = "SELECT max(id) FROM ledger_head WHERE kind = 'evaluation' AND phase = 'scoring'"


def phase(server, key):
    return rows(server, "SELECT phase FROM ledger_head WHERE id = ?", key)[0][0]


def hand_in_offline(one, page):
    """Complete the sheet without a network, send it, and hand it in."""
    one.go(f"{page}/fieldwork")
    one.page.locator(".criterion").first.wait_for()
    one.ready_for_no_network()
    one.context.set_offline(True)
    best(one.page)
    one.page.locator(".sync.waits").wait_for()
    one.context.set_offline(False)
    one.sent()
    one.hand_in()


def confirm_facts(one, page):
    """Write a fact for each loss; the operator's person confirms each on this screen."""
    one.go(f"{page}/facts")
    for box in one.page.locator("form textarea").all():
        if not box.input_value():
            box.fill("现场查阅资料，缺少记录。")
    one.press("web.form.save")
    one.go(f"{page}/facts/answers")
    one.page.locator("#id_person").fill("石磊")
    for choice in one.page.locator("input[type=radio][value=agreed]").all():
        choice.check()
    one.page.locator("main form button.btn-primary").click()
    one.page.wait_for_load_state()


def settle(one, page):
    """Agree on each disputed criterion as proposed."""
    one.go(f"{page}/deliberation")
    while (
        forms := one.page.locator("section[id^='c-']:not(:has(.tone-success)) form:has(textarea)")
    ).count():
        count = forms.count()
        forms.first.locator("textarea").first.fill("核对材料后一致认为，按此计分。")
        forms.first.locator("button").first.click()
        one.page.wait_for_load_state("networkidle")
        assert forms.count() < count


def test_evaluation_of_the_readme_is_concluded(demo, tmp_path):
    with serving(demo, tmp_path / "data") as server, sync_playwright() as driver:
        key = rows(server, LAST)[0][0]
        page, people = f"/evaluations/{uuid.UUID(key)}", {}
        for name in ("expert2", "lead", "expert", "operator"):
            size = {} if name == "expert2" else {"size": DESKTOP}
            people[name] = Person(driver, server.address, tmp_path / name, **size)
            people[name].sign_in(name, server.password())
        hand_in_offline(people["expert2"], page)
        lead = people["lead"]
        confirm_facts(lead, page)
        lead.go(page)
        lead.press("lifecycle.moves.close_scoring")
        lead.page.wait_for_load_state()
        assert phase(server, key) == "deliberating"
        settle(lead, page)
        for name in ("lead", "expert", "expert2"):
            one = people[name]
            one.go(f"{page}/result/sign")
            one.page.locator("main form button.btn-primary").click()
            one.page.wait_for_load_state()
        lead.go(page)
        lead.press("lifecycle.moves.conclude")
        lead.page.wait_for_load_state()
        assert phase(server, key) == "concluded"
        shown = people["operator"]
        shown.go(f"{page}/result")
        assert shown.page.locator("main").inner_text().count("苏日娜") == 0
        for one in people.values():
            one.leave()
