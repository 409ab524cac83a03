"""Whole spreadsheets into the register: every fault at its cell, all at once; all or nothing; round trips."""

import datetime as dt
import io
import os
import time
from dataclasses import replace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.registry import sheets
from tests.server.cast import NOW, TODAY

from zhiping.accounts.actions import organisations, regions
from zhiping.accounts.models import Organisation, Region
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event, Head, Leaf
from zhiping.registry import actions
from zhiping.registry.models import Platform, Site
from zhiping.registry.sheets import platform_sheet
from zhiping.texts.catalogue import speaking
from zhiping.web import importing
from zhiping.web.importing import files, plan, uploads
from zhiping.web.importing.uploads import Table
from zhiping.web.texts import problem

IMPORT = "registry:import-platforms"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.IMPORTS = tmp_path / "imports"


@pytest.fixture
def register(cast):
    """The cast, with what the faults need: two regions of one name, one of others, operators with codes."""
    divisions = {
        "150198": {"name": "同名区"}, "150298": {"name": "同名区"}, "110000": {"name": "北京市"},
        "110100": {"name": "市辖区"}, "110101": {"name": "东城区"},
    }  # fmt: skip
    regions.load_regions(Act.clock(NOW), divisions=divisions)
    for name, code, region in (
        ("有代码的服务中心", sheets.code(902), "150102"),
        ("别人的服务中心", sheets.code(900), "150102"),
        ("外地服务中心", "", "110101"),
    ):
        organisations.add_organisation(
            Act.clock(NOW), kind="operator", name=name, code=code, region=Region.objects.get(code=region)
        )
    return cast


def received(content, user, name="平台.xlsx"):
    """Return what the server stores of an uploaded file."""
    return uploads.receive(SimpleUploadedFile(name, content), user.pk, "registry.platform_sheet")


def planned(content, user):
    """What importing a file would do."""
    return importing.steps(platform_sheet(user, TODAY), received(content, user).table)


def confirm(content, user, seen=None, **changes):
    """Import a file as it was seen."""
    upload = received(content, user)
    sheet = platform_sheet(user, TODAY)
    seen = seen or plan.digest(importing.steps(sheet, upload.table))
    given = {"act": Act(user, NOW, upload.id), "sheet": sheet, "upload": upload, "seen": seen}
    actions.import_platforms(**given | changes)
    return given | changes


def counts():
    return [model.objects.count() for model in (Platform, Organisation, Site, Head, Event, Leaf)]


def faults(found):
    return [(p.where[1], p.code) for step in found for p in step.row.problems]


def test_all_faults_of_a_large_sheet_are_reported_with_their_cells(register):
    rows = [sheets.good(number) for number in range(3000)]
    expected = []
    for at, (cells, wrong) in enumerate(sheets.FAULTS.values()):
        rows[60 * at + 7] |= cells
        expected += [(f"{sheets.PLACES[key]}{60 * at + 9}", code) for key, code in wrong]
    before = counts()
    found = planned(sheets.book(rows), register.officer)
    assert faults(found) == expected
    assert len(sheets.FAULTS) >= 40
    assert len(found) == 3000
    assert counts() == before


@pytest.mark.parametrize("name", sheets.ACCEPTED)
def test_spellings_of_people_are_understood(register, name):
    cells, values = sheets.ACCEPTED[name]
    (step,) = planned(sheets.book([sheets.good(1, **cells)]), register.officer)
    assert step.row.problems == []
    assert {key: step.row.values[key] for key in values} == values
    assert step.row.values["region"].code == "150102"


def test_fault_names_the_value_and_the_allowed_values(register):
    content = sheets.book([sheets.good(1, channel="电话"), sheets.good(2, region="同名区")])
    said = [problem(p) for step in planned(content, register.officer) for p in step.row.problems]
    assert said == [
        "服务平台 E2 “电话”不在可选范围内；可填：线下、线上、线上线下",
        "服务平台 D3 “同名区”不止一处；请写明是哪一处：呼和浩特市同名区（150198）、包头市同名区（150298）",
    ]


