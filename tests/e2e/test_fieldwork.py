"""The scoring page in Chromium: without a network, after a closed browser, with a killed server."""

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import uuid
from contextlib import contextmanager, suppress

import psutil
import pytest
from playwright.sync_api import sync_playwright
from tests.browser import ARGUMENTS, DESKTOP, PHONE, WAIT, WATCH, Visitor, chromium, program
from tests.e2e.scorer import Scorer
from tests.e2e.server import Server, environment, faults, free_port, serving, wait_for
from tests.e2e.test_axe import sideways, violations

KILLS = 5
CRITERIA = 51


@pytest.fixture
def hall(demo, tmp_path):
    with serving(demo, tmp_path / "data") as server:
        yield server


def rows(server, statement, *values):
    """Read the server's database."""
    base = sqlite3.connect(f"file:{server.folder / 'zhiping.sqlite3'}?mode=ro", uri=True, timeout=30)
    try:
        return base.execute(statement, values).fetchall()
    finally:
        base.close()


FIRST = "SELECT min(id) FROM ledger_head WHERE kind = 'evaluation' AND phase = 'scoring'"  # has no sheets yet
OF_FIRST = f"SELECT head_id FROM scoring_sheet WHERE evaluation_id = ({FIRST})"


def scoring(server):
    """Return the address of the scoring page of the first evaluation that is being scored."""
    return f"/evaluations/{uuid.UUID(rows(server, FIRST)[0][0])}/fieldwork"


def marks(server):
    """Return the current marks of its sheets: criterion → points."""
    statement = f"""
        SELECT mark.criterion, legal.points FROM scoring_mark AS mark
        JOIN scoring_sheet AS sheet ON sheet.head_id = mark.sheet_id AND sheet.evaluation_id = ({FIRST})
        LEFT JOIN rubrics_legalmark AS legal ON legal.id = mark.legal_id
    """
    return dict(rows(server, statement))


class Person(Scorer):
    """A person whose browser keeps its files, so that it can be closed and opened again."""

    def __init__(self, driver, address, folder, *, language="zh", size=PHONE):
        self.driver, self.folder = driver, folder
        self.address, self.language, self.size = address, language, size
        self.complaints = []
        self.open()

    def open(self):
        width, height = self.size
        self.context = self.driver.chromium.launch_persistent_context(
            self.folder, executable_path=program(), args=list(ARGUMENTS), base_url=self.address,
            locale={"zh": "zh-CN", "en": "en-GB"}[self.language], viewport={"width": width, "height": height},
            accept_downloads=True, reduced_motion="reduce",
        )  # fmt: skip
        self.context.set_default_timeout(WAIT)
        self.context.add_init_script(WATCH)
        self.page = self.tab()

    def close(self):
        self.context.close()

    def sign_in_again(self, username, password):
        """Follow the link: a closed browser has forgotten the session, so the sheet is hidden."""
        self.hidden()
        self.page.get_by_role("link", name=self.say("fieldwork.sign_in"), exact=True).click()
        self.fill("accounts.sign_in_fields", login=username, password=password)
        self.press("accounts.sign_in.title")

    def hidden(self):
        """Wait until the page shows no sheet, and says that signing in shows it again."""
        self.page.get_by_text(self.say("fieldwork.failures.signed_out")).wait_for()
        assert self.page.locator(".criterion").count() == 0


@contextmanager
def person(server, folder, **options):
    with sync_playwright() as driver:
        one = Person(driver, server.address, folder, **options)
        yield one
        one.leave()


def best(page):
    """Tap the best mark of every criterion that has none."""
    open_ones = page.locator("[data-open=mark]").evaluate_all("all => all.map(one => one.dataset.criterion)")
    for name in open_ones:
        page.locator(f"[data-criterion='{name}'] input[type=radio]").first.check()


