"""Whole evaluations in Chromium, each person in a separate browser; their result is the command line's."""

import json
import re
import shutil
import tomllib
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from tests.browser import DESKTOP, PHONE
from tests.cli.conftest import evaluation as files_of
from tests.cli.conftest import example, zhiping  # noqa: F401 - fixtures
from tests.e2e.halls import SECRETARY
from tests.e2e.server import serving
from tests.e2e.test_axe import sideways, violations
from tests.evidence.files import picture
from tests.scoring.examples import EXAMPLES, as_typed
from tests.server.cast import PASSWORD

from zhiping.documents.files import result_file, rubric_file
from zhiping.domain.exact import number_text

RECENT = 16  # minutes after which a signature asks for the password again


@pytest.fixture(scope="module")
def server(halls, tmp_path_factory):
    with serving(halls, tmp_path_factory.mktemp("five") / "data") as running:
        yield running


def given(name, place):
    """Return what the member of an example in this place marks: criterion → points and texts."""
    marks = tomllib.loads((EXAMPLES / name / "marks.toml").read_text(encoding="utf-8"))
    found = {}
    for key, criterion in rubric_file.bundled().criteria.items():
        best = 0 if criterion.bonus else criterion.max
        mark = {field: all_[place] for field, all_ in marks.get(key, {}).items() if field not in AGREED}
        found[key] = {**mark, "points": number_text(Fraction(mark.get("points", best)))}
    return found


AGREED = ("agreed", "dissent")


def mark(one, marks):
    """Give marks with their texts on the scoring page."""
    for criterion, content in marks.items():
        one.choose(criterion, content["points"])
        card = one.page.locator(f"[data-criterion='{criterion}']")
        if content.get("no_level"):
            card.locator(".no-level input").check()
        texts = {name: content[name] for name in ("reason", "advice", "note") if content.get(name)}
        if texts and not card.locator("details[open]").count():
            card.locator("summary").click()
        for name, text in texts.items():
            box = card.locator(f"textarea[id='{name}-{criterion}']")
            box.fill(text)
            box.blur()


def usable(one):
    """Check that a page can be used by everybody, and fits its screen."""
    assert (violations(one.page), sideways(one.page)) == ([], 0)


def opens(one, page):
    """Open the scoring page, and wait until it works without a network."""
    one.go(f"{page}/fieldwork")
    one.page.locator(".criterion").first.wait_for()
    one.ready_for_no_network()