def test_a_merged_cell_counts_for_its_first_row_only(register):
    rows = [sheets.good(1), sheets.good(2, operator=None)]
    content = sheets.book(rows, change=lambda sheet: sheet.merge_cells("B2:B3"))
    assert faults(planned(content, register.officer)) == [("B3", "importing.required")]


def hide(sheet):
    for letter in "ADG":
        sheet.column_dimensions[letter].hidden = True
    sheet.row_dimensions[3].hidden = True


@pytest.mark.parametrize(
    "content",
    [
        sheets.book([sheets.good(1), sheets.good(2)], change=hide),
        sheets.book([sheets.good(1), None, {}, sheets.good(2)]),
        sheets.book([sheets.good(1), sheets.good(2)], first=4, change=lambda s: s.cell(1, 1, "平台一览表")),
        sheets.book([sheets.good(1), sheets.good(2)], title="Sheet1"),
        sheets.book([sheets.good(1), sheets.good(2)], change=lambda s: s.cell(1, 20, "备注")),
    ],
    ids=["hidden", "blank rows", "a title above", "another worksheet name", "another column"],
)
def test_harmless_shapes_are_read(register, content):
    assert [(step.kind, step.row.problems) for step in planned(content, register.officer)] == [
        ("add", [])
    ] * 2


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda s: s.delete_cols(1), ["book.no_column"]),
        (lambda s: s.cell(1, 1, "名称"), ["book.no_column"]),
        (lambda s: s.cell(1, 12, "服务平台"), ["book.double_column"]),
        (lambda s: s.delete_rows(1), ["book.no_column"] * 4),
        (lambda s: s.delete_rows(2, 9), ["importing.empty"]),
    ],
    ids=["missing", "renamed", "doubled", "no header", "no rows"],
)
def test_a_header_that_is_not_ours_is_refused_whole(register, change, codes):
    with pytest.raises(Invalid) as refused:
        planned(sheets.book([sheets.good(1)], change=change), register.officer)
    assert [p.code for p in refused.value.problems] == codes


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "book.not_spreadsheet"), (b"PK\3\4 no", "book.damaged"), (b"a,b\n1,2", "book.not_spreadsheet")],
)
def test_a_file_that_is_no_spreadsheet_is_refused(register, content, code):
    with pytest.raises(Invalid) as refused:
        received(content, register.officer)
    assert [(p.code, p.where) for p in refused.value.problems] == [(code, ("平台.xlsx",))]


def test_a_sheet_is_imported_whole_with_new_operators_and_sites(register):
    before = Organisation.objects.count()
    confirm(sheets.book([sheets.good(number) for number in range(5)]), register.officer)
    made = Platform.objects.filter(name__startswith="第").order_by("name")
    assert [(p.operator.name, p.operator.code, p.region_id, p.channel) for p in made] == [
        (f"第{n}号服务中心", sheets.code(n), "150102", "both") for n in range(5)
    ]
    assert {(p.service_start, p.last_evaluated, p.last_grade, p.due, p.due_warning) for p in made} == {
        (dt.date(2023, 3, 1), dt.date(2025, 9, 10), "qualified", dt.date(2026, 12, 31), dt.date(2026, 9, 10))
    }
    assert [[s.name for s in p.sites.all()] for p in made] == [["开发区工作站", "政务大厅"]] * 5
    assert Organisation.objects.count() == before + 5


def test_an_import_writes_the_same_events_and_leaves_as_single_actions(register):
    given = confirm(sheets.book([sheets.good(1)]), register.officer)
    made = Platform.objects.select_related("head").get(name="第1号一站式服务平台")
    single = actions.add_platform(
        Act(register.officer, NOW),
        name="另一平台",
        operator=made.operator,
        region=made.region,
        channel="both",
    )
    (event,), (other,) = made.head.events.all(), single.head.events.all()
    assert (made.head.size, made.head.kind, event.seq, event.name) == (1, "platform", 0, other.name)
    assert [set(e.data) for e in (event, other)] == [{"changes", "import"}, {"changes"}]
    assert set(event.data["changes"]) == {"registry_platform", "registry_site"}
    assert set(other.data["changes"]) == {"registry_platform"}
    columns = [{*e.data["changes"]["registry_platform"][str(e.head_id)]} for e in (event, other)]
    assert columns[0] == columns[1]
    assert event.data["import"] == str(given["act"].id)
    assert verification.verify(made.head) == []
    log = Event.objects.get(head=given["act"].id)
    assert (log.name, log.data["add"], log.data["change"], log.data["file"]) == (
        "import.platforms", 1, 0, "平台.xlsx",
    )  # fmt: skip


