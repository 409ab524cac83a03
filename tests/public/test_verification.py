"""The page that verifies in the browser, and what the installation states by SHA-256."""

import hashlib

import pytest
from django.urls import reverse
from playwright.sync_api import expect
from pypdf import PdfReader
from tests.browser import DESKTOP, PHONE
from tests.documents.package.packages import KEY, in_memory, world
from tests.e2e.test_axe import sideways, violations
from tests.frontend.test_verification import packed
from tests.public.offline import visitor
from tests.reporting.reporting import sent
from tests.reporting.test_report import accept, issue
from tests.server.cast import NOW

from zhiping.documents.files import result_file
from zhiping.documents.papers import code
from zhiping.evidence import store
from zhiping.ledger import checkpoints, kept
from zhiping.reporting.models import Edition, FiledCopy
from zhiping.scoring.queries.past import document_of

STATED = {"kind", "number", "date", "edition", "later"}


@pytest.fixture
def report(cast):
    """An issued report."""
    return issued(cast)


def issued(cast):
    """Issue a report after a checkpoint was signed."""
    checkpoints.sign_grown(now=NOW)
    evaluation = sent(cast)
    accept(cast, evaluation)
    return issue(cast, evaluation)


def ask(client, **given):
    return client.post(reverse("public:look-up"), given)


def digest(report):
    return hashlib.sha256(result_file.dumps(document_of(report.result))).hexdigest()


def printed(report):
    """Return the text of the code on a report."""
    with store.open_file(report.pdf) as file:
        text = "".join(page.extract_text() for page in PdfReader(file).pages)
    fingerprint = digest(report)[:20]
    assert fingerprint in text.replace(" ", "").replace("\n", "")
    address = reverse("public:verify")
    return code.address(address, number=report.number, fingerprint=fingerprint, checkpoint=kept.printed())


def test_files_are_known_by_their_hash_and_drafts_are_not(cast, client, report):
    draft = Edition.objects.get(number="")
    copy = FiledCopy(evaluation=report.evaluation, edition=report, kind="sealed", file="c" * 64, at=NOW)
    copy.by, copy.file_name = cast.officer, "盖章件.ofd"
    copy.save()
    names = [report.pdf, report.docx, copy.file, draft.pdf]
    answer = ask(client, sha256=names)
    stated = {"number": report.number, "date": str(report.date), "edition": 1, "later": ""}
    assert answer.json()["files"] == {
        report.pdf: {"kind": "report", **stated},
        report.docx: {"kind": "report", **stated},
        "c" * 64: {"kind": "sealed", **stated},
    }
    assert (answer.cookies, answer["Cache-Control"]) == ({}, "no-store")
    assert set(answer.json()["files"][report.pdf]) == STATED


def test_code_is_compared_with_number_result_and_checkpoint(client, report):
    line = kept.printed().replace(" · ", ",")
    good = {"number": report.number, "fingerprint": digest(report)[:20], "checkpoint": line}
    answer = ask(client, **good).json()
    assert (answer["code"]["same"], answer["code"]["embedded"], answer["checkpoint"]) == (True, "", True)
    other = "0" if line[-1] != "0" else "2"
    wrong = ask(client, **good | {"fingerprint": "0" * 20, "checkpoint": line[:-1] + other}).json()
    assert (wrong["code"]["same"], wrong["checkpoint"]) == (False, False)
    unknown = ask(client, **good | {"number": "质评〔2000〕1号", "checkpoint": f"x,7,{line[-23:]}"}).json()
    assert (unknown["code"], unknown["checkpoint"]) == (None, None)
    short = ask(client, **good | {"fingerprint": digest(report)[:1]}).json()
    assert short["code"]["same"] is False  # nothing is found out digit by digit


