"""Operators as people of different places see them."""

import pytest
from django.urls import reverse
from tests.registry.test_platforms import many
from tests.server.cast import NOW, TODAY

from zhiping.accounts.actions.organisations import add_organisation
from zhiping.ledger.act import Act
from zhiping.registry import actions


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("officer", ["乙一质量服务中心", "甲一质量服务中心"]),
        ("officer_a", ["甲一质量服务中心"]),
        ("staff_b", ["乙一质量服务中心"]),
        ("administrator", []),
        ("outsider", []),
    ],
)
def test_everybody_sees_the_operators_of_own_regions(cast, client_for, person, seen):
    client = client_for(getattr(cast, person))
    page = client.get(reverse("registry:operators"))
    assert [row.cells[0].text for row in page.context["listing"].rows] == seen
    a1 = cast.organisation("a1")
    status = client.get(reverse("registry:operator", args=[a1.pk])).status_code
    assert status == (200 if a1.name in seen else 404)


def test_an_authority_is_no_operator(cast, client_for):
    where = reverse("registry:operator", args=[cast.organisation("a").pk])
    assert client_for(cast.officer).get(where).status_code == 404


def test_platforms_in_service_are_counted_and_listed(cast, client_for):
    many(cast, 3)
    actions.end_service(Act(cast.officer, NOW), platform=cast.platform("a"), ended=TODAY, reason="撤并")
    client = client_for(cast.officer)
    rows = client.get(reverse("registry:operators"), {"q": "甲一"}).context["listing"].rows
    assert [row.cells[5].text for row in rows] == ["3"]
    page = client.get(reverse("registry:operator", args=[cast.organisation("a1").pk]))
    assert page.context["listing"].total == 4


@pytest.mark.parametrize("count", [1, 3, 60])
def test_statements_do_not_grow(cast, client_for, count, django_assert_num_queries):
    region = cast.organisation("a1").region
    for number in range(count):
        add_organisation(Act(cast.officer, NOW), kind="operator", name=f"运营{number}", region=region)
    many(cast, count)
    client = client_for(cast.officer)
    with django_assert_num_queries(7):
        client.get(reverse("registry:operators"))
    with django_assert_num_queries(8):
        client.get(reverse("registry:operator", args=[cast.organisation("a1").pk]))
