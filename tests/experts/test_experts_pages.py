"""Pages of the pool: filters, adding, correcting, removing and returning experts."""

import datetime as dt

import pytest
from tests.experts.test_experts import add
from tests.server.cast import NOW

from zhiping.experts.actions import expert as actions
from zhiping.experts.models import Affiliation, Expert, Training
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event


@pytest.fixture
def officer(cast, client_for):
    return client_for(cast.officer)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def typed(cast, **given):
    values = {
        "name": "张三", "keeper": cast.organisation("province").pk, "region": "150100",
        "employer": "省计量院", "title_held": "高级工程师", "experienced": "no",
        "fields_known": ["metrology", "law"],
        "key": uuid7(),
    }  # fmt: skip
    return values | given


def test_expert_is_entered_and_shown(cast, officer):
    answer = officer.post("/experts/add", typed(cast))
    expert = Expert.objects.get(name="张三")
    assert answer.url == f"/experts/{expert.pk}"
    text = page(officer, answer.url)
    assert "计量、法律" in text or "法律、计量" in text
    assert (expert.experience, expert.title, expert.keeper.name) == ("", "高级工程师", "自治区市场监督管理局")


def test_experience_that_is_claimed_is_named(cast, officer):
    answer = officer.post("/experts/add", typed(cast, experienced="yes"))
    assert answer.status_code == 422
    assert "请写明参与过哪些平台" in answer.content.decode()


def test_form_shows_the_current_entry(cast, officer):
    expert = add(cast, fields=["law"], experience=None, title="研究员")
    text = page(officer, f"/experts/{expert.pk}/change")
    assert 'value="研究员"' in text
    answer = officer.post(f"/experts/{expert.pk}/change", typed(cast, experienced="", name="李四"))
    expert.refresh_from_db()
    assert (answer.status_code, expert.name, expert.experience) == (302, "李四", None)


FILTERS = [
    ("", {"专家组长", "专家成员一", "专家成员二", "专家候补"}),
    ("q=组长", {"专家组长"}),
    ("q=第1检测院", {"专家成员一"}),
    ("field=law", {"专家候补"}),
    ("trained_on=2029-01-01", set()),
    ("trained_on=2026-06-01", {"专家组长", "专家成员一", "专家成员二", "专家候补"}),
    ("experience=yes", {"专家组长"}),
    ("free_of=甲一质量服务中心", {"专家组长", "专家成员二", "专家候补"}),
    ("region=150200", set()),
    ("standing=left", {"离库者"}),
    ("standing=all&q=离库", {"离库者"}),
]


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_pool_is_narrowed(cast, officer, query, names):
    Affiliation.objects.create(expert=cast.expert("member"), organisation="甲一质量服务中心")
    cast.expert("substitute").fields.create(field="law")
    left = add(cast, name="离库者")
    actions.leave_pool(Act(cast.officer, NOW), expert=left, reason="退休")
    text = page(officer, f"/experts/?{query}")
    everybody = {"专家组长", "专家成员一", "专家成员二", "专家候补", "离库者"}
    assert {name for name in everybody if f">{name}</a>" in text} == names


def test_pool_is_exported_whole(cast, officer):
    answer = officer.post("/experts/", {"export": "xlsx"})
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")


def test_training_is_recorded_corrected_and_removed(cast, officer):
    expert = add(cast)
    here = f"/experts/{expert.pk}"
    assert officer.post(f"{here}/trainings/add", {"topic": "培训", "date": "2026-01-01"}).url == here
    row = Training.objects.get(expert=expert)
    wrong = {"topic": "培训", "date": "2026-01-01", "valid_until": "2025-01-01"}
    assert officer.post(f"{here}/trainings/{row.pk}", wrong).status_code == 422
    assert officer.post(f"{here}/trainings/{row.pk}", wrong | {"valid_until": "2027-01-01"}).url == here
    assert "2027-01-01" in page(officer, here)
    assert officer.post(f"{here}/trainings/{row.pk}/remove").url == here
    assert "没有培训记录" in page(officer, here)


def test_training_of_another_entry_is_not_there(cast, officer):
    expert, other = add(cast), cast.expert("lead")
    row = Training.objects.get(expert=other)
    page(officer, f"/experts/{expert.pk}/trainings/{row.pk}", status=404)