def test_sheet_is_scored_without_a_network_and_handed_in(hall, tmp_path):
    with person(hall, tmp_path / "browser") as one:
        one.sign_in("expert", hall.password())
        address = scoring(hall)
        one.go(address)
        one.page.locator(".criterion").first.wait_for()
        assert one.page.locator(".criterion").count() == CRITERIA
        one.choose("1.1", "2")
        one.sent()
        assert marks(hall) == {"1.1": "2"}
        one.ready_for_no_network()
        one.context.set_offline(True)
        one.choose("1.1", "0")
        one.choose("1.2", "1")
        one.waits(2)
        one.close()
        one.open()  # the browser was closed, the network is still away
        one.context.set_offline(True)
        one.go(address)
        one.waits(2)
        one.page.locator("[data-criterion='1.2'] input[value='1']:checked").wait_for()
        best(one.page)
        one.context.set_offline(False)
        one.sign_in_again("expert", hall.password())
        one.sent()
        found = marks(hall)
        assert (found["1.1"], found["1.2"], len(found)) == ("0", "1", 49)
        one.hand_in()
        assert one.page.locator("fieldset:disabled").count() >= CRITERIA
        one.page.get_by_label(one.say("fieldwork.hand_in.reason")).fill("漏评一项")
        one.page.get_by_role("button", name=one.say("fieldwork.hand_in.ask"), exact=True).click()
        one.page.get_by_text(one.say("fieldwork.hand_in.asked")).wait_for()


def test_locked_sheet_is_hidden_until_its_person_signs_in_also_without_a_network(hall, tmp_path):
    with person(hall, tmp_path / "browser") as one:
        one.sign_in("expert", hall.password())
        address = scoring(hall)
        one.go(address)
        one.page.locator(".criterion").first.wait_for()
        one.ready_for_no_network()
        one.context.set_offline(True)
        one.choose("1.1", "2")
        one.waits(1)
        one.page.get_by_role("button", name=one.say("fieldwork.bar.lock"), exact=True).click()
        one.hidden()
        one.go(address)
        one.hidden()
        one.context.set_offline(False)  # the session's cookie is still there
        one.go(address)
        one.hidden()
        assert marks(hall) == {}
        one.sign_in_again("expert", hall.password())
        one.sent()
        assert marks(hall) == {"1.1": "2"}


def test_shell_has_its_heading_while_the_script_loads(hall, tmp_path):
    with person(hall, tmp_path / "browser") as one:
        one.context.route("**/fieldwork.*.js", lambda route: route.abort())
        one.go(scoring(hall))
        heading = one.page.get_by_role("heading", level=1, name=one.say("fieldwork.title"), exact=True)
        assert heading.is_visible()
        assert violations(one.page) == []


def test_signing_out_is_refused_while_something_is_unsent_and_forgets_everything_after(hall, tmp_path):
    with person(hall, tmp_path / "browser") as one:
        one.sign_in("expert", hall.password())
        one.go(scoring(hall))
        one.page.locator(".criterion").first.wait_for()
        one.ready_for_no_network()
        one.context.route("**/marks", lambda route: route.abort())
        one.choose("1.1", "2")
        one.waits(1)
        one.go("/")
        sign_out(one)
        one.page.get_by_role("alert").get_by_text(one.say("fieldwork.list.unsent")).wait_for()
        one.context.unroute("**/marks")
        one.page.locator(".list-group a").first.click()
        one.sent()
        one.go("/")
        sign_out(one)
        one.page.wait_for_url("**/account/login/**")
        one.go("/fieldwork")
        one.page.get_by_text(one.say("fieldwork.list.none")).wait_for()
        assert marks(hall) == {"1.1": "2"}


def test_next_person_on_a_device_neither_sees_nor_sends_what_another_left(hall, tmp_path):
    with person(hall, tmp_path / "browser") as one:
        one.sign_in("expert", hall.password())
        address = scoring(hall)
        one.go(address)
        one.page.locator(".criterion").first.wait_for()
        one.ready_for_no_network()
        one.context.route("**/marks", lambda route: route.abort())
        one.choose("1.1", "2")
        one.waits(1)
        (cookie,) = [c for c in one.context.cookies() if c["name"] == "zhiping_person"]
        one.context.unroute("**/marks")
        end_sessions(one, hall)
        one.hidden()  # the waiting mark is refused, while the page is open
        one.context.set_offline(True)
        one.go(address)
        one.hidden()
        one.context.add_cookies([cookie])  # a control: with the person signed in, the sheet would be shown
        one.go(address)
        one.waits(1)
        one.context.clear_cookies(name="zhiping_person")
        one.hidden()
        one.context.set_offline(False)
        one.sign_in("lead", hall.password())
        one.go(address)
        one.sent()
        assert one.page.locator("[data-criterion='1.1'] input:checked").count() == 0
        one.go("/fieldwork")
        assert one.page.locator(".list-group-item").count() == 1
        one.go("/")
        sign_out(one)
        one.page.wait_for_url("**/account/login/**")
        assert marks(hall) == {}
        one.sign_in("expert", hall.password())
        one.go(address)
        one.sent()
        assert marks(hall) == {"1.1": "2"}


