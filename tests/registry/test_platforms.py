"""The register of platforms, as people of different places see it."""

from django.urls import reverse


def test_an_officer_sees_the_platforms_of_the_region_only(cast, client_for):
    page = client_for(cast.officer_a).get(reverse("registry:platforms"))
    assert [row.cells[0].text for row in page.context["listing"].rows] == ["甲区一站式服务平台"]
