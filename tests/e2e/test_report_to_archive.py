"""A story in Chromium: from the conclusion of an evaluation to its record in the archive, by six people."""

import datetime as dt
import subprocess
import sys
import uuid
import zipfile

import pytest
from tests.browser import DESKTOP, PHONE
from tests.e2e.server import environment, serving
from tests.e2e.test_axe import sideways, violations
from tests.e2e.test_fieldwork import rows

# The evaluation of the demo that is concluded and whose operator has an account.
CONCLUDED = """
SELECT h.id FROM ledger_head h
JOIN evaluations_evaluation e ON e.head_id = h.id JOIN registry_platform p ON p.head_id = e.platform_id
JOIN accounts_membership m ON m.organisation_id = p.operator_id JOIN accounts_user u ON u.id = m.user_id
WHERE h.kind = 'evaluation' AND h.phase = 'concluded' AND u.username = 'head2'
"""
PEOPLE = ("lead", "expert", "head2", "officer", "archivist")
PRIMARY = "main form button.btn-primary"


class Story:
    """The evaluation and its people, each with a browser of their own."""

    def __init__(self, server, visitor, language):
        self.server, self.key = server, rows(server, CONCLUDED)[0][0]
        self.page = f"/evaluations/{uuid.UUID(self.key)}"
        self.people = {}
        for name in PEOPLE:
            size = PHONE if name == "head2" else DESKTOP
            self.people[name] = visitor(server, language=language, size=size)
            self.people[name].sign_in(name, server.password())

    def phase(self):
        """Return the state of the evaluation."""
        return self.one("SELECT phase FROM ledger_head WHERE id = ?")

    def one(self, statement):
        """Return one value of the database, of the evaluation."""
        return rows(self.server, statement, self.key)[0][0]

    def at(self, name, place):
        """Open a page of the evaluation or of an action; it has no fault and fits the screen."""
        one = self.people[name]
        one.go(place if place.startswith("/actions/") else f"{self.page}{place}")
        one.page.wait_for_load_state()
        assert (violations(one.page), sideways(one.page)) == ([], 0)
        return one

    def press(self, name, place, action):
        """Press the button on a page whose form goes to an address that ends so."""
        one = self.at(name, place)
        one.page.locator(f"form[action$='{action}'] button").first.click()
        one.settled()

    def form(self, name, place, link=None, **values):
        """Fill a form in, which is a page or behind a link of one, and submit it."""
        one = self.at(name, place)
        if link:
            one.page.locator(f"a[href$='{link}']").first.click()
            one.page.wait_for_load_state()
        for field, value in values.items():
            for box in one.page.locator(f"main [name^='{field}']").all():
                kind = box.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
                if kind == "radio":
                    one.page.locator(f"main [name^='{field}'][value='{value}']").first.check()
                    break
                (box.select_option if kind == "select" else box.fill)(value)
        one.page.locator(PRIMARY).first.click()
        one.settled()


@pytest.fixture(params=["zh", pytest.param("en", marks=pytest.mark.long)])
def story(demo, visitor, tmp_path, request):
    with serving(demo, tmp_path / "data") as server:
        yield Story(server, visitor, request.param)


def test_concluded_evaluation_is_reported_improved_and_archived(story, tmp_path):
    report(story)
    improve(story)
    archive(story, tmp_path)


def report(story):
    """Draft, an upheld objection, and the issued report, which the operator receives."""
    story.press("lead", "/report", "/report/draft")
    assert story.phase() == "consulting"
    story.form("head2", "/report/objections/draft", criterion="3.1", text="公示栏一直在原处。")
    story.form("lead", "/report", "/answer", verdict="upheld", points="2", answer="补充的照片属实。")
    story.form("expert", "/report", "/decide", agrees="yes")
    story.press("head2", "/report", "/report/draft/accept")
    story.form("officer", "/report/issue", reviewer="王素芬", signer="李国栋")
    assert story.phase() == "reported"
    story.press("head2", "/report", "/receipt")
    assert story.one("SELECT count(*) FROM scoring_result WHERE evaluation_id = ?") == 2


def improve(story):
    """A plan for every finding, an extension, proof, a drawn sample, rechecks, and closing by two people."""
    page, key = "/improvement", story.key
    story.press("head2", page, "/improvement/open")
    day = dt.date.fromisoformat(story.one("SELECT due FROM improvement_improvement WHERE evaluation_id = ?"))
    planned = {"measure": "补齐资料并公示。", "owner": "石磊", "deadline": day.isoformat()}
    story.form("head2", f"{page}/plan", **planned)
    later = (day + dt.timedelta(days=20)).isoformat()
    story.form("head2", f"{page}/extensions/add", until=later, reason="系统改造须招标。")
    story.form("officer", page, "/decide", granted="yes", reason="情况属实。")
    assert story.one("SELECT due FROM improvement_improvement WHERE evaluation_id = ?") == later
    for (action,) in rows(story.server, "SELECT id FROM improvement_action WHERE evaluation_id = ?", key):
        path = f"/actions/{uuid.UUID(action)}/report"
        story.form("head2", path, outcome="已补齐并公示。", caption="公示照片（现场可查）")
    story.form("officer", f"{page}/sample", words="草原")
    sample = "SELECT a.id FROM improvement_action a JOIN improvement_improvement i USING (evaluation_id)"
    sample += " WHERE a.evaluation_id = ? AND a.place <= i.sampled"
    for (action,) in rows(story.server, sample, key):
        path = f"/actions/{uuid.UUID(action)}/recheck"
        story.form("officer", path, verdict="accepted", reason="现场查看，已改正。")
    story.press("officer", page, "/improvement/closing")
    story.press("expert", page, "/improvement/close")
    assert story.phase() == "closed"


def archive(story, folder):
    """Open the record, archive it once it is packed, and verify the package without the server."""
    story.form("archivist", "/record/open", retention="permanent")
    one = story.people["archivist"]
    button = one.page.locator("form[action$='/record/archive'] button")
    for _ in range(60):
        one.go(f"{story.page}/record")
        if button.count():
            break
        one.page.wait_for_timeout(1_000)
    button.click()
    one.settled()
    assert story.phase() == "archived"
    story.at("archivist", "/record")
    take = one.page.locator("form[action$='/take'] button").first
    package = one.download(take.click, folder / "package.zip")
    with zipfile.ZipFile(package) as held:
        assert any("/data/report/" in name and name.endswith(".pdf") for name in held.namelist())
    command = [sys.executable, "-m", "zhiping", "verify", str(package), "--lang", "en"]
    verified = subprocess.run(
        command, capture_output=True, text=True, env=environment(folder), timeout=120, check=False
    )
    assert verified.returncode == 0, verified.stdout