def end_sessions(one, server):
    """Let all sessions end by time."""
    server.age_sessions(minutes=31)
    one.context.clear_cookies(name="zhiping_seen")


def sign_out(one):
    one.page.locator(".tools .dropdown-toggle").click()
    one.press("web.sign_out")


def test_two_devices_of_a_person_show_both_marks_until_one_is_chosen(hall, tmp_path):
    with sync_playwright() as driver:
        sizes = {"phone": PHONE, "desk": DESKTOP}
        phone, desk = (Person(driver, hall.address, tmp_path / n, size=size) for n, size in sizes.items())
        for one in (phone, desk):
            one.sign_in("expert", hall.password())
            one.go(scoring(hall))
            one.page.locator(".criterion").first.wait_for()
        phone.choose("1.2", "2")
        phone.sent()
        desk.choose("1.2", "0")
        conflict = desk.page.locator("[data-criterion='1.2'] [role=alert]")
        conflict.get_by_text(desk.say("fieldwork.conflict.about")).wait_for()
        assert violations(desk.page) == []
        assert marks(hall) == {"1.2": "2"}
        conflict.get_by_role("button", name=desk.say("fieldwork.conflict.keep_own")).click()
        desk.sent()
        assert marks(hall) == {"1.2": "0"}
        for one in (phone, desk):
            one.leave()


PICTURE = """
() => new Promise(done => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 3000, height: 2000 });
  canvas.getContext("2d").fillRect(0, 0, 1500, 1000);
  canvas.toBlob(blob => blob.arrayBuffer().then(all => done([...new Uint8Array(all)])), "image/jpeg");
})
"""


def test_photo_taken_without_a_network_is_reduced_and_becomes_evidence(hall, tmp_path):
    with person(hall, tmp_path / "browser") as one:
        one.sign_in("expert", hall.password())
        one.go(scoring(hall))
        one.page.locator(".criterion").first.wait_for()
        one.ready_for_no_network()
        picture = bytes(one.page.evaluate(PICTURE))
        one.context.set_offline(True)
        card = one.page.locator("[data-criterion='3.1']")
        card.locator("summary").click()
        file = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": picture}
        card.locator("input[type=file]").set_input_files([file])
        one.waits(1, photos=1)
        one.page.reload()
        one.waits(1, photos=1)
        one.context.set_offline(False)
        one.sent()
        files = """
            SELECT evidence.id, criteria, sha256, size FROM evidence_evidence AS evidence
            JOIN accounts_user AS person ON person.id = evidence.by_id WHERE person.username = 'expert'
        """
        ((key, criteria, digest, size),) = rows(hall, files)
        assert (criteria, len(digest), 0 < size < len(picture)) == ("3.1", 64, True)
        ((rests,),) = rows(
            hall, f"SELECT evidence FROM scoring_mark WHERE criterion = '3.1' AND sheet_id IN ({OF_FIRST})"
        )
        assert json.loads(rests) == [str(uuid.UUID(key))]