def test_affiliation_names_an_operator_by_name(cast, officer):
    expert = add(cast)
    here = f"/experts/{expert.pk}"
    wrong = officer.post(f"{here}/affiliations/add", {"operator": "没有这个单位"})
    assert wrong.status_code == 422
    assert officer.post(f"{here}/affiliations/add", {"operator": "甲一质量服务中心"}).url == here
    row = Affiliation.objects.get(expert=expert)
    assert row.operator == cast.organisation("a1")
    assert (
        officer.post(f"{here}/affiliations/{row.pk}", {"organisation": "乙院", "until": "2024-01-01"}).url
        == here
    )
    assert "乙院" in page(officer, here)
    assert officer.post(f"{here}/affiliations/{row.pk}/remove").url == here
    assert Affiliation.objects.count() == 0


def test_leaving_and_returning(cast, officer):
    expert = add(cast)
    here = f"/experts/{expert.pk}"
    assert officer.post(f"{here}/leave", {"reason": ""}).status_code == 422
    assert officer.post(f"{here}/leave", {"reason": "退休"}).url == here
    assert "已离库" in page(officer, here)
    assert officer.post(f"{here}/return", {"reason": "返聘"}).url == here
    assert "已离库" not in page(officer, here)


def test_expert_finds_and_corrects_the_own_entry(cast, client_for):
    lead = client_for(cast.lead)
    here = f"/experts/{cast.expert('lead').pk}"
    assert lead.get("/experts/me").url == here
    assert f"{here}/contact" in page(lead, here)
    assert lead.post(f"{here}/contact", {"phone": "13812345678", "email": ""}).url == here
    assert cast.expert("lead").phone == "13812345678"
    assert lead.get(f"{here}/change").status_code == 403
    assert lead.get(f"/experts/{cast.expert('member').pk}").status_code == 404
    assert client_for(cast.outsider).get("/experts/me").status_code == 404


def test_account_is_opened_and_the_invitation_follows(cast, officer):
    expert = add(cast, phone="13900001111")
    answer = officer.post(f"/experts/{expert.pk}/account", {"username": "", "key": uuid7()})
    expert.refresh_from_db()
    assert expert.user.phone == "13900001111"
    opened = Event.objects.get(name="expert.account_opened")
    assert Event.objects.get(head=expert.user_id, name="user.added").data["cause"] == str(opened.pk)
    assert answer.url == f"/people/{expert.user_id}/invite"
    assert officer.get(answer.url).status_code == 200
    assert officer.post(f"/experts/{expert.pk}/account", {"username": "zweite"}).status_code == 422


def test_operators_head_ties_own_people_to_staff_accounts(cast, client_for):
    head, own = client_for(cast.head), add(cast, by="head", keeper="a1", name="甲一运营人员")
    here = f"/experts/{own.pk}"
    assert head.post(f"{here}/account", {"person": cast.staff_b.pk}).status_code == 422
    assert head.post(f"{here}/account", {"person": cast.staff.pk}).url == here
    own.refresh_from_db()
    assert own.user == cast.staff


def test_operators_head_enters_own_people(cast, client_for):
    head = client_for(cast.head)
    answer = head.post(
        "/experts/add", {"name": "王五", "employer": "甲一", "keeper": cast.organisation("a1").pk}
    )
    expert = Expert.objects.get(name="王五")
    assert (answer.status_code, expert.region_id) == (302, "150102")
    assert "王五" in page(head, "/experts/")


@pytest.mark.parametrize("who", ["staff", "outsider", "lead", "administrator", "auditor"])
def test_other_users_cannot_add_experts(cast, client_for, who):
    client = client_for(getattr(cast, who))
    assert client.get("/experts/add").status_code == 403
    assert client.post("/experts/add", typed(cast)).status_code == 403
    assert not Expert.objects.filter(name="张三").exists()


def test_officer_below_sees_the_pool_above_and_changes_nothing(cast, client_for):
    client, here = client_for(cast.officer_a), f"/experts/{cast.expert('lead').pk}"
    assert f"{here}/change" not in page(client, here)
    assert client.get(f"{here}/change").status_code == 403


@pytest.mark.parametrize("size", [1, 3, 60])
def test_pages_take_the_same_statements_at_any_size(cast, officer, django_assert_num_queries, size):
    for n in range(size):
        one = add(cast, name=f"专家{n}", fields=["law", "testing"])
        actions.write_training(Act(cast.officer, NOW), expert=one, topic="培训", date=dt.date(2026, 1, 1))
        actions.write_affiliation(Act(cast.officer, NOW), expert=one, operator=cast.organisation("a1"))
    for address, statements in (("/experts/", 7), (f"/experts/{one.pk}", 10)):
        officer.get(address)
        with django_assert_num_queries(statements):
            officer.get(address)
