"""Authorities and operators: who adds them, what is refused."""

import pytest
from django.utils import timezone

from zhiping.accounts import queries
from zhiping.accounts.actions import organisations
from zhiping.accounts.models import Organisation, Region
from zhiping.domain.errors import Invalid, NotAllowed
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event

CODE = "91110000802100433B"
EVERYBODY = (
    "administrator",
    "auditor",
    "officer",
    "officer_a",
    "officer_b",
    "staff",
    "head",
    "archivist",
    "outsider",
)


def add(by, kind="operator", region="150105", **given):
    place = Region.objects.get(code=region)
    return organisations.add_organisation(
        Act(by, timezone.now()), kind=kind, region=place, **{"name": "新单位"} | given
    )


def refusal(error, action, /, **given):
    with pytest.raises(error) as caught:
        action(**given)
    return [(p.code, p.where) for p in caught.value.problems]


@pytest.mark.parametrize("kind", ["operator", "authority"])
@pytest.mark.parametrize("who", EVERYBODY)
def test_organisations_are_added_by_those_responsible(cast, who, kind):
    allowed = {
        ("administrator", "operator"),
        ("administrator", "authority"),
        ("officer", "operator"),
        ("officer_a", "operator"),
    }
    if (who, kind) in allowed:
        added = add(getattr(cast, who), kind)
        assert [e.name for e in Event.objects.filter(head=added.pk)] == ["organisation.added"]
    else:
        assert refusal(NotAllowed, add, by=getattr(cast, who), kind=kind) == [("accounts.not_allowed", ())]


def test_organisation_is_not_moved_out_of_one_s_own_regions(cast):
    organisation = cast.organisation("a1")
    elsewhere = Region.objects.get(code="150203")
    given = {"act": Act(cast.officer_a, timezone.now()), "organisation": organisation}
    assert refusal(NotAllowed, organisations.change_organisation, region=elsewhere, **given)
    assert cast.organisation("a1").region_id == "150102"


def test_name_and_code_are_unique(cast):
    add(cast.officer, code=CODE)
    assert refusal(Invalid, add, by=cast.officer, name="新单位", code=CODE) == [
        ("accounts.name_taken", ("name",)),
        ("accounts.code_taken", ("code",)),
    ]


def test_code_is_checked_if_given(cast):
    assert refusal(Invalid, add, by=cast.officer, code=CODE[:-1] + "0") == [
        ("accounts.code_check", ("code",))
    ]
    assert [add(cast.officer, name=f"无码{n}").code for n in range(2)] == [None, None]


def test_change_records_old_and_new_values(cast):
    organisation = cast.organisation("a1")
    organisations.change_organisation(
        Act(cast.officer_a, timezone.now()), organisation=organisation, code=CODE.lower(), contact="李四"
    )
    data = Event.objects.filter(head=organisation.pk).latest("seq").data
    row = {"code": [None, CODE], "contact": ["", "李四"]}
    assert data == {"changes": {"accounts_organisation": {str(organisation.pk): row}}}


def test_people_see_organisations_of_their_regions_and_their_own(cast):
    seen = {
        who: set(queries.organisations(getattr(cast, who)).values_list("name", flat=True))
        for who in EVERYBODY
    }
    names = {key: cast.organisation(key).name for key in ("province", "a", "b", "a1", "b1")}
    assert seen["administrator"] == seen["officer"] == set(names.values())
    assert seen["officer_a"] == {names["a"], names["a1"]}
    assert seen["head"] == {names["a1"]}
    assert seen["archivist"] == {names["province"]}
    assert seen["auditor"] == seen["outsider"] == set()


@pytest.mark.parametrize(
    ("who", "page", "change"),
    [("administrator", 200, 200), ("officer", 200, 200), ("officer_a", 200, 200), ("officer_b", 404, 404),
     ("head", 200, 403), ("auditor", 404, 404), ("outsider", 404, 404)],
)  # fmt: skip
def test_pages_of_an_organisation(cast, client_for, who, page, change):
    client = client_for(getattr(cast, who))
    address = f"/organisations/{cast.organisation('a1').pk}"
    assert (client.get(address).status_code, client.get(f"{address}/change").status_code) == (page, change)


def test_form_adds_an_operator(cast, client_for):
    client = client_for(cast.officer_a)
    typed = {"kind": "operator", "name": "甲三中心", "region": "150105", "code": ""}
    answer = client.post("/organisations/add", typed)
    added = Organisation.objects.get(name="甲三中心")
    assert answer.headers["Location"] == f"/organisations/{added.pk}"
    assert 'value="authority"' not in client.get("/organisations/add").content.decode()
    page = client.post("/organisations/add", typed).content.decode()
    assert "已有名为“甲三中心”的组织" in page