def test_import_changes_registered_platforms_and_records_the_old_values(register):
    row = {"name": "甲区一站式服务平台", "operator": "甲一质量服务中心", "region": "新城区",
           "channel": "线上", "last_evaluated": "2025-06-01", "sites": "一厅"}  # fmt: skip
    known = register.platform("a")
    confirm(sheets.book([row]), register.officer)
    now = register.platform("a")
    assert (now.channel, now.last_evaluated, now.service_start, now.due) == (
        "online", dt.date(2025, 6, 1), known.service_start, dt.date(2026, 12, 31),
    )  # fmt: skip
    event = now.head.events.get(seq=known.head.size)
    assert event.name == "platform.changed"
    assert event.data.pop("import")
    site = now.sites.get()
    recorded = {
        "channel": ["both", "online"],
        "last_evaluated": [None, "2025-06-01"],
        "due": ["2025-03-01", "2026-12-31"],
        "due_warning": ["2025-03-01", "2026-06-01"],
    }
    added = {"id": str(site.pk), "platform": str(now.pk), "name": "一厅", "address": "", "closed": None}
    assert event.data == {
        "changes": {
            "registry_platform": {str(now.pk): recorded},
            "registry_site": {str(site.pk): {name: [None, value] for name, value in added.items()}},
        }
    }
    assert now.head.size == known.head.size + 1
    assert verification.verify(now.head) == []


def test_a_blank_cell_keeps_and_a_word_for_nothing_clears(register):
    row = {
        "name": "甲区一站式服务平台",
        "operator": "甲一质量服务中心",
        "region": "新城区",
        "channel": "线上线下",
    }
    confirm(sheets.book([row | {"url": "a.example.cn", "last_evaluated": "2025-06-01"}]), register.officer)
    confirm(sheets.book([row | {"url": "无"}]), register.officer)
    now = register.platform("a")
    assert (now.url, now.last_evaluated) == ("", dt.date(2025, 6, 1))


def test_a_sheet_with_a_fault_writes_nothing(register):
    before = counts()
    content = sheets.book([sheets.good(1), sheets.good(2, channel="电话")])
    with pytest.raises(Invalid) as refused:
        confirm(content, register.officer)
    assert [p.code for p in refused.value.problems] == ["importing.faults"]
    assert counts() == before


def test_confirming_twice_imports_once(register):
    given = confirm(sheets.book([sheets.good(1)]), register.officer)
    before = counts()
    with pytest.raises(AlreadyDone):
        actions.import_platforms(**given)
    assert counts() == before


def test_a_register_that_moved_since_the_preview_is_a_conflict_that_names_the_rows(register):
    known = register.platform("a")
    row = {"name": known.name, "operator": known.operator.name, "region": "新城区", "channel": "线上"}
    content = sheets.book([sheets.good(1), row])
    upload = received(content, register.officer)
    sheet = platform_sheet(register.officer, TODAY)
    seen = importing.steps(sheet, upload.table)
    upload = replace(upload, outcomes=plan.outcomes(seen))
    actions.change_platform(Act(register.officer, NOW), platform=known, channel="offline")
    before = counts()
    act = Act(register.officer, NOW, upload.id)
    with pytest.raises(Conflict) as refused:
        actions.import_platforms(act, sheet, upload=upload, seen=plan.digest(seen))
    assert [(p.code, p.data) for p in refused.value.problems] == [("importing.changed", {"rows": [3]})]
    assert counts() == before


def test_only_officers_import_and_only_into_their_regions(register):
    content = sheets.book([sheets.good(1)])
    for name in ("administrator", "auditor", "head", "staff", "archivist", "lead", "outsider"):
        with pytest.raises(NotAllowed):
            confirm(content, getattr(register, name), seen="any")
    assert faults(planned(content, register.officer_b)) == [("D2", "registry.not_your_region")]
    assert faults(planned(content, register.officer_a)) == []


