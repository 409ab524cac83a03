"""Import and export of the pool: a round trip changes nothing, faults are reported with their cells."""

import datetime as dt
import io

import openpyxl
import pytest
from tests.experts.test_experts import add, recorded
from tests.server.cast import NOW

from zhiping.domain.errors import Invalid
from zhiping.experts.actions import expert as actions
from zhiping.experts.models import Expert
from zhiping.experts.queries import Span, spans
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event

HEADER = ["姓名", "电话", "工作单位", "地区", "职称", "专业领域", "平台经验", "培训记录", "任职单位"]


@pytest.fixture
def officer(cast, client_for):
    return client_for(cast.officer)


def book(*rows, header=HEADER):
    workbook = openpyxl.Workbook()
    for row in (header, *rows):
        workbook.active.append(row)
    content = io.BytesIO()
    workbook.save(content)
    content.seek(0)
    content.name = "专家.xlsx"
    return content


def upload(client, content):
    answer = client.post("/experts/import", {"file": content})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return answer.url


def confirm(client, address):
    seen = client.get(address).context["seen"]
    return client.post(address, {"seen": seen})


ROW = [
    "张三", "13900001111", "省计量院", "呼和浩特市", "高级工程师", "计量；法律", "参与甲市平台建设",
    "评价培训（2026-01-10～2028-01-09）；复训（2026年3月1日）",
    "甲一质量服务中心（2020-01-01～2023-05-01）；乙院",
]  # fmt: skip


def test_new_experts_come_with_trainings_and_affiliations(cast, officer):
    assert confirm(officer, upload(officer, book(ROW))).url == "/experts/"
    expert = Expert.objects.get(name="张三")
    assert (expert.keeper, expert.region_id) == (cast.organisation("province"), "150100")
    assert sorted(expert.fields.values_list("field", flat=True)) == ["law", "metrology"]
    assert list(expert.trainings.order_by("date").values_list("topic", "date", "valid_until")) == [
        ("评价培训", dt.date(2026, 1, 10), dt.date(2028, 1, 9)),
        ("复训", dt.date(2026, 3, 1), None),
    ]
    ties = {t.organisation: (t.operator, t.since, t.until) for t in expert.affiliations.all()}
    assert ties == {
        "甲一质量服务中心": (cast.organisation("a1"), dt.date(2020, 1, 1), dt.date(2023, 5, 1)),
        "乙院": (None, None, None),
    }
    event = Event.objects.get(head=expert.pk)
    ties = recorded(event, "experts_affiliation")
    assert (event.name, ties[1]["organisation"]) == ("expert.added", [None, "乙院"])


def test_export_imports_unchanged(cast, officer):
    confirm(officer, upload(officer, book(ROW)))
    unknown, none = add(cast, name="未说明者", experience=None), add(cast, name="没有者", experience="")
    content = io.BytesIO(officer.post("/experts/export").content)
    content.name = "专家.xlsx"
    page = officer.get(upload(officer, content))
    assert dict(page.context["counts"]) == {"wrong": 0, "add": 0, "change": 0, "unchanged": 7}
    assert {unknown.experience, none.experience} == {None, ""}


def test_listed_facts_are_added_and_days_corrected(cast, officer):
    confirm(officer, upload(officer, book(ROW)))
    again = [*ROW[:7], "评价培训（2026-01-10～2029-01-09）；三训（2026-05-01）", "乙院（～2026-05-01）"]
    confirm(officer, upload(officer, book(again)))
    expert = Expert.objects.get(name="张三")
    assert set(expert.trainings.values_list("topic", "valid_until")) == {
        ("评价培训", dt.date(2029, 1, 9)),
        ("复训", None),
        ("三训", None),
    }
    assert set(expert.affiliations.values_list("organisation", "until")) == {
        ("甲一质量服务中心", dt.date(2023, 5, 1)),
        ("乙院", dt.date(2026, 5, 1)),
    }
    assert Event.objects.filter(head=expert.pk).latest("seq").name == "expert.changed"


def test_subset_of_stored_values_changes_nothing(cast, officer):
    confirm(officer, upload(officer, book(ROW)))
    page = officer.get(upload(officer, book([*ROW[:7], "复训（2026-03-01）", "无"])))
    assert dict(page.context["counts"])["unchanged"] == 1


