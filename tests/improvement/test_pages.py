"""Pages of the improvement: what each reader sees and does, in a constant number of statements."""

import datetime as dt
import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.evidence.files import picture
from tests.improvement import improving as made
from tests.improvement.improving import FAILED, FEW
from tests.panels import panels
from tests.reporting.reporting import act, seen
from tests.server.cast import TODAY

from zhiping.improvement.actions import course
from zhiping.improvement.models import Extension, Improvement, Proof
from zhiping.improvement.queries.document import document_of

ROLES = ("staff", "officer", "lead", "member")


def url(name, *arguments):
    return reverse(f"improvement:{name}", args=arguments)


def home(evaluation):
    return url("improvement", evaluation.pk)


def text(client, address):
    return client.get(address).content.decode()


def test_officer_chooses_and_the_operator_opens(cast, client_for):
    evaluation = made.reported(cast, FAILED)
    officer, staff = client_for(cast.officer), client_for(cast.staff)
    assert "选定整改方式" in text(officer, home(evaluation))
    assert "启动改进</button>" not in text(staff, home(evaluation))
    page = url("make-choice", evaluation.pk)
    assert officer.get(page).context["form"]["period_start"].value() == TODAY
    assert officer.post(page, {"choice": "reevaluate"}).status_code == 422
    period = {"period_start": TODAY, "period_end": TODAY + dt.timedelta(days=60)}
    assert officer.post(page, {"choice": "reevaluate", **period}).url == home(evaluation)
    assert staff.get(page).status_code == 403
    assert "启动改进" in text(staff, home(evaluation))
    assert staff.post(url("open-improvement", evaluation.pk)).url == home(evaluation)
    shown = text(staff, home(evaluation))
    assert ("每个问题均须复核销号" in shown, "78.00" in shown) == (True, True)


def test_one_form_plans_all_findings_with_days_or_working_days(cast, client_for):
    evaluation, staff = made.opened(cast), client_for(cast.staff)
    page = url("write-plan", evaluation.pk)
    form = staff.get(page).context["form"]
    assert [id_ for id_, _ in form.groups()] == list(FEW)
    values = {
        f"{name}_{id_}": value for id_ in FEW for name, value in (("measure", "补齐"), ("owner", "张三"))
    }
    wrong = {**values, "deadline_1.1": "下周", "deadline_3.2": "2030-01-01"}
    refused = staff.post(page, wrong)
    assert (refused.status_code, "下周" in refused.content.decode()) == (422, True)
    assert staff.post(page, {**values, "deadline_3.2": "2030-01-01"}).status_code == 422
    assert made.of(evaluation, "1.1").measure == ""
    right = {**values, "deadline_1.1": "15", "deadline_3.2": "2026-06-30"}
    assert staff.post(page, right).url == home(evaluation)
    assert [made.of(evaluation, id_).deadline for id_ in ("1.1", "3.2", "4.1")] == [
        dt.date(2026, 6, 10), dt.date(2026, 6, 30), None,
    ]  # fmt: skip
    assert client_for(cast.officer).get(page).status_code == 403


def test_plan_of_two_people_is_not_overwritten_unseen(cast, client_for):
    evaluation, staff, head = made.opened(cast), client_for(cast.staff), client_for(cast.head)
    page = url("write-plan", evaluation.pk)
    before = staff.get(page).context["form"]["seen"].value()
    assert head.post(page, {"measure_1.1": "先写", "seen": before}).status_code == 302
    assert staff.post(page, {"measure_1.1": "后写", "seen": before}).status_code == 422
    assert made.of(evaluation, "1.1").measure == "先写"


