"""An operator judges itself, its head on a phone: from the desk to the first mark; the authority looks on."""

import datetime as dt

from tests.browser import PHONE
from tests.e2e.people import enter
from tests.e2e.server import serving

TODAY = dt.date.today()  # noqa: DTZ011 - what a person at the screen would type
PLATFORM, OTHER = "青城质量技术一站式线下服务大厅", "青城质量技术一站式在线服务平台"
OPERATOR, HEAD = "青城质量技术服务中心", "石磊"
PEOPLE = (HEAD, "托娅", "巴特尔")
PURPOSE = "对照标准查找差距，为下半年接受评价做准备"


def test_head_of_an_operator_prepares_a_self_evaluation_on_a_phone(demo, tmp_path, visitor):
    with serving(demo, tmp_path / "data") as server:
        head, officer = visitor(server, size=PHONE), visitor(server)
        head.sign_in("head", server.password())
        plan(head)
        for name in PEOPLE:
            own_person(head, name)
        prepare(head)
        seat(head)
        for name in PEOPLE:
            declare(head, name)
        share_duties(head)
        enter(head, "visit.plan.title", "visit.plan", visit_start=TODAY, visit_end=TODAY, visit_place="大厅")
        start(head)
        officer.sign_in("city", server.password())
        look_on(officer)


def plan(head):
    """Open a self-evaluation: errors appear at their fields, input is kept; then it is on the desk."""
    head.place("registry.platforms.title")
    head.follow(OTHER)
    head.follow("self_evaluations.open.title")
    head.fill("self_evaluations.open", period_end=f"{TODAY.year - 1}-12-31", purpose=PURPOSE)
    head.save()
    head.sees("evaluations.errors.period")
    purpose = head.page.get_by_label(head.say("self_evaluations.open.purpose"))
    assert purpose.input_value() == PURPOSE
    head.fill("self_evaluations.open", period_end=f"{TODAY.year}-12-31")
    head.save()
    head.settled()
    head.follow("web.product")
    for name in (PLATFORM, OTHER):
        head.sees("desk.tasks.planned_evaluation", platform=name)


def own_person(head, name):
    """Add an eligible expert of the operator's own."""
    head.place("experts.title")
    head.follow("experts.add.title")
    head.fill("experts.expert", name=name, employer=OPERATOR, title_held="工程师", experience="窗口三年")
    head.fill("experts.expert", experienced=head.say("experts.experienced.yes"))
    head.save()
    enter(head, "experts.training.title", "experts.training", topic="评价培训", date=TODAY)
    if name == HEAD:
        enter(head, "experts.link.title", "experts.link", person="石磊（运营负责人）")


def prepare(head):
    """From the desk to the evaluation, on to its preparation."""
    head.follow("web.product")
    head.follow("desk.tasks.planned_evaluation", platform=PLATFORM)
    head.press("lifecycle.moves.prepare_evaluation")
    stage(head, "preparing")


def stage(one, name):
    words = one.say(f"lifecycle.states.{name}")
    one.page.locator(".stages [aria-current=step]", has_text=words).wait_for(state="attached")


def seat(head):
    """Seat the panel without a draw; the first leads."""
    head.follow("panel.title")
    assert head.page.get_by_role("link", name=head.say("panel.draw"), exact=True).count() == 0
    for name in PEOPLE:
        head.page.locator("#q").fill(name)
        head.page.locator("#candidates").get_by_text(name).first.wait_for()
        head.press("panel.add", within=head.page.locator("#candidates"))
        head.page.locator("#composer td strong", has_text=name).wait_for()


def declare(head, name):
    """One signs here, of the others a paper is recorded; the head runs the first indicator."""
    panel, row = head.page.url, head.page.locator("#composer tr", has_text=name)
    key = "panel.sign" if name == HEAD else "panel.declaration_page.paper_title"
    row.get_by_role("link", name=head.say(key), exact=True).click()
    head.page.get_by_label(head.say("panel.declare.standings.none")).check()
    if name == HEAD:
        head.page.locator("input[name=runs]").first.check()
    head.press("panel.declaration_page.submit" if name == HEAD else "web.form.save")
    head.settled()
    head.go(panel)


def share_duties(head):
    """Who runs an indicator does not lead it: the checks say so until it is mended; no choice is lost."""
    own = head.page.locator("#composer li", has_text=head.say("wording.checks.own_indicator.name"))
    head.follow("panel.duties")
    head.press("panel.duty.share")
    head.page.locator("select[name='leads-1'] option:checked").wait_for(state="attached")
    assert chosen(head, "leads") != HEAD
    share_out(head, leads=HEAD, checks=PEOPLE[1])
    head.settled()
    head.follow("panel.title")
    own.locator(".tone-danger").wait_for()
    head.follow("panel.duties")
    share_out(head, leads=PEOPLE[1], checks=PEOPLE[1])
    head.page.locator(".error-summary").wait_for()
    assert chosen(head, "leads") == chosen(head, "checks") == PEOPLE[1]
    share_out(head, leads=PEOPLE[1], checks=PEOPLE[2])
    head.settled()
    head.follow("panel.title")
    own.locator(".tone-success").wait_for()
    head.follow(PLATFORM)
    head.follow("dossier.visit")


def share_out(head, **people):
    for side, name in people.items():
        head.page.locator(f"select[name='{side}-1']").select_option(name)
    head.save()


def chosen(head, side):
    return head.page.locator(f"select[name='{side}-1'] option:checked").inner_text()


def start(head):
    """Nothing is missing; who leads the panel starts."""
    head.place("self_evaluations.title")
    head.follow(PLATFORM)
    head.press("lifecycle.moves.start_evaluation")
    stage(head, "scoring")


def look_on(officer):
    """Check that the authority sees it in its list, without buttons."""
    officer.place("evaluations.title")
    assert officer.page.get_by_role("link", name=PLATFORM, exact=True).count() == 0
    officer.place("self_evaluations.title")
    officer.follow(PLATFORM)
    stage(officer, "scoring")
