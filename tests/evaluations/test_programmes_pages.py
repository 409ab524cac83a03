"""Pages of programmes and trips: from an empty list to evaluations grouped into trips."""

import datetime as dt

import pytest
from tests.evaluations.test_evaluations import many
from tests.evaluations.test_programmes import add
from tests.server.cast import NOW

from zhiping.evaluations.actions.evaluation import open_evaluations
from zhiping.evaluations.actions.programme import freeze_programme
from zhiping.evaluations.models import Evaluation, Programme, Trip
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.registry.models import Platform


@pytest.fixture
def officer(cast, client_for):
    return client_for(cast.officer_a)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_programme_is_drawn_up_from_an_empty_list(cast, officer):
    assert "还没有年度评价计划" in page(officer, "/programmes/")
    assert "自治区市场监督管理局" not in page(officer, "/programmes/add")  # not this officer's
    typed = {
        "name": "2026年度评价", "year": "2026", "authority": cast.organisation("a").pk,
        "rubric": cast.rubric.pk, "period_start": "2026-01-01", "period_end": "2026-12-31", "key": uuid7(),
    }  # fmt: skip
    answer = officer.post("/programmes/add", typed)
    programme = Programme.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/programmes/{programme.pk}")
    assert (
        officer.post("/programmes/add", typed).url == f"/programmes/{programme.pk}"
    )  # sent twice, once written
    assert Programme.objects.count() == 1
    assert "2026年度评价" in page(officer, f"/programmes/{programme.pk}")


def test_refused_form_keeps_its_input(cast, officer):
    add(cast)
    typed = {
        "name": "2026年度评价", "year": "2026", "authority": cast.organisation("a").pk,
        "rubric": cast.rubric.pk, "period_start": "2026-01-01", "period_end": "2026-12-31",
        "basis": "某某办法",
    }  # fmt: skip
    answer = officer.post("/programmes/add", typed)
    assert answer.status_code == 422
    assert "已有名为“2026年度评价”的年度评价计划" in answer.content.decode()
    assert "某某办法" in answer.content.decode()


def test_policy_shows_defaults_and_marks_differences(cast, officer):
    programme = add(cast)
    address = f"/programmes/{programme.pk}/policy"
    assert "与通常规定不同" not in page(officer, address)
    typed = {
        "method": "consensus", "bonus_counts": "yes", "step": "0.5", "clock": "calendar_year",
        "trigger_days": 30, "draft_days": "", "review_days": 10, "rectify_days": 45, "improve_days": 90,
        "retention": "30",
    }  # fmt: skip
    answer = officer.post(address, typed)
    assert answer.status_code == 422
    assert "长于通常的 30 个工作日" in answer.content.decode()
    answer = officer.post(address, typed | {"reason": "检定周期长"})
    assert answer.status_code == 302
    rulings = Programme.objects.get().policy
    assert (rulings["step"], rulings["draft_days"], rulings["rectify_days"]) == ("0.5", None, 45)
    assert page(officer, address).count("与通常规定不同") == 3
    assert page(officer, f"/programmes/{programme.pk}").count("与通常规定不同") == 3


def test_guidance_is_written_on_one_page(cast, officer):
    programme = add(cast)
    address = f"/programmes/{programme.pk}/guidance"
    assert page(officer, address).count("<textarea") == 51
    assert officer.post(address, {"1.1": "看制度原件", "B.1": "看批文"}).status_code == 302
    assert Programme.objects.get().guidance == {"1.1": "看制度原件", "B.1": "看批文"}
    assert "已写 2 项，共 51 项" in page(officer, f"/programmes/{programme.pk}")


def test_guidance_of_frozen_rules_is_read_only(cast, officer):
    programme = add(cast)
    freeze_programme(Act(cast.officer_a, NOW), programme=programme)
    assert "<textarea" not in page(officer, f"/programmes/{programme.pk}/guidance")
    assert officer.post(f"/programmes/{programme.pk}/guidance", {"1.1": "晚了"}).status_code == 422


def test_stale_tab_gets_an_error_and_overwrites_nothing(cast, officer):
    programme = add(cast)
    seen = programme.head.size
    address = f"/programmes/{programme.pk}/guidance"
    assert officer.post(address, {"1.1": "甲", "seen": seen}).status_code == 302
    answer = officer.post(address, {"1.1": "乙", "seen": seen})
    assert answer.status_code == 422
    assert "已被他人修改" in answer.content.decode()
    assert "乙" in answer.content.decode()
    assert Programme.objects.get().guidance == {"1.1": "甲"}


def test_rules_are_frozen_and_reopened_by_buttons(cast, officer):
    programme = add(cast)
    here = f"/programmes/{programme.pk}"
    assert officer.post(f"{here}/freeze", {"key": uuid7(), "seen": 1}).url == here
    assert "规则已固定" in page(officer, here)
    assert officer.post(f"{here}/reopen", {"reason": ""}).status_code == 422
    assert officer.post(f"{here}/reopen", {"reason": "口径有误", "seen": 2}).status_code == 302
    assert Programme.objects.get().head.phase == "draft"