@pytest.mark.parametrize(
    "given",
    [
        {"sha256": "x"},
        {"sha256": ["0" * 64] * 5},
        {"number": "n" * 61},
        {"fingerprint": "G" * 20},
        {"checkpoint": "1,2,3"},
        {"checkpoint": "a,9999999999,7K3QF-0X9TB-M2NAV-85HDR"},
    ],
)
def test_malformed_questions_are_refused(client, db, given):
    assert ask(client, **given).status_code == 400


def test_questions_are_limited_and_take_few_statements(client, report, django_assert_num_queries):
    with django_assert_num_queries(21):
        ask(client, sha256=[report.pdf], number=report.number, fingerprint=digest(report)[:20])
    answers = [ask(client, sha256=[report.pdf]).status_code for _ in range(30)]
    assert answers == [200] * 29 + [429]


def test_page_is_the_same_for_everybody_and_sets_no_cookie(cast, client, client_for):
    own = [one.get(reverse("public:verify-in", args=["en"])) for one in (client, client_for(cast.officer))]
    assert own[0].content == own[1].content
    assert (own[0].cookies, own[0]["Cache-Control"]) == ({}, "public, max-age=300")
    assert cast.officer.name not in own[1].content.decode()


@pytest.mark.parametrize(("language", "size"), [("zh", DESKTOP), ("en", PHONE)])
def test_person_verifies_code_report_and_package(committed, tmp_path, language, size):
    report = issued(committed)
    with store.open_file(report.pdf) as file:
        content = file.read()
    (tmp_path / "report.pdf").write_bytes(content)
    (tmp_path / "changed.pdf").write_bytes(content + b"%")
    memory, seal = in_memory(world())
    (tmp_path / "package.zip").write_bytes(packed(memory))
    (tmp_path / "package.zip.seal").write_text(seal)
    (tmp_path / "key.txt").write_text(KEY.public)
    text, size_ = printed(report), kept.latest().size
    with visitor(language=language, size=size) as person:
        page, say = person.page, person.say
        verdict, stated, faults = (page.locator(f"[data-{n}]") for n in ("verdict", "stated", "faults"))
        person.go(text)
        facts = {"number": report.number, "edition": 1, "date": str(report.date)}
        of_code = [say("public.verify.published.code", **facts)]
        of_code.append(say("public.verify.published.checkpoint", size=size_))
        expect(stated.locator("li")).to_have_text(of_code)
        expect(verdict).to_have_attribute("data-verdict", "stated")
        assert (violations(page), sideways(page)) == ([], 0)
        page.set_input_files("[name=package]", tmp_path / "report.pdf")
        known = say("public.verify.published.report", name="report.pdf", **facts)
        embedded = say("public.verify.published.embedded", name="report.pdf", number=report.number)
        expect(stated.locator("li")).to_have_text([known, *of_code, embedded])
        page.set_input_files("[name=package]", tmp_path / "changed.pdf")
        expect(verdict).to_have_attribute("data-verdict", "faulty")
        expect(faults.locator("li")).to_contain_text([say("public.verify.published.unknown")])
        expect(stated.locator("li").last).to_contain_text(report.number)
        assert all(len(body or "") < 600 for _, _, body in person.asked)  # no file leaves the browser
        person.go(reverse("public:verify-in", args=[language]))
        for name, file in (("package", "package.zip"), ("seal", "package.zip.seal"), ("key", "key.txt")):
            if name == "seal":
                page.locator("summary").click()
            page.set_input_files(f"[name={name}]", tmp_path / file)
        expect(verdict).to_have_attribute("data-verdict", "verified")
        page.fill("[name=code]", code.address("/verify/", number="X", fingerprint="0" * 20))
        page.locator("[name=code]").blur()
        expect(verdict).to_have_attribute("data-verdict", "faulty")
        person.answers = False
        page.locator("[name=code]").fill(text)
        page.locator("[name=code]").blur()
        expect(page.locator("[data-unchecked]")).to_contain_text(say("public.verify.published.unreachable"))