def test_measure_is_reported_rechecked_and_closed(cast, client_for):
    evaluation = made.opened(cast)
    made.plan(cast, evaluation)
    staff, officer, one = client_for(cast.staff), client_for(cast.officer), made.of(evaluation, "4.1")
    page = url("report-action", one.pk)
    assert staff.post(page, {"outcome": ""}).status_code == 422
    file = SimpleUploadedFile("整改后.jpg", picture())
    assert staff.post(page, {"outcome": "已恢复公示栏", "file": file}).url == home(evaluation)
    staff.post(url("add-proof", one.pk), {"caption": "值班表"})
    photo, table = Proof.objects.all()
    taken = officer.post(url("take-proof", photo.pk))
    assert b"".join(taken.streaming_content) == picture()
    assert officer.post(url("take-proof", table.pk)).status_code == 404
    assert staff.post(url("withdraw-proof", table.pk), {"reason": "放错"}).status_code == 302
    checked = {"verdict": "accepted", "reason": "现场查看属实", "points": "1"}
    assert officer.post(url("recheck-action", one.pk), checked).url == home(evaluation)
    shown = text(staff, home(evaluation))
    assert [word in shown for word in ("整改后.jpg", "现场查看属实", "93.00", "值班表")] == [
        True,
        True,
        True,
        False,
    ]
    assert client_for(cast.outsider).get(home(evaluation)).status_code == 404


def test_extension_is_asked_for_and_decided(cast, client_for):
    evaluation = made.opened(cast)
    staff, officer, one = client_for(cast.staff), client_for(cast.officer), made.of(evaluation, "1.1")
    asked = {"until": timezone.localdate() + dt.timedelta(days=120), "reason": "设备未到货"}
    assert staff.post(url("ask-extension-of", one.pk), asked).url == home(evaluation)
    assert staff.post(url("ask-extension", evaluation.pk), asked).url == home(evaluation)
    for row, granted in zip(Extension.objects.all(), ("yes", "no"), strict=True):
        page = url("decide-extension", row.pk)
        assert "设备未到货" in text(officer, page)
        assert officer.post(page, {"granted": granted, "reason": "情况属实"}).url == home(evaluation)
    assert made.of(evaluation, "1.1").deadline == asked["until"]
    assert "情况属实" in text(staff, home(evaluation))


def test_sample_and_closing_are_offered_to_those_who_make_them(cast, client_for):
    evaluation = made.opened(cast)
    made.recheck(cast, evaluation, verdict="waived")
    officer, lead = client_for(cast.officer), client_for(cast.lead)
    page = url("draw-sample", evaluation.pk)
    assert officer.post(page, {"count": "1"}).status_code == 422
    assert officer.post(page, {"count": "3", "words": "见证"}).url == home(evaluation)
    assert Improvement.objects.get().seed in text(lead, home(evaluation))
    assert officer.post(url("propose-closing", evaluation.pk)).url == home(evaluation)
    offered = url("close-evaluation", evaluation.pk)
    assert (offered in text(officer, home(evaluation)), offered in text(lead, home(evaluation))) == (
        False,
        True,
    )
    lead.post(offered)
    assert panels.fresh(evaluation).head.phase == "closed"
    assert "已办结" in text(lead, reverse("dossier:evaluation", args=[evaluation.pk]))
    assert "已于" in text(lead, home(evaluation))


def test_path_follows_from_the_efforts_of_the_operator(cast, client_for):
    evaluation = made.reported(cast, FAILED)
    page = url("path", evaluation.pk)
    client = client_for(cast.staff)
    assert client.get(page).context["found"] is None
    found = client.get(page, {"to": "qualified", "e_8.2": "9"}).context["found"]
    assert (found["effort"], [step["id"] for step in found["steps"]]) == ("1", ["1.1"])
    stated = {f"e_{id_}": "-" for id_ in FAILED if id_ not in ("8.2", "1.1")}
    found = client.get(page, {"to": "excellent", "e_8.2": "9", **stated}).context["found"]
    assert (found["steps"], found["short"]) == (None, "6")
    assert client.get(page, {"to": "qualified", "e_8.2": "viel"}).status_code == 422


# ── spreadsheet ────────────────────────────────────────────────────────────────────────────────────────


