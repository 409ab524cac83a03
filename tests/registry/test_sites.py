"""A platform's sites: added, changed, closed, in the platform's own ledger."""

import pytest
from django.urls import reverse
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.registry import actions, queries


def add(cast, name="政务大厅", by="head", expect=None, **given):
    act = Act(getattr(cast, by), NOW, expect=expect)
    return actions.add_site(act, platform=cast.platform("a"), name=name, **given)


def test_a_site_is_added_changed_and_closed_in_the_platforms_ledger(cast):
    site = add(cast, address="某路1号")
    actions.change_site(Act(cast.head, NOW), site=site, name="政务大厅东区", address="某路1号", closed=TODAY)
    actions.change_site(Act(cast.officer_a, NOW), site=site, name="政务大厅东区", address="", closed=None)
    events = cast.platform("a").head.events.order_by("seq")[1:]
    recorded = [(event.name, event.data["changes"]["registry_site"][str(site.pk)]) for event in events]
    assert [(name, change.get("name"), change.get("closed")) for name, change in recorded] == [
        ("site.added", [None, "政务大厅"], [None, None]),
        ("site.changed", ["政务大厅", "政务大厅东区"], [None, str(TODAY)]),
        ("site.changed", None, [str(TODAY), None]),
    ]
    assert verification.verify(cast.platform("a").head) == []


def test_a_name_is_taken_once_per_platform(cast):
    add(cast)
    with pytest.raises(Invalid) as refused:
        add(cast)
    assert [(p.code, p.where) for p in refused.value.problems] == [("registry.site_taken", ("name",))]


def test_stale_page_changes_nothing(cast):
    seen = cast.platform("a").head.size
    add(cast)
    with pytest.raises(Conflict):
        add(cast, name="另一厅", expect=seen)


@pytest.mark.parametrize("person", ["staff", "staff_b", "officer_b", "administrator", "outsider"])
def test_others_add_no_site(cast, person):
    with pytest.raises(NotAllowed):
        add(cast, by=person)


def test_closed_sites_come_last(cast):
    first = add(cast, name="甲厅")
    add(cast, name="乙厅")
    actions.change_site(Act(cast.head, NOW), site=first, name="甲厅", closed=TODAY)
    assert [site.name for site in queries.sites(cast.platform("a"))] == ["乙厅", "甲厅"]
    assert queries.sites_of(cast.platform("a")) == list(queries.sites(cast.platform("a")))


def test_sites_are_kept_through_their_pages(cast, client_for):
    platform, client = cast.platform("a"), client_for(cast.head)
    answer = client.post(reverse("registry:add-site", args=[platform.pk]), {"name": "大厅"})
    assert answer.url == f"{reverse('dossier:platform', args=[platform.pk])}#sites"
    site = platform.sites.get()
    where = reverse("registry:change-site", args=[platform.pk, site.pk])
    seen = client.get(where).context["form"].initial["seen"]
    client.post(where, {"name": "大厅", "closed": "2026-05-01", "seen": seen})
    assert str(platform.sites.get().closed) == "2026-05-01"
    other = reverse("registry:change-site", args=[cast.platform("b").pk, site.pk])
    assert client_for(cast.officer).get(other).status_code == 404