def test_everything_a_filter_leaves_is_opened_over_all_pages(cast, officer):
    many(cast, 60)
    programme = add(cast)
    address = f"/programmes/{programme.pk}/evaluations/open"
    text = page(officer, address)
    assert text.count('name="chosen"') == 50
    assert "(61)" in text
    answer = officer.post(f"{address}?q=平台0", {"scope": "all", "start_by": "2026-09-30", "key": uuid7()})
    assert answer.status_code == 302
    assert Evaluation.objects.filter(start_by=dt.date(2026, 9, 30)).count() == 60
    assert "(1)" in page(officer, address)


def test_some_of_a_page_are_opened(cast, officer):
    many(cast, 3)
    programme = add(cast)
    address = f"/programmes/{programme.pk}/evaluations/open"
    chosen = [str(p.pk) for p in Platform.objects.filter(name__in=["平台000", "平台002"])]
    assert officer.post(address, {"scope": "some", "chosen": [*chosen, "nonsense"]}).status_code == 302
    assert sorted(Evaluation.objects.values_list("platform__name", flat=True)) == ["平台000", "平台002"]
    refused = officer.post(address, {"scope": "some"})
    assert (refused.status_code, "请勾选" in refused.content.decode()) == (422, True)


def test_preparation_and_trips_take_one_click_each(cast, officer):
    many(cast, 2)
    programme = add(cast)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    open_evaluations(**given, platforms=Platform.objects.all())
    here = f"/programmes/{programme.pk}"
    assert (
        "已启动 3 项评价的准备" in officer.post(f"{here}/evaluations/prepare", follow=True).content.decode()
    )
    assert "已将 3 项评价编入行程" in officer.post(f"{here}/trips/propose", follow=True).content.decode()
    trip = Trip.objects.get()
    assert page(officer, f"/trips/{trip.pk}").count('name="chosen"') == 3
    one = trip.evaluations.first()
    assert f'href="/evaluations/{one.pk}"' in page(officer, f"/trips/{trip.pk}")
    officer.post(f"/trips/{trip.pk}", {"scope": "some", "chosen": str(one.pk)})
    assert trip.evaluations.count() == 2
    officer.post(f"/trips/{trip.pk}/fill", {"scope": "some", "chosen": str(one.pk)})
    assert trip.evaluations.count() == 3
    officer.post(f"/trips/{trip.pk}/change", {"name": "首府", "starts": "2026-06-01", "ends": "2026-06-05"})
    assert "2026-06-05" in page(officer, f"/trips/{trip.pk}")
    assert officer.post(f"/trips/{trip.pk}/remove").url == here
    assert Evaluation.objects.filter(trip__isnull=True).count() == 3


def test_trip_is_planned_by_hand(cast, officer):
    programme = add(cast)
    answer = officer.post(f"/programmes/{programme.pk}/trips/add", {"name": "东线", "key": uuid7()})
    assert answer.url == f"/trips/{Trip.objects.get().pk}"
    assert officer.post(f"/programmes/{programme.pk}/trips/add", {"name": "东线"}).status_code == 422


def test_last_years_guidance_is_offered(cast, officer):
    last, programme = add(cast, name="2025", year=2025), add(cast)
    Programme.objects.filter(pk=last.pk).update(guidance={"1.1": "去年"})
    address = f"/programmes/{programme.pk}/guidance/copy"
    assert "2025" in page(officer, address)
    assert officer.post(address, {"source": last.pk}).url == f"/programmes/{programme.pk}/guidance"
    programme.refresh_from_db()
    assert programme.guidance == {"1.1": "去年"}


PAGES = (
    "", "/change", "/policy", "/guidance", "/guidance/copy", "/reopen", "/evaluations/open", "/trips/add",
)  # fmt: skip


@pytest.mark.parametrize(
    "who", ["officer_b", "staff", "head", "lead", "administrator", "archivist", "outsider"]
)
def test_to_strangers_a_programme_is_not_there(cast, client_for, who):
    programme = add(cast)
    trip = Trip.objects.create(programme=programme, name="东线")
    client = client_for(getattr(cast, who))
    asked = [f"/programmes/{programme.pk}{part}" for part in PAGES]
    asked += [f"/trips/{trip.pk}{part}" for part in ("", "/change", "/fill")]
    assert [client.get(address).status_code for address in asked] == [404] * len(asked)
    sent = [f"/programmes/{programme.pk}{part}" for part in ("/freeze", "/end", "/trips/propose")]
    assert [client.post(address).status_code for address in sent] == [404] * len(sent)


@pytest.mark.parametrize("size", [1, 3, 60])
def test_pages_take_the_same_statements_at_any_size(cast, client_for, django_assert_num_queries, size):
    many(cast, size)
    programme, officer = add(cast), client_for(cast.officer_a)
    counted = lambda address, statements: _counted(officer, django_assert_num_queries, address, statements)  # noqa: E731
    counted(f"/programmes/{programme.pk}/evaluations/open", 8)
    given = {"act": Act(cast.officer_a, NOW), "programme": programme}
    open_evaluations(**given, platforms=Platform.objects.filter(name__startswith="平台"))
    counted("/programmes/", 6)
    counted(f"/programmes/{programme.pk}", 11)
    counted(f"/programmes/{programme.pk}/guidance", 5)


def _counted(client, django_assert_num_queries, address, statements):
    client.get(address)
    with django_assert_num_queries(statements):
        client.get(address)