def filled(content, **cells):
    """Return the spreadsheet with cells of rows filled: id with _ for . → values by header."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book["改进清单"]
    head = next(row for row in page.iter_rows() if row[0].value == "编号")
    column = {cell.value: cell.column for cell in head}
    rows = {str(row[0].value): row[0].row for row in page.iter_rows() if row[0].value}
    for id_, values in cells.items():
        for header, value in values.items():
            page.cell(rows[id_.replace("_", ".")], column[header]).value = value
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("改进清单.xlsx", out.getvalue())


PLAN = {"改进措施": "补齐台账", "责任人": "张三", "完成时限": "15个工作日"}


def test_spreadsheet_goes_out_and_comes_back(cast, client_for):
    evaluation, staff = made.opened(cast), client_for(cast.staff)
    made.plan(cast, evaluation, ["3.2"])
    taken = staff.post(url("take-plan", evaluation.pk))
    days = {"1_1": PLAN, "4_1": {**PLAN, "完成时限": dt.date(2026, 7, 1)}}
    sent = staff.post(url("upload-plan", evaluation.pk), {"file": filled(taken.content, **days)})
    assert (sent.status_code, sent.url) == (302, home(evaluation))
    rows = [made.of(evaluation, id_) for id_ in ("1.1", "3.2", "4.1", "10.1")]
    assert [(row.measure, row.deadline) for row in rows] == [
        ("补齐台账", dt.date(2026, 6, 10)), ("补齐台账", evaluation.improvement.due),
        ("补齐台账", dt.date(2026, 7, 1)), ("", None),
    ]  # fmt: skip


def test_spreadsheet_names_every_fault_at_its_cell(cast, client_for):
    evaluation, staff = made.opened(cast), client_for(cast.staff)
    taken = staff.post(url("take-plan", evaluation.pk))
    wrong = {
        "1_1": {**PLAN, "完成时限": "下周"}, "3_2": {**PLAN, "完成时限": "2030-01-01"},
        "4_1": {**PLAN, "责任人": "张" * 61}, "10_1": {**PLAN, "改进措施": "=1+1"},
    }  # fmt: skip
    refused = staff.post(url("upload-plan", evaluation.pk), {"file": filled(taken.content, **wrong)})
    errors = refused.context["form"].errors["file"]
    assert (refused.status_code, len(errors)) == (422, 4)
    assert all("改进清单.xlsx 改进清单!" in error for error in errors)
    assert made.of(evaluation, "1.1").measure == ""


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"<html>"])
def test_hostile_spreadsheet_is_refused(cast, client_for, content):
    evaluation, staff = made.opened(cast), client_for(cast.staff)
    sent = {"file": SimpleUploadedFile("x.xlsx", content)}
    assert staff.post(url("upload-plan", evaluation.pk), sent).status_code == 422


# ── archive, statements ────────────────────────────────────────────────────────────────────────────────


def test_document_for_the_archive_is_json(cast):
    evaluation = made.reported(cast)
    assert document_of(evaluation) is None
    course.open_improvement(act(cast, "staff"), seen(cast, "staff", evaluation))
    made.plan(cast, evaluation)
    made.report(cast, evaluation, caption="值班表")
    made.draw(cast, evaluation, count=5)
    made.recheck(cast, evaluation)
    made.propose(cast, evaluation)
    made.close(cast, evaluation)
    found = json.loads(json.dumps(document_of(panels.fresh(evaluation))))
    assert [row["criterion"] for row in found["measures"]] == list(FEW)
    assert found["measures"][0]["rechecks"][0]["points"] == "2"
    assert (found["sample"]["sampled"], found["closing"]["closed_by"]) == (5, cast.lead.name)


COUNTS = {"staff": 12, "officer": 11, "lead": 12, "member": 12}


def counted(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    return len(statements)


def test_statements_of_the_pages_do_not_grow(cast, client_for):
    evaluation = made.opened(cast, ("1.1",))
    few = {name: counted(client_for(getattr(cast, name)), home(evaluation)) for name in COUNTS}
    plan = counted(client_for(cast.staff), url("write-plan", evaluation.pk))
    path = counted(client_for(cast.staff), url("path", evaluation.pk))
    assert (few, plan, path) == (COUNTS, 9, 7)


def test_statements_are_as_many_for_all_findings(cast, client_for):
    evaluation = made.opened(cast, FAILED)
    made.plan(cast, evaluation)
    made.report(cast, evaluation, "1.1", "1.2", caption="值班表")
    made.recheck(cast, evaluation, "1.1")
    found = {name: counted(client_for(getattr(cast, name)), home(evaluation)) for name in COUNTS}
    assert found == COUNTS
