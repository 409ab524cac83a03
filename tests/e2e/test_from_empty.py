"""From an empty system to a started evaluation: in Chinese on a desktop, in English on a phone."""

import datetime as dt
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
from tests.browser import DESKTOP, PHONE
from tests.e2e.people import come_in, enter, invite
from tests.e2e.server import serving

TODAY = dt.date.today()  # noqa: DTZ011 - what a person at the screen would type
SOON = TODAY + dt.timedelta(days=10)
AUTHORITY, OPERATORS = "青城市场监督管理局", ("青城服务中心", "云中服务中心")
PLATFORMS = ("青城一站式大厅", "云中一站式大厅", "云中在线平台")
EXPERTS = ("陈立", "高娃", "李红梅", "王建国", "赵永强")
DRAW_SCRIPT = Path(__file__).parents[1] / "draw_script.py"


@pytest.mark.parametrize(
    ("language", "size"),
    [pytest.param("zh", DESKTOP, id="desk", marks=pytest.mark.long), pytest.param("en", PHONE, id="phone")],
)
def test_from_an_empty_system_to_a_legal_panel_on_its_way(empty, tmp_path, visitor, language, size):
    with serving(empty, tmp_path / "data") as server:
        admin, officer = (visitor(server, language=language, size=size) for _ in range(2))
        come_in(admin, *server.first_administrator(), username="admin")
        come_in(officer, *officer_invited(admin), username="周敏")
        import_platforms(officer, tmp_path)
        for number, name in enumerate(EXPERTS):
            add_expert(officer, name, number)
        programme(officer)
        evaluations_and_trip(officer)
        lead = draw(officer, tmp_path)
        compose(officer)
        expert = visitor(server, language=language, size=PHONE)
        declare(officer, expert, lead)
        plan_visit(officer)
        take_papers(officer, tmp_path)
        start(officer, expert)


def officer_invited(admin):
    """Add organisations, then an account for the officer; return link and PIN."""
    for kind, name, region in (("authority", AUTHORITY, "150100"), ("operator", OPERATORS[0], "150102")):
        admin.place("accounts.organisations.title")
        enter(
            admin, "accounts.organisations.add", "accounts.organisation",
            kind=admin.say(f"accounts.kinds.{kind}"), name=name, region=region,
        )  # fmt: skip
        admin.sees(name)
    admin.place("nav.people")
    admin.follow("accounts.people.add")
    admin.fill("accounts.person", name="周敏")
    admin.page.locator("[name=role_0]").select_option("authority")
    admin.page.locator("[name=organisation_0]").fill(AUTHORITY)
    admin.save()
    admin.follow("accounts.step.invite.title")
    return invite(admin)