@pytest.mark.parametrize(
    ("cell", "stored"), [("无", ""), ("", None), ("未说明", None), ("not stated", None), ("甲市", "甲市")]
)
def test_experience_is_named_none_or_not_stated(cast, officer, cell, stored):
    confirm(officer, upload(officer, book([*ROW[:6], cell, "", ""])))
    assert Expert.objects.get(name="张三").experience == stored


def test_all_faults_are_reported_and_nothing_is_written(cast, officer):
    faults = [
        ["", "1", "甲", "呼和浩特市"],
        ["李四", "", "", "呼和浩特市"],
        ["王五", "", "乙", "没有这个地区"],
        ["赵六", "", "乙", "呼和浩特市", "", "占卜"],
        ["钱七", "", "乙", "呼和浩特市", "", "", "", "评价培训"],
        ["孙八", "", "乙", "呼和浩特市", "", "", "", "评价培训（2026-02-30）"],
        ["周九", "", "乙", "呼和浩特市", "", "", "", "", "丙院（2026-05-01～2020-01-01）"],
        ["专家组长", "", "甲", ""],
        ["专家组长", "", "甲", ""],
        ["吴十", "", "长" * 121, ""],
    ]
    page = officer.get(upload(officer, book(*faults)))
    told = {row["number"] for row in page.context["rows"] if row["problems"]}
    assert told == {2, 3, 4, 5, 6, 7, 8, 10, 11}
    assert dict(page.context["counts"])["wrong"] == 9
    before = Expert.objects.count()
    assert confirm(officer, page.request["PATH_INFO"]).status_code == 409
    assert Expert.objects.count() == before


def test_namesakes_are_distinguished_by_telephone(cast, officer):
    add(cast, name="张三", phone="13900000001")
    add(cast, name="张三", phone="13900000002")
    page = officer.get(upload(officer, book(["张三", "", "甲", ""])))
    assert "请填写电话以便区分" in page.content.decode()
    rows = ["张三", "139 0000 0002", "乙", ""], ["张 三", "+86 139-0000-0003", "丙", ""]
    page = officer.get(upload(officer, book(*rows)))
    assert dict(page.context["counts"]) == {"wrong": 0, "add": 1, "change": 1, "unchanged": 0}


def test_pool_that_moved_since_the_preview_is_not_overwritten(cast, officer):
    expert = add(cast, name="张三", phone="13900001111")
    address = upload(officer, book(ROW))
    seen = officer.get(address).context["seen"]
    actions.change_expert(Act(cast.officer, NOW), expert=expert, title="研究员")
    answer = officer.post(address, {"seen": seen})
    assert answer.status_code == 409
    expert.refresh_from_db()
    assert expert.title == "研究员"


def test_operators_head_imports_own_people(cast, client_for):
    head = client_for(cast.head)
    header = [name for name in HEADER if name != "地区"]
    confirm(head, upload(head, book(["王五", "", "甲一"], header=header)))
    own = Expert.objects.get(name="王五")
    assert (own.keeper, own.region_id) == (cast.organisation("a1"), "150102")


@pytest.mark.parametrize("who", ["staff", "lead", "outsider", "administrator", "auditor"])
def test_other_users_cannot_import_or_export(cast, client_for, who):
    client = client_for(getattr(cast, who))
    answers = [client.get("/experts/import"), client.post("/experts/export")]
    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("培训（2026-01-10）", Span("培训", dt.date(2026, 1, 10))),
        ("培训(2026.1.10至2028年1月9日)", Span("培训", dt.date(2026, 1, 10), dt.date(2028, 1, 9))),
        ("Course (2026-01-10 to 2028-01-09)", Span("Course", dt.date(2026, 1, 10), dt.date(2028, 1, 9))),
    ],
)
def test_training_is_read_as_people_write_it(text, expected):
    assert spans(training=True)(text) == (expected,)
    assert spans(training=True)(str(expected)) == (expected,)


@pytest.mark.parametrize(
    ("training", "text", "code"),
    [
        (True, "培训（2190-01-10）", "dates.future"),
        (True, "培训（2026-01-10～2026-01-09）", "dates.training"),
        (True, "培训", "experts.span"),
        (False, "丙院（2026-05-01～2020-01-01）", "dates.affiliation"),
    ],
)
def test_impossible_dates_of_a_cell_are_refused(training, text, code):
    with pytest.raises(Invalid) as caught:
        spans(training=training)(text)
    assert [p.code for p in caught.value.problems] == [code]