def test_sheet_is_filled_in_by_keyboard(hall, tmp_path):
    with person(hall, tmp_path / "browser", size=DESKTOP, language="en") as one:
        one.sign_in("expert", hall.password())
        one.go(scoring(hall))
        one.page.locator(".criterion").first.wait_for()
        for key in ("j", "1", "j", "2", "Tab", "Space"):
            one.page.keyboard.press(key)
        one.page.locator(
            "[data-criterion='1.2'] .missing"
        ).wait_for()  # no level fits: its reason is asked for
        one.page.locator("#reason-1\\.2").focus()
        one.page.keyboard.type("a plan without dates")
        one.page.keyboard.press("Tab")
        one.sent()
        fits_none = f"SELECT reason FROM scoring_mark WHERE no_level AND sheet_id IN ({OF_FIRST})"
        (reason,) = rows(hall, fits_none)
        assert reason == ("a plan without dates",)
        assert marks(hall) == {"1.1": "2", "1.2": "1"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_can_be_used_by_everybody_on_every_screen(hall, tmp_path, language):
    with person(hall, tmp_path / "browser", language=language) as one:
        one.sign_in("lead", hall.password())
        one.go(scoring(hall))
        one.page.locator(".criterion").first.wait_for()
        one.page.locator("[data-criterion='1.1'] summary").click()
        assert sideways(one.page) == 0
        assert violations(one.page) == []
        one.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        one.page.emulate_media(color_scheme="dark")
        assert violations(one.page) == []
        one.go("/fieldwork")
        one.page.locator(".list-group").wait_for()
        assert violations(one.page) == []


def test_wechat_gets_a_page_that_names_a_real_browser(hall):
    agent = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"
    with chromium() as browser:
        one = Visitor(browser, hall.address, size=PHONE, user_agent=agent)
        one.go(scoring(hall))
        one.sees("fieldwork.browser.title")
        assert one.page.locator("input[readonly]").input_value().endswith("/fieldwork")
        assert violations(one.page) == []
        one.leave()


class Mortal(Server):
    """A server that can be killed, and started again on its port."""

    process = None

    def start(self):
        address = self.address
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "zhiping", "serve", "--port", address.rpartition(":")[2]],
                env=environment(self.folder, ZHIPING_ADDRESS=address), stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        wait_for(f"{address}/ready", self.process, self.log)

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.runs():
            kill(psutil.Process(self.process.pid))
            self.process.wait()


@contextmanager
def mortal(made, folder):
    """Copy a data folder for a server that is started later; it has ended when the block ends."""
    shutil.copytree(made, folder)
    server = Mortal(f"http://127.0.0.1:{free_port()}", folder, folder / "server.log")
    try:
        yield server
    finally:
        server.kill()


def kill(*processes):
    """Kill processes with all their children."""
    family = [child for one in processes for child in (*one.children(recursive=True), one)]
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(family)


def browsers(folder):
    """Return the processes of the browser that keeps its files in a folder."""
    mine = psutil.Process().children(recursive=True)
    return [one for one in mine if one.is_running() and f"--user-data-dir={folder}" in one.cmdline()]


@pytest.mark.t8
@pytest.mark.parametrize("seed", [4, *(pytest.param(n, marks=pytest.mark.long) for n in range(10, 19))])
def test_marks_survive_a_killed_browser_and_a_killed_server(demo, tmp_path, seed):
    """Both are killed at random moments; what was tapped arrives once and unaltered."""
    with mortal(demo, tmp_path / "data") as server:
        folder = tmp_path / "browser"
        given = killed(server, folder, random.Random(seed))
        server.start()
        with person(server, folder) as one:
            one.go(scoring(server))
            one.sign_in_again("expert", server.password())
            one.sent()
            assert marks(server) == given
        ((events, ids),) = rows(server, "SELECT count(*), count(DISTINCT id) FROM ledger_event")
        assert events == ids
        assert [line for line in faults(server.log) if '"code": -9' not in line] == []  # killed here


def killed(server, folder, dice):
    """Tap marks while server and browser are killed so many times; return the marks."""
    given = {}
    for number in range(KILLS):
        if not server.runs():
            server.start()
        with sync_playwright() as driver:
            one = Person(driver, server.address, folder)
            if number == 0:
                one.sign_in("expert", server.password())
            one.go(scoring(server))
            if number > 0:
                one.sign_in_again("expert", server.password())
            one.page.locator(".criterion").first.wait_for()
            if number == 0:
                one.ready_for_no_network()
            for place, (criterion, mark) in enumerate(chosen(dice, one.page)):
                one.choose(criterion, mark)
                given[criterion] = mark
                one.page.wait_for_timeout(dice.randrange(200))
                if place == number % 4:
                    server.kill()
            one.page.wait_for_timeout(300)  # the last tap is kept
            kill(*browsers(folder))
    return given


def chosen(dice, page):
    """Choose four criteria and a mark of each."""
    names = page.locator("[data-criterion]").evaluate_all("all => all.map(one => one.dataset.criterion)")
    for name in dice.sample(names, 4):
        options = page.locator(f"[data-criterion='{name}'] input[type=radio]")
        yield name, dice.choice(options.evaluate_all("all => all.map(one => one.value)"))