def import_platforms(officer, folder):
    """Import a template with one wrong row; the fault is shown and corrected."""
    officer.place("registry.platforms.title")
    officer.follow("registry.platforms.import")
    path = officer.download(lambda: officer.follow("importing.download_template"), folder / "template.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for at, name in enumerate(PLATFORMS):
        operator, channel = OPERATORS[min(at, 1)], officer.say("registry.channels.both")
        cells = name, operator, None, "150102", channel, None, "2023-03-01", None, None, None
        for column, value in enumerate(cells, 1):
            sheet.cell(3 + at, column, value)
    sheet["E4"] = "电话"
    _upload(officer, book, folder / "wrong.xlsx")
    officer.sees("importing.faults", n=1)
    officer.sees("电话")
    officer.follow("importing.again")
    sheet["E4"] = officer.say("registry.channels.offline")
    _upload(officer, book, folder / "right.xlsx")
    officer.press("importing.confirm")
    officer.sees("importing.done", file="right.xlsx")
    for name in PLATFORMS:
        officer.sees(name)


def _upload(officer, book, path):
    book.save(path)
    officer.fill("importing.upload", file=path)
    officer.press("importing.check")


def add_expert(officer, name, number):
    """Add an entry of the pool, with its training."""
    officer.place("experts.title")
    officer.follow("experts.add.title")
    officer.fill(
        "experts.expert",
        name=name,
        region="150100",
        employer=f"某研究院{number}所",
        phone=f"1390000000{number}",
        title_held="高级工程师",
        experienced=officer.say("experts.experienced.yes"),
        experience="参与平台建设",
    )
    officer.fill("experts.fields", metrology=True)
    officer.save()
    enter(
        officer, "experts.training.title", "experts.training",
        topic="平台评价培训", date=TODAY - dt.timedelta(days=90), valid_until=TODAY + dt.timedelta(days=600),
    )  # fmt: skip
    officer.sees("平台评价培训")


def programme(officer):
    """Add a programme with one ruling other than the default and guidance; freeze it."""
    officer.place("nav.programmes")
    officer.follow("programmes.add.title")
    officer.fill(
        "programmes.add", name="年度评价计划", year=TODAY.year, period_start=f"{TODAY.year}-01-01",
        period_end=f"{TODAY.year}-12-31", basis="地方标准",
    )  # fmt: skip
    officer.save()
    enter(
        officer, "programmes.policy.title", "programmes.policy",
        step=officer.say("wording.policy.step.ruling", step="0.5"), draft_days=7,
    )  # fmt: skip
    officer.sees("programmes.differs")
    officer.follow("programmes.guidance.title")
    officer.page.locator("textarea").first.fill("看门头、窗口和首页。")
    officer.save()
    officer.press("lifecycle.moves.freeze_programme")
    officer.sees("lifecycle.programme_states.frozen")


def evaluations_and_trip(officer):
    """Open evaluations of all platforms, prepare them and group them into one trip."""
    officer.follow("programmes.candidates.title")
    officer.page.locator("#scope-all").click()
    officer.press("programmes.prepare_all")
    officer.sees("programmes.prepared", n=len(PLATFORMS))
    enter(
        officer, "programmes.trip.title", "programmes.trip", name="第一组", starts=SOON,
        ends=SOON + dt.timedelta(days=1),
    )  # fmt: skip
    officer.follow("programmes.take.title")
    officer.page.locator("tbody [name=chosen]").last.wait_for()
    officer.page.locator("th [data-select-all]" if officer.size == DESKTOP else "#choose-all").check()
    for name in PLATFORMS:
        assert officer.page.get_by_label(name, exact=True).is_checked()
    officer.press("programmes.take.some")
    for name in PLATFORMS:
        officer.sees(name)


def draw(officer, folder):
    """Commit a draw, draw with the supervisor's words, verify and apply it; return the lead."""
    officer.follow(PLATFORMS[0])
    officer.follow("panel.title")
    officer.follow("panel.draw")
    officer.follow("draws.for_trip", name="第一组")
    officer.fill("draws.form", substitutes=1)
    officer.sees("draws.pool.fit", fit=len(EXPERTS), n=len(EXPERTS))
    officer.press("draws.pool.commit")
    officer.fill("draws.perform", words="公平公正")
    officer.press("draws.page.draw")
    path = officer.download(lambda: officer.press("draws.page.record"), folder / "record.json")
    assert recomputed(json.loads(path.read_text())) == "OK\n"
    lead = officer.page.locator("select[name=lead] option").last.inner_text()
    officer.fill("draws.apply", lead=lead)
    officer.press("draws.page.apply")
    officer.sees("draws.states.applied")
    return lead


def recomputed(record):
    """Return the output of the independent script for a draw."""
    script = [sys.executable, str(DRAW_SCRIPT)]
    return subprocess.run(
        script, input=json.dumps(record), capture_output=True, text=True, check=False
    ).stdout


def compose(officer):
    """Compose the panel: the checks follow each change; assign the duties."""
    officer.follow(PLATFORMS[0])
    seated = officer.page.locator("#composer td strong")
    seated.last.wait_for()
    free = next(name for name in EXPERTS if name not in seated.all_inner_texts())
    officer.page.locator("#q").fill(free)
    officer.page.locator("#candidates").get_by_text(free).wait_for()
    officer.press("panel.add", within=officer.page.locator("#candidates"))
    failed = officer.page.locator("#composer [role=status] .tone-danger")
    size = officer.page.locator("#composer [role=status] li").first.locator(".tone-danger")
    size.wait_for()  # four are not odd
    before = failed.count()
    officer.press(f"{officer.say('panel.remove')} {free}")
    size.wait_for(state="detached")
    assert failed.count() < before
    officer.follow("panel.duties")
    officer.press("panel.duty.share")
    officer.page.locator("select[name^=leads] option:checked").first.wait_for(state="attached")
    officer.follow("panel.title")


def declare(officer, expert, lead):
    """Collect declarations: one expert signs on a phone, of the others signed papers are recorded."""
    officer.place("experts.title")
    officer.follow(lead)
    officer.follow("experts.invite.title")
    officer.save()
    come_in(expert, *invite(officer))
    expert.follow("desk.tasks.declare", platform=PLATFORMS[0])
    expert.page.get_by_label(expert.say("panel.declare.standings.none")).check()
    expert.press("panel.declaration_page.submit")
    expert.page.locator(".alert-success").wait_for()
    officer.place("evaluations.title")
    officer.follow(PLATFORMS[0])
    officer.follow("panel.title")
    while unsigned(officer):
        paper = officer.page.get_by_role("link", name=officer.say("panel.declaration_page.paper_title"))
        officer.page.locator("tr", has_text=officer.say("panel.unsigned")).locator(paper).first.click()
        officer.page.get_by_label(officer.say("panel.declare.standings.none")).check()
        officer.save()
        officer.sees("panel.title")


def unsigned(officer):
    """Count missing declarations, once the page is complete."""
    officer.page.wait_for_load_state()
    return officer.page.locator("#composer .tone-warning").count()


def plan_visit(officer):
    """The days of the visit, and the usual timetable."""
    officer.follow(PLATFORMS[0])
    officer.follow("dossier.visit")
    enter(officer, "visit.plan.title", "visit.plan", visit_start=SOON, visit_end=SOON, visit_place="政务大厅")
    officer.press("visit.propose")
    officer.sees("visit.timetable.opening")


def take_papers(officer, folder):
    """One evaluation's papers as a zip of Word files; then the whole programme's in one click."""
    officer.follow(PLATFORMS[0])
    officer.follow("dossier.papers")
    path = officer.download(lambda: officer.press("papers_web.take_all"), folder / "papers.zip")
    names = zipfile.ZipFile(path).namelist()
    assert len(names) >= 8
    assert all(name.endswith((".docx", ".xlsx")) for name in names)
    officer.place("nav.programmes")
    officer.follow("年度评价计划")
    officer.press("programmes.papers_prepare")
    path = officer.download(lambda: officer.press("papers_web.take_all"), folder / "programme.zip")
    inside = zipfile.ZipFile(path).namelist()
    assert all(any(name in one for one in inside) for name in PLATFORMS)


def start(officer, expert):
    """Start the evaluation: the page shows that nothing is missing."""
    officer.place("evaluations.title")
    officer.follow(PLATFORMS[0])
    officer.sees("dossier.ready", move=officer.say("lifecycle.moves.start_evaluation"))
    officer.sees("dossier.made_by", who=officer.say("lifecycle.seats.lead"))
    expert.go(officer.page.url)
    expert.press("lifecycle.moves.start_evaluation")
    expert.page.locator("[aria-current=step]", has_text=expert.say("lifecycle.states.scoring")).wait_for()