def test_export_imports_unchanged(register, client_for):
    confirm(sheets.book([sheets.good(number) for number in range(30)]), register.officer)
    actions.end_service(
        Act(register.officer, NOW), platform=register.platform("b"), ended=TODAY, reason="撤并"
    )
    client = client_for(register.officer)
    for language, cookie in (("zh", "zh-hans"), ("en", "en")):
        client.cookies["zhiping_language"] = cookie
        content = client.post(reverse("registry:platforms"), {"export": "xlsx"}).content
        with speaking(language):
            assert {step.kind for step in planned(content, register.officer)} == {"unchanged"}
            assert len(planned(content, register.officer)) == 32


def test_the_template_is_an_empty_sheet_that_can_be_filled(register, client_for):
    content = client_for(register.officer).get(reverse(IMPORT), {"template": "xlsx"}).content
    made = openpyxl.load_workbook(io.BytesIO(content))
    assert made.sheetnames == ["服务平台", "填写说明", "选项"]
    assert [cell.value for cell in made["服务平台"][1]] == list(sheets.HEADER)
    assert made["服务平台"]["A2"].value.startswith("示例：")
    assert [str(v.sqref) for v in made["服务平台"].data_validations.dataValidation] == [
        "D2:D3001", "E2:E3001", "I2:I3001",
    ]  # fmt: skip
    with pytest.raises(Invalid) as refused:
        planned(content, register.officer)
    assert [p.code for p in refused.value.problems] == ["importing.empty"]


# --- through the pages -------------------------------------------------------


def post(client, content, name="平台.xlsx"):
    return client.post(reverse(IMPORT), {"file": SimpleUploadedFile(name, content)})


def test_upload_previews_the_changes_and_confirming_makes_them(register, client_for):
    client = client_for(register.officer)
    answer = post(client, sheets.book([sheets.good(1)]))
    assert answer.status_code == 302
    page = client.get(answer.url)
    assert "同时新增运营单位“第1号服务中心”" in page.content.decode()
    assert not Platform.objects.filter(name="第1号一站式服务平台").exists()
    done = client.post(answer.url, {"seen": page.context["seen"]})
    again = client.post(answer.url, {"seen": page.context["seen"]})
    assert (done.url, again.url) == (reverse("registry:platforms"),) * 2
    assert Platform.objects.filter(name="第1号一站式服务平台").count() == 1


def test_a_faulty_file_offers_itself_with_its_problems(register, client_for):
    client = client_for(register.officer)
    where = post(client, sheets.book([sheets.good(1), sheets.good(2, channel="电话")])).url
    page = client.get(where)
    assert "确认导入" not in page.content.decode()
    assert client.post(where, {"seen": page.context["seen"]}).status_code == 409
    made = openpyxl.load_workbook(io.BytesIO(client.get(where, {"problems": "xlsx"}).content)).active
    assert [made.cell(row, 11).value for row in (1, 2, 3)] == [
        "问题", None, "服务平台 E3 “电话”不在可选范围内；可填：线下、线上、线上线下",
    ]  # fmt: skip
    mended = io.BytesIO()
    made["E3"] = "线上"
    made.parent.save(mended)
    assert [step.kind for step in planned(mended.getvalue(), register.officer)] == ["add", "add"]


def test_unreadable_file_is_reported_on_the_form(register, client_for):
    answer = post(client_for(register.officer), b"nothing")
    assert answer.status_code == 422
    assert "不是电子表格文件" in answer.content.decode()


def test_upload_belongs_to_its_user(register, client_for):
    where = post(client_for(register.officer), sheets.book([sheets.good(1)])).url
    assert client_for(register.officer_a).get(where).status_code == 404
    assert client_for(register.head).get(where).status_code == 403


def test_an_upload_is_forgotten_after_a_day(register, client_for, settings):
    client = client_for(register.officer)
    where = post(client, sheets.book([sheets.good(1)])).url
    (kept,) = settings.IMPORTS.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    os.utime(kept, (0, 0))
    post(client, sheets.book([sheets.good(2)]))
    assert client.get(where).status_code == 404