def scores(one, page, marks, *, offline=()):
    """Mark everything in two halves, those of `offline` without a network, and hand in."""
    opens(one, page)
    pairs = list(marks.items())
    for half, some in enumerate((dict(pairs[: len(pairs) // 2]), dict(pairs[len(pairs) // 2 :]))):
        one.context.set_offline(half in offline)
        mark(one, some)
        if half in offline:
            one.page.locator(".sync.waits").wait_for()
            one.context.set_offline(False)
        one.sent()
    one.hand_in()


def copied(book, filled, columns):
    """Type the columns of a filled spreadsheet into another one of the same form, row by row."""
    made, known = openpyxl.load_workbook(book), openpyxl.load_workbook(filled)
    table = {row[0].value: row for row in known.worksheets[0].iter_rows()}
    for row in made.worksheets[0].iter_rows():
        for column in columns if re.match(r"[\dB]", str(row[0].value)) else ():
            if (value := table[row[0].value][column].value) is not None:
                row[column].value = value
    made.save(book)
    return book


POINTS_TO_NOTE, AGREED_AND_REASON = (6, 7, 8, 9), (-3, -2)  # columns


def own_file(one, page, name, member, folder):
    """Download the own sheet and fill it in as the member of an example did."""
    one.go(f"{page}/sheets")
    book = one.download(lambda: one.press("sheets.take"), folder / f"{member}.xlsx")
    return copied(book, EXAMPLES / name / "sheets" / f"{member}.xlsx", POINTS_TO_NOTE)


def imports(one, page, book):
    """Import a filled spreadsheet after looking at its preview, and hand it in."""
    one.go(f"{page}/sheets/upload")
    one.page.locator("input[type=file]").set_input_files(book)
    one.press("sheets.upload.read")
    one.sees("sheets.upload.preview_hint")
    usable(one)
    one.press("sheets.upload.take_over")
    one.press("sheets.sheet.hand_in")
    one.sees("sheets.sheet.handed_in")


def enters_paper(one, page, name, book):
    """Enter a member's signed paper sheet with its scan, as the secretary."""
    one.go(f"{page}/sheets")
    row = one.page.locator("main tr", has_text=name)
    row.get_by_role("link", name=one.say("sheets.paper.title")).click()
    one.follow("sheets.paper.by_file")
    usable(one)
    one.page.locator("#id_file").set_input_files(book)
    scan = {"name": "评分表.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    one.page.locator("#id_scan").set_input_files([scan])
    one.press("sheets.paper.enter")
    one.page.wait_for_url(f"**{page}/sheets")


def confirms_paper(one, page):
    """Compare the entered sheet with its scan, and confirm it."""
    one.go(f"{page}/sheets")
    one.follow("sheets.paper.look")
    one.sees("sheets.paper.confirm")
    usable(one)
    one.download(lambda: one.press("sheets.paper.show_scan"), "/dev/null")
    one.press("sheets.paper.confirm")
    one.sees("sheets.sheet.handed_in")


def confirms_facts(one, page):
    """Write a fact for each loss; the operator's representative confirms each on this screen."""
    one.go(f"{page}/facts")
    for box in one.page.locator("form textarea").all():
        if not box.input_value():
            box.fill("现场查阅资料，缺少记录。")
    one.press("facts.write.save")
    one.follow("facts.confirm.title")
    one.sees("facts.confirm.intro")
    usable(one)
    for choice in one.page.locator("input[type=radio][value=agreed]").all():
        choice.check()
    one.page.locator("#id_person").fill("服务中心主任")
    one.press("facts.confirm.save")
    one.page.locator(".alert-success").wait_for()


def closes(one, page):
    """Close the scoring from the evaluation's page."""
    one.go(page)
    one.press("lifecycle.moves.close_scoring")
    reaches(one, "deliberating")


def reaches(one, state):
    """Wait until the evaluation's page shows a state as the present one."""
    words = one.say(f"lifecycle.states.{state}")
    one.page.locator(".stages [aria-current=step]", has_text=words).wait_for(state="attached")


def settles(one, page, criterion):
    """Settle a criterion on the page, as the panel of the example did."""
    one.go(f"{page}/deliberation")
    points, reason = agreed_of("platform")[criterion]["agreed"]
    card = one.page.locator(f"section[id='c-{criterion}']")
    card.locator(f"input[type=radio][value='{points}']").check()
    card.locator("form:has(fieldset) textarea").first.fill(reason)
    card.locator("form:has(fieldset) button").click()
    card.locator(".tone-success").first.wait_for()


def agreed_of(name):
    """Return what the panel of an example agreed on: criterion → agreed (points, reason), dissent."""
    marks = tomllib.loads((EXAMPLES / name / "marks.toml").read_text(encoding="utf-8"))
    return {key: found for key, found in marks.items() if "agreed" in found}


def dissents(one, page, criterion, text):
    """Record a dissent from the panel's mark."""
    one.go(f"{page}/deliberation")
    card = one.page.locator(f"section[id='c-{criterion}']")
    card.locator("summary", has_text=one.say("deliberation.dissent.title")).click()
    card.locator("details textarea").last.fill(text)
    one.press("deliberation.dissent.save", within=card)
    card.get_by_text(text).first.wait_for()


def settles_the_rest(one, page, name, folder):
    """Settle the other criteria by the spreadsheet of the deliberation."""
    one.go(f"{page}/deliberation")
    book = one.download(lambda: one.press("deliberation.file.take"), folder / "agreed.xlsx")
    copied(book, EXAMPLES / name / "deliberation.xlsx", AGREED_AND_REASON)
    one.follow("deliberation.file.title")
    one.page.locator("input[type=file]").set_input_files(book)
    one.press("deliberation.file.read")
    one.press("deliberation.settle.save")
    one.sees("deliberation.section.all_settled")


def sign(server, people, page):
    """Sign the result as every member; each is asked for the password again."""
    server.age_sessions(minutes=RECENT)
    for one in people:
        one.go(f"{page}/result/sign")
        usable(one)
        one.press("results.sign.submit")
        one.sees("accounts.reauthenticate.title")
        one.page.locator("input[type=password]").fill(PASSWORD)
        one.press("accounts.reauthenticate.button")
        one.page.wait_for_url(f"**{page}/result")


def concludes(one, page):
    """Conclude the evaluation from its page."""
    one.go(page)
    one.press("lifecycle.moves.conclude")
    reaches(one, "concluded")


def downloaded(one, page, folder):
    """Download the result's data."""
    one.go(f"{page}/result")
    usable(one)
    return one.download(lambda: one.press("results.files.result_json"), folder / "web.json")


def computed(zhiping, folder, method=None):  # noqa: F811 - a fixture
    """Return the bytes of the result that the command line computes from an example's files."""
    options = ["--policy", method] if method else []
    shutil.rmtree("out", ignore_errors=True)
    assert zhiping(*files_of(folder), "-o", "out", *options)[0] == 0
    return Path("out/result.json").read_bytes()


TIMES = "sheet_outside_visit"  # the note of a sheet that is handed in on another day than those of the visit


def same(web, written, names):
    """Return whether two results are the same, byte for byte but for ids and times."""
    known, other = json.loads(web.read_bytes()), json.loads(written)
    for sheet, same_sheet in zip(known["sheets"], other["sheets"], strict=True):
        sheet["date"] = same_sheet["date"]
    known["notes"] = [note for note in known["notes"] if note["code"] != TIMES]
    typed = as_typed(known, names, other)
    return result_file.dumps(typed) == written


def altered(path, criterion="1.1", column=6, points=(2, 0)):
    """Change one mark of a filled spreadsheet."""
    book = openpyxl.load_workbook(path)
    row = next(row for row in book.worksheets[0].iter_rows() if row[0].value == criterion)
    assert row[column].value == points[0]
    row[column].value = points[1]
    book.save(path)


def test_five_people_evaluate_a_platform(server, arrive, zhiping, example, tmp_path):  # noqa: F811 - fixtures
    known = server.hall("platform")
    page, users = f"/evaluations/{known['id']}", list(known["users"].values())
    lead = arrive(users[0], size=DESKTOP)
    phone, english = arrive(users[1], size=PHONE), arrive(users[2], size=PHONE, language="en")
    desk, paper = arrive(users[3], size=DESKTOP), arrive(users[4], size=DESKTOP, language="en")
    secretary = arrive(SECRETARY, size=DESKTOP)
    scores(lead, page, given("platform", 0))
    scores(phone, page, given("platform", 1), offline=(1,))
    scores(english, page, given("platform", 2), offline=(0,))
    imports(desk, page, own_file(desk, page, "platform", "李国栋", tmp_path))
    enters_paper(secretary, page, "萨仁", own_file(paper, page, "platform", "萨仁", tmp_path))
    confirms_paper(paper, page)
    confirms_facts(lead, page)
    closes(lead, page)
    settles(lead, page, "3.4")
    dissent = agreed_of("platform")["3.4"]["dissent"].partition("：")[2]
    dissents(paper, page, "3.4", dissent)
    settles_the_rest(lead, page, "platform", tmp_path)
    sign(server, (lead, phone, english, desk, paper), page)
    concludes(lead, page)
    folder = example("platform")
    web = downloaded(english, page, tmp_path)
    assert same(web, computed(zhiping, folder), known["names"])
    altered(folder / "deliberation.xlsx", "3.4", -3, (1, 2))
    assert not same(web, computed(zhiping, folder), known["names"])


@pytest.mark.long
def test_members_of_a_panel_take_the_mean(server, arrive, zhiping, example, tmp_path):  # noqa: F811 - fixtures
    known = server.hall("offline")
    page, users = f"/evaluations/{known['id']}", list(known["users"].values())
    lead, desk, phone = (
        arrive(name, language="en", size=size) for name, size in zip(users, SIZES, strict=True)
    )
    scores(lead, page, given("offline", 0))
    imports(desk, page, own_file(desk, page, "offline", "李国栋", tmp_path))
    scores(phone, page, given("offline", 2), offline=(0, 1))
    confirms_facts(lead, page)
    closes(lead, page)
    sign(server, (lead, desk, phone), page)
    concludes(lead, page)
    folder = example("offline")
    (folder / "deliberation.xlsx").unlink()
    web = downloaded(phone, page, tmp_path)
    assert same(web, computed(zhiping, folder, "mean"), known["names"])
    altered(folder / "sheets" / "李国栋.xlsx")
    assert not same(web, computed(zhiping, folder, "mean"), known["names"])


SIZES = (DESKTOP, DESKTOP, PHONE)


@pytest.mark.long
def test_panel_of_a_self_evaluation_fills_in_one_sheet(server, arrive, zhiping, example, tmp_path):  # noqa: F811 - fixtures
    known = server.hall("self")
    page, users = f"/evaluations/{known['id']}", list(known["users"].values())
    lead, desk, phone = (
        arrive(name, language="en", size=size) for name, size in zip(users, SIZES, strict=True)
    )
    scores(lead, page, given("self", 0), offline=(1,))
    for one in (desk, phone):
        one.go(f"{page}/sheets")
        one.follow("sheets.look")
        one.press("sheets.sheet.confirm")
        one.page.get_by_role("button", name=one.say("sheets.sheet.confirm")).wait_for(state="detached")
    confirms_facts(lead, page)
    closes(lead, page)
    sign(server, (lead, desk, phone), page)
    concludes(lead, page)
    folder = example("self")
    web = downloaded(phone, page, tmp_path)
    assert same(web, computed(zhiping, folder), known["names"])
    altered(folder / "sheets" / "评价组.xlsx")
    assert not same(web, computed(zhiping, folder), known["names"])
