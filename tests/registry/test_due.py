"""What is due: the same rule in numbers per region, in the list, and on each platform."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.registry.test_platforms import add, many
from tests.server.cast import NOW, TODAY

from zhiping.accounts.models import Region
from zhiping.ledger.act import Act
from zhiping.registry import actions, queries
from zhiping.registry.models import Platform

DUE = "registry:due"


@pytest.fixture
def register(cast):
    """Platforms on every place of the clock, and triggers."""
    add(cast, name="满一年", last_evaluated=dt.date(2025, 3, 1))
    add(cast, name="未到期", last_evaluated=dt.date(2026, 3, 1), region=Region.objects.get(code="150104"))
    add(cast, name="无法推算")
    ended = add(cast, name="已停止", service_start=dt.date(2020, 1, 1))
    actions.end_service(Act(cast.officer, NOW), platform=ended, ended=TODAY, reason="撤并")
    for decided in (None, NOW, NOW - dt.timedelta(days=60)):
        trigger = actions.report_trigger(
            Act(cast.staff, NOW),
            platform=cast.platform("a"),
            kind="software",
            happened=TODAY,
            description="升级",
        )
        if decided:
            actions.decide_trigger(Act(cast.officer, decided), trigger=trigger, important=True, reason="重要")
    return cast


def numbers(user):
    return {row.name: dict(+row.counts) for row in queries.due_numbers(user, TODAY)}


def test_a_province_sees_its_cities_in_numbers(register):
    city = {"total": 4, "overdue": 1, "warning": 1, "in_time": 1, "unknown": 1, "undecided": 1, "to_start": 1,
            "late": 1}  # fmt: skip
    assert numbers(register.officer) == {
        "呼和浩特市": city,
        "包头市": {"total": 1, "overdue": 1},
        "": city | {"total": 5, "overdue": 2},
    }


def test_a_city_sees_its_counties_and_an_operator_no_numbers(register):
    assert numbers(register.officer_a) == {
        "呼和浩特市新城区": {"total": 3, "overdue": 1, "warning": 1, "unknown": 1, "undecided": 1,
                         "to_start": 1, "late": 1},
        "呼和浩特市玉泉区": {"total": 1, "in_time": 1},
        "": {"total": 4, "overdue": 1, "warning": 1, "in_time": 1, "unknown": 1, "undecided": 1,
             "to_start": 1, "late": 1},
    }  # fmt: skip
    assert numbers(register.staff) == {}


def test_each_number_leads_to_as_many(register, client_for):
    client = client_for(register.officer)
    page = client.get(reverse(DUE))
    rows = page.context["regions"]()
    assert len(rows) == 3
    for row in rows:
        for n, url in row["cells"]:
            assert client.get(url).context["listing"].total == n, url


def test_list_shows_due_platforms_with_their_rule_the_earliest_first(register, client_for):
    page = client_for(register.officer).get(reverse(DUE))
    found = [[cell.text for cell in row.cells] for row in page.context["listing"].rows]
    first = [(cells[0], cells[3], cells[4]) for cells in found]
    assert sorted(first[:2]) == [
        ("乙区一站式服务平台", "2025-03-01", "已逾期"),
        ("甲区一站式服务平台", "2025-03-01", "已逾期"),
    ]
    assert first[2:] == [("满一年", "2026-12-31", "已满12个月"), ("未到期", "2027-12-31", "未到期")]
    assert found[2][5] == "上次评价 2025-03-01，2026 年度应于 2026-12-31 前评价；2026-03-01 起已满12个月"


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ({"standing": "overdue"}, 2),
        ({"rule": "first"}, 2),
        ({"rule": "annual"}, 2),
        ({"until": "2026-12-31"}, 3),
        ({"region": "150104"}, 1),
        ({"q": "满一"}, 1),
    ],
)
def test_the_list_is_narrowed(register, client_for, asked, total):
    assert client_for(register.officer).get(reverse(DUE), asked).context["listing"].total == total


def test_query_and_rule_agree_on_every_platform(register):
    for platform in Platform.objects.all():
        name = queries.standing_of(platform, TODAY)
        assert Platform.objects.filter(queries.standing(name, TODAY), pk=platform.pk).exists()


@pytest.mark.parametrize("count", [1, 3, 60])
def test_statements_do_not_grow(cast, client_for, count, django_assert_num_queries):
    many(cast, count)
    client = client_for(cast.officer)
    with django_assert_num_queries(10):
        client.get(reverse(DUE))


def test_the_list_leaves_as_a_spreadsheet(register, client_for):
    answer = client_for(register.officer).post(f"{reverse(DUE)}?standing=overdue", {"export": "xlsx"})
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