def test_columns_that_are_not_read_are_named(register, client_for):
    client = client_for(register.officer)
    where = post(client, sheets.book([sheets.good(1)], change=lambda s: s.cell(1, 12, "网站"))).url
    assert "以下各列不会读取：网站" in client.get(where).content.decode()


def test_rows_that_a_filter_hides_are_named(register, client_for):
    client = client_for(register.officer)

    def hide(page):
        page.row_dimensions[3].hidden = True

    where = post(client, sheets.book([sheets.good(1), sheets.good(2)], change=hide)).url
    assert "有 1 行在表格中被筛选或隐藏，也会读取（第 3 行）" in client.get(where).content.decode()
    where = post(client, sheets.book([sheets.good(1), sheets.good(2)])).url
    assert "被筛选或隐藏" not in client.get(where).content.decode()


def test_worksheets_that_are_not_read_are_named(register, client_for):
    client = client_for(register.officer)

    def copy(page):
        page.parent.copy_worksheet(page).title = "去年"
        page.parent.create_sheet("填写说明").append(["服务平台", "填全称"])

    where = post(client, sheets.book([sheets.good(1)], change=copy)).url
    shown = client.get(where).content.decode()
    assert "这些工作表也有内容，不会读取：去年。" in shown


@pytest.mark.parametrize("rows", [1, 3, 60])
def test_statements_of_a_preview_do_not_grow(register, client_for, rows, django_assert_num_queries):
    client = client_for(register.officer)
    where = post(client, sheets.book([sheets.good(number) for number in range(rows)])).url
    with django_assert_num_queries(9):
        assert client.get(where).status_code == 200


# --- operators and regions ---------------------------------------------------


def sheet_of(header, rows):
    made = openpyxl.Workbook()
    for row in (header, *rows):
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def through_pages(client, name, content):
    answer = client.post(reverse(f"registry:{name}"), {"file": SimpleUploadedFile("a.xlsx", content)})
    page = client.get(answer.url)
    return page, client.post(answer.url, {"seen": page.context["seen"]})


OPERATORS = ("运营单位", "统一社会信用代码", "地区", "地址", "联系人", "电话")


def test_operators_are_added_renamed_by_code_or_unchanged(register, client_for):
    client = client_for(register.officer_a)
    rows = [
        ["新服务中心", sheets.code(5), "新城区", "某路1号", "某人", "0471-6912345"],
        ["改名服务中心", sheets.code(902), "新城区"],
        ["甲一质量服务中心", "", "呼和浩特市新城区"],
    ]
    page, done = through_pages(client, "import-operators", sheet_of(OPERATORS, rows))
    assert dict(page.context["counts"]) == {"wrong": 0, "add": 1, "change": 1, "unchanged": 1}
    assert done.status_code == 302
    renamed = Organisation.objects.select_related("head").get(code=sheets.code(902))
    assert (renamed.name, renamed.head.size) == ("改名服务中心", 2)
    names = ["有代码的服务中心", "改名服务中心"]
    recorded = {"name": names, "name_key": names}
    data = renamed.head.events.get(seq=1).data
    assert data == {"changes": {"accounts_organisation": {str(renamed.pk): recorded}}}
    added = Organisation.objects.get(name="新服务中心")
    assert (added.kind, added.contact, added.phone, added.region_id) == (
        "operator",
        "某人",
        "04716912345",
        "150102",
    )


PLATFORMS = ("服务平台", "运营单位", "地区", "服务方式")


def test_names_written_in_another_width_are_the_same(register, client_for):
    client, place = client_for(register.officer_a), "呼和浩特市新城区"
    rows = [
        ["测平台（一）", "某某（集团）服务中心", place, "线下"],
        ["测平台(一)", "某某(集团)服务中心", place, "线下"],
        ["测平台二", "某某 (集团) 服务中心", place, "线下"],
    ]
    page, _ = through_pages(client, "import-platforms", sheet_of(PLATFORMS, rows))
    assert dict(page.context["counts"])["wrong"] == 1
    page, done = through_pages(client, "import-platforms", sheet_of(PLATFORMS, [rows[0], rows[2]]))
    assert done.status_code == 302
    assert Organisation.objects.filter(name__contains="集团").count() == 1
    page, _ = through_pages(client, "import-platforms", sheet_of(PLATFORMS, [rows[1]]))
    assert dict(page.context["counts"]) == {"wrong": 0, "add": 0, "change": 0, "unchanged": 1}


