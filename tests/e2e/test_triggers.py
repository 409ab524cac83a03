"""Triggers, from the operator's report to the evaluation; two tabs; a double click."""

import datetime as dt

from tests.e2e.server import serving

TODAY = dt.date.today()  # noqa: DTZ011 - what a person at the screen would type
PLATFORM = "青城质量技术一站式线下服务大厅"
FIRST, SECOND = "影响服务能力，应当重新评价", "业务流程整体变化，须重新评价"


def at(visitor, place, name):
    """Open the page of a platform."""
    visitor.place(place)
    visitor.follow(name)
    visitor.page.locator("#triggers").wait_for()
    visitor.page.wait_for_load_state()


def decide(visitor, page, reason):
    """Decide that it is important, in one of the tabs."""
    page.get_by_label(visitor.say("registry.decisions.yes")).check()
    page.get_by_label(visitor.say("registry.decision.reason"), exact=True).fill(reason)


def test_trigger_reported_by_an_operator_is_decided_once(demo, tmp_path, visitor):
    with serving(demo, tmp_path / "data") as server:
        operator, officer = visitor(server), visitor(server)
        operator.sign_in("operator", server.password())
        report(operator)
        officer.sign_in("city", server.password())
        officer.go("/notices/")
        officer.sees("registry.notices.trigger_reported", platform=PLATFORM)
        two_tabs(officer)
        operator.go("/notices/")
        operator.sees("registry.notices.trigger_decided", platform=PLATFORM)
        open_evaluation(officer)


def report(operator):
    """Report a trigger by a double click, which reports it once."""
    at(operator, "registry.platforms.title", PLATFORM)
    before = operator.page.locator("article.card").count()
    operator.follow("registry.titles.report_trigger")
    operator.fill(
        "registry.trigger", kind=operator.say("registry.trigger_kinds.software"), happened=TODAY,
        description="预约系统整体更换",
    )  # fmt: skip
    operator.page.get_by_role("button", name=operator.say("web.form.save"), exact=True).dblclick()
    operator.page.locator("#triggers").wait_for()
    operator.settled()
    assert operator.page.locator("article.card").count() == before + 1


def two_tabs(officer):
    """Decide in two tabs: the second shows the first decision and keeps its input."""
    at(officer, "registry.platforms.title", PLATFORM)
    card = officer.page.locator("article.card", has_text="预约系统整体更换")
    card.get_by_role("link", name=officer.say("registry.trigger.decide"), exact=True).click()
    officer.page.wait_for_url("**/decide")
    other = officer.tab()
    other.goto(officer.page.url)
    decide(officer, other, SECOND)
    decide(officer, officer.page, FIRST)
    officer.save()
    officer.sees(FIRST)
    other.get_by_role("button", name=officer.say("web.form.save"), exact=True).click()
    other.locator(".error-summary").wait_for()
    reason = other.get_by_label(officer.say("registry.decision.reason"), exact=True)
    assert reason.input_value() == SECOND
    other.close(run_before_unload=False)
    officer.page.reload()
    officer.sees(FIRST)
    assert officer.page.get_by_text(SECOND).count() == 0


def open_evaluation(officer):
    """Follow the task on the desk to the platform and open the evaluation; the task is gone."""
    officer.go("/")
    officer.follow("desk.tasks.answer_trigger", platform=PLATFORM)
    answer = officer.page.locator(".alert", has_text=officer.say("evaluations.answer"))
    answer.get_by_role("link", name=officer.say("evaluations.open.title"), exact=True).click()
    officer.fill("evaluations.open", period_start=f"{TODAY.year}-01-01", period_end=f"{TODAY.year}-12-31")
    officer.page.locator("select[name=rubric]").select_option(index=1)
    officer.save()
    officer.settled()
    officer.page.locator("[aria-current=step]", has_text=officer.say("lifecycle.states.planned")).wait_for()
    at(officer, "registry.platforms.title", PLATFORM)
    officer.sees(officer.say("registry.trigger_kinds.software") + "，")
    assert answer.count() == 0
    officer.go("/")
    officer.sees("desk.tasks.planned_evaluation", platform=PLATFORM)
    waits = officer.say("desk.tasks.answer_trigger", platform=PLATFORM)
    assert officer.page.get_by_text(waits).count() == 0