def test_operators_of_others_and_names_and_codes_of_two_are_faults(register, client_for):
    rows = [
        ["外地服务中心", "", "新城区"],
        ["甲市市场监督管理局", "", "新城区"],
        ["甲一质量服务中心", sheets.code(900), "新城区"],
        ["重名", "", "新城区"],
        ["重名", "", "新城区"],
    ]
    page, done = through_pages(client_for(register.officer_a), "import-operators", sheet_of(OPERATORS, rows))
    found = [(r["number"], len(r["problems"])) for r in page.context["rows"]]
    assert found == [(2, 1), (3, 1), (4, 1), (6, 1)]
    assert done.status_code == 409


def test_regions_are_imported_by_administrators(register, client_for):
    rows = [["120000", "天津市", "Tianjin"], ["120101", "和平区", ""], ["150102", "新城区", ""]]
    content = sheet_of(("代码", "名称", "英文名称"), rows)
    page, done = through_pages(client_for(register.administrator), "import-regions", content)
    assert dict(page.context["counts"]) == {"wrong": 0, "add": 2, "change": 0, "unchanged": 1}
    assert done.status_code == 302
    assert Region.objects.get(code="120101").parent_id == "120000"
    assert client_for(register.officer).get(reverse("registry:import-regions")).status_code == 403


def test_regions_without_a_province_or_with_bad_codes_are_faults(register, client_for):
    rows = [["130100", "石家庄市"], ["1501", "短"], ["150102", "新城区"], ["150102", "新城区"]]
    page, _ = through_pages(
        client_for(register.administrator), "import-regions", sheet_of(("代码", "名称"), rows)
    )
    assert [r["number"] for r in page.context["rows"]] == [2, 3, 5]


def test_one_person_leaves_so_many_uploads_and_no_more(register, client_for, tmp_path, monkeypatch):
    tmp_path /= "imports"
    monkeypatch.setattr(uploads, "MOST_KEPT", 3)
    others = post(client_for(register.officer_a), sheets.book([sheets.good(1)])).url
    client = client_for(register.officer)
    wheres = []
    for number in range(4):
        wheres.append(post(client, sheets.book([sheets.good(1)])).url)
        for path in tmp_path.glob(f"*{wheres[-1].rstrip('/').rpartition('/')[2]}*"):
            os.utime(path, (time.time() - 100 + number,) * 2)
    assert [client.get(where).status_code for where in wheres] == [404, 200, 200, 200]
    assert client_for(register.officer_a).get(others).status_code == 200
    monkeypatch.setattr(uploads, "ROOM", 1)
    last = post(client, sheets.book([sheets.good(1)])).url
    assert [client.get(where).status_code for where in (*wheres, last)] == [404, 404, 404, 404, 200]


@pytest.mark.parametrize("kind", ["nonsense", "", "add/../x", "错"])
def test_unknown_kind_of_row_shows_the_first_there_are(register, client_for, kind):
    client = client_for(register.officer)
    where = post(client, sheets.book([sheets.good(1)])).url
    answer = client.get(where, {"kind": kind})
    assert (answer.status_code, answer.context["kind"]) == (200, "add")


@pytest.mark.parametrize("title", ["a/b", "[x]", "it's'", "'", "History", "甲" * 40, "a:b*c?"])
def test_faulty_file_is_returned_whatever_the_name_of_its_sheet(register, title):
    table = Table(title, [list(sheets.HEADER), ["x"] * len(sheets.HEADER)], frozenset())
    sheet = platform_sheet(register.officer, today=TODAY)
    made = openpyxl.load_workbook(io.BytesIO(files.faulty(sheet, table, plan.steps(sheet, table)).content))
    assert made.active.cell(1, 11).value == "问题"
