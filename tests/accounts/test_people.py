"""Looking after people: who may, what is recorded, what cannot happen."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from zhiping.accounts import queries
from zhiping.accounts.actions import invitations, organisations, people
from zhiping.accounts.forms import OrganisationField
from zhiping.accounts.models import Membership, Organisation, User
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.domain.identity import folded
from zhiping.ledger.act import Act
from zhiping.ledger.entry import facts
from zhiping.ledger.models import Event

EVERYBODY = (
    "administrator", "auditor", "officer", "officer_a", "officer_b", "staff", "head", "staff_b", "archivist",
    "lead", "member", "outsider",
)  # fmt: skip


def now():
    return timezone.now()


def add(by, id=None, **given):
    return people.add_person(Act(by, now(), id), **{"name": "王芳"} | given)


def recorded(thing, model):
    """The changes of rows of a model in the last event of a thing, by row."""
    return Event.objects.filter(head=thing.pk).latest("seq").data["changes"][model._meta.db_table]


def refusal(error, action, /, *args, **given):
    with pytest.raises(error) as caught:
        action(*args, **given)
    return [(p.code, p.where) for p in caught.value.problems]


def test_person_is_added_with_roles_and_one_event(cast):
    person = add(
        cast.officer, username="Wang.Fang", phone="138 0013 8000", email="wang@example.cn",
        roles=[("operator", cast.organisation("a1")), ("operator_head", cast.organisation("a1"))],
    )  # fmt: skip
    found = User.objects.get(pk=person.pk)
    assert (found.username, found.phone, found.waits, len(found.held)) == (
        "wang.fang",
        "13800138000",
        True,
        2,
    )
    event = Event.objects.get(head=person.pk)
    assert (event.name, event.by) == ("user.added", cast.officer)
    row = recorded(person, User)[str(person.pk)]
    assert {name: new for name, (old, new) in row.items()} == facts(found)
    assert all(row[name][1].startswith("hmac:") for name in ("password", "phone", "email"))
    roles = recorded(person, Membership).values()
    assert sorted(role["role"] for role in roles) == [[None, "operator"], [None, "operator_head"]]


def test_user_name_is_derived_from_the_name(cast):
    made = [add(cast.administrator, name=name).username for name in ("王芳", "王芳", "Li Wei", "王芳")]
    assert made == ["王芳", "王芳2", "liwei", "王芳3"]


def test_sending_twice_adds_once(cast):
    key = uuid4()
    add(cast.administrator, id=key)
    with pytest.raises(AlreadyDone):
        add(cast.administrator, id=key)
    assert User.objects.filter(name="王芳").count() == 1


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"username": "OFFICER"}, [("accounts.username_taken", ("username",))]),
        ({"username": "13800138000"}, [("accounts.username", ("username",))]),
        ({"phone": "+86 139-0013-9000"}, [("accounts.phone_taken", ("phone",))]),
        ({"phone": "abc"}, [("accounts.phone", ("phone",))]),
    ],
)
def test_taken_user_name_or_telephone_is_refused(cast, given, found):
    people.change_own_account(Act(cast.staff, now()), person=cast.staff, phone="13900139000")
    assert refusal(Invalid, add, by=cast.administrator, **given) == found
    assert not User.objects.filter(name="王芳").exists()


ROLES = {
    "own operator": [("operator", "a1")],
    "other operator": [("operator", "b1")],
    "own and other": [("operator", "a1"), ("operator_head", "b1")],
    "authority": [("authority", "a")],
    "archivist": [("archivist", "a")],
    "nothing": [],
}
GIVERS = {
    ("administrator", role) for role in ROLES
} | {("officer", "own operator"), ("officer", "other operator"), ("officer", "own and other"),
     ("officer_a", "own operator"), ("officer_b", "other operator"), ("head", "own operator")}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("who", EVERYBODY)
def test_roles_are_granted_only_by_those_responsible(cast, who, role):
    roles = [(name, cast.organisation(place)) for name, place in ROLES[role]]
    by = getattr(cast, who)
    if (who, role) in GIVERS:
        assert len(add(by, roles=roles).held) == len(roles)
    else:
        assert refusal(NotAllowed, add, by=by, roles=roles) == [("accounts.not_allowed", ())]


@pytest.mark.parametrize("who", [who for who in EVERYBODY if who != "administrator"])
@pytest.mark.parametrize("office", ["administrator", "auditor"])
def test_offices_are_granted_by_administrators_only(cast, who, office):
    roles = [("operator", cast.organisation("a1"))]
    assert refusal(NotAllowed, add, by=getattr(cast, who), office=office, roles=roles)


def test_account_kept_by_an_authority_is_managed_by_its_officers(cast):
    expert = add(cast.officer_a, keeper=cast.organisation("a"))
    seen = {who for who in EVERYBODY if expert in queries.visible_to(getattr(cast, who))}
    assert seen == {"administrator", "officer", "officer_a"}
    assert refusal(NotAllowed, add, by=cast.officer_b, keeper=cast.organisation("a"))


def test_officer_cannot_take_over_a_person_by_granting_a_role(cast):
    given = {"act": Act(cast.officer, now()), "person": cast.archivist}
    assert refusal(NotAllowed, people.change_person, roles=[("operator", cast.organisation("a1"))], **given)


def test_officer_cannot_grant_more_than_their_own_permissions(cast):
    given = {"act": Act(cast.officer_a, now()), "person": cast.staff}
    assert refusal(NotAllowed, people.change_person, office="administrator", **given)
    assert refusal(NotAllowed, people.change_person, roles=[("authority", cast.organisation("a"))], **given)
    assert refusal(NotAllowed, people.change_person, roles=[("operator", cast.organisation("b1"))], **given)
    assert [(m.role, m.organisation) for m in cast.staff.held] == [("operator", cast.organisation("a1"))]


def test_people_cannot_grant_themselves_permissions(cast):
    people.change_own_account(
        Act(cast.staff, now()), person=cast.staff, office="administrator", username="x1"
    )
    assert (cast.staff.office, cast.staff.username) == ("", "staff")
    assert refusal(NotAllowed, people.change_own_account, Act(cast.staff, now()), cast.head)


def test_change_records_old_and_new_values(cast):
    person = cast.staff
    people.change_person(
        Act(cast.officer_a, now()),
        person=person,
        name="新名",
        roles=[("operator_head", cast.organisation("a1"))],
    )
    assert recorded(person, User) == {str(person.pk): {"name": ["甲一运营人员", "新名"]}}
    roles = [row["role"] for row in recorded(person, Membership).values()]
    assert sorted(roles, key=str) == [["operator", None], [None, "operator_head"]]


def test_change_of_an_outdated_form_is_refused(cast):
    person, seen = cast.staff, cast.staff.head.size
    people.change_person(Act(cast.officer_a, now()), person=person, name="先改")
    assert refusal(
        Conflict,
        people.change_person,
        Act(cast.officer, now(), expect=seen),
        cast.staff,
        name="后改",
    ) == [("ledger.changed", ())]


def test_last_administrator_cannot_be_removed(cast):
    waiting = add(cast.administrator, name="候任", office="administrator")

    def leave(action, **given):
        return action(Act(cast.administrator, now()), cast.administrator, **given)

    assert refusal(NotAllowed, leave, people.deactivate, reason="试")
    assert refusal(Conflict, leave, people.change_person, office="") == [("accounts.last_administrator", ())]
    waiting.set_password("x")
    waiting.save()
    leave(people.change_person, office="")
    assert cast.administrator.office == ""


def test_administrators_are_not_auditors(cast):
    """There is one office, and the database refuses other values for it."""
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.outsider.pk).update(office="admin,audit")


def test_reset_of_the_second_factor_removes_all_and_signs_out(cast, client_for):
    from tests.accounts.second_factors import give

    give(cast.staff)
    client = client_for(cast.staff)
    people.reset_second_factor(Act(cast.officer_a, now()), person=cast.staff, reason="丢失手机，已电话核实")
    assert client.get("/account/").status_code == 302
    event = Event.objects.get(head=cast.staff.pk, name="user.second_factor_reset")
    removed = event.data["changes"].pop("mfa_authenticator")
    assert sorted(row["type"] for row in removed.values()) == [["recovery_codes", None], ["totp", None]]
    changes = {"accounts_user": {str(cast.staff.pk): {"epoch": [0, 1]}}}
    assert event.data == {"count": 2, "reason": "丢失手机，已电话核实", "changes": changes}


def test_reset_of_the_second_factor_needs_reauthentication(cast, client_for):
    answer = client_for(cast.officer_a).get(f"/people/{cast.staff.pk}/second-factor")
    assert answer.headers["Location"].startswith("/account/reauthenticate/")


ADDRESSES = ("", "/change", "/invite", "/deactivate", "/end-sessions")


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_of_a_person_open_for_managers(cast, client_for, who, address):
    answer = client_for(getattr(cast, who)).get(f"/people/{cast.staff.pk}{address}")
    opens = who in ("administrator", "officer", "officer_a") or (who == "head" and address != "/change")
    expected = 200 if opens else 404 if who == "officer_b" else 403
    assert answer.status_code == expected


def test_forms_of_people_have_a_cancel_link(cast, client_for):
    officer, own = client_for(cast.officer_a), f"/people/{cast.staff.pk}"
    for address, back in (("/people/add", "/people/"), (f"{own}/change", own)):
        assert f'href="{back}">返回</a>' in officer.get(address).content.decode()


def test_form_adds_a_person_and_keeps_the_input_on_errors(cast, client_for):
    client = client_for(cast.officer_a)
    typed = {
        "name": "王芳",
        "phone": "abc",
        "role_0": "operator",
        "organisation_0": "没有这个单位",
        "key": str(uuid4()),
    }
    page = client.post("/people/add", typed).content.decode()
    assert "没有名称或代码为“没有这个单位”的组织" in page
    typed["organisation_0"] = cast.organisation("a1").name
    page = client.post("/people/add", typed).content.decode()
    assert "“abc”不是电话号码" in page
    answer = client.post("/people/add", typed | {"phone": "13700137000"})
    person = User.objects.get(name="王芳")
    assert answer.headers["Location"] == f"/people/{person.pk}"
    assert [m.organisation for m in person.held] == [cast.organisation("a1")]


def test_officer_is_not_offered_organisations_of_others(cast, client_for):
    client = client_for(cast.officer_a)
    typed = {"name": "王芳", "role_0": "operator", "organisation_0": cast.organisation("b1").name}
    assert "没有名称或代码为" in client.post("/people/add", typed).content.decode()
    assert (
        cast.organisation("b1").name
        not in client.get("/organisations/suggest?organisation_0=一").content.decode()
    )
    assert (
        cast.organisation("a1").name
        in client.get("/organisations/suggest?organisation_0=一").content.decode()
    )


def test_form_keeps_all_of_many_roles(cast, client_for):
    person = cast.staff
    for n in range(5):
        place = organisations.add_organisation(
            Act(cast.officer_a, now()),
            kind="operator",
            name=f"单位{n}",
            region=cast.organisation("a1").region,
        )
        Membership(user=person, role="operator", organisation=place).save()
    client = client_for(cast.officer_a)
    address = f"/people/{person.pk}/change"
    form = client.get(address).context["form"]
    typed = {field.html_name: field.value() or "" for field in form}
    client.post(address, typed)
    assert Membership.objects.filter(user=person).count() == 6


def statements(client, address):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize(("address", "count"), [("/people/", 7), ("/organisations/", 7)])
def test_lists_have_a_constant_number_of_queries(cast, client_for, address, count):
    client = client_for(cast.administrator)
    assert statements(client, address) == count
    place = cast.organisation("a1")
    for n in range(60):
        one = Organisation.objects.filter(name=f"单位{n}").first() or organisations.add_organisation(
            Act(cast.administrator, now()), kind="operator", name=f"单位{n}", region=place.region
        )
        add(cast.administrator, name=f"人{n}", roles=[("operator", one)])
    assert statements(client, address) == count


def test_list_filters_by_text_role_and_state(cast, client_for):
    client = client_for(cast.administrator)

    def names(query):
        return [row.cells[0].text for row in client.get(f"/people/?{query}").context["listing"].rows]

    add(cast.administrator, name="王芳")
    assert names("q=王芳") == ["王芳"]
    assert names("state=waiting") == ["王芳"]
    assert names("role=operator_head") == ["甲一负责人"]
    assert names("role=auditor") == ["审计员"]
    people.deactivate(Act(cast.administrator, now()), person=cast.head, reason="离职")
    assert names("state=shut") == ["甲一负责人"]


def test_export_of_people_is_recorded(cast, client_for):
    from zhiping.ledger.models import Audit

    assert client_for(cast.officer).post("/people/", {"export": "xlsx"}).status_code == 200
    assert Audit.objects.filter(action="exported", by=cast.officer).count() == 1


def test_head_of_an_operator_manages_only_its_own_people(cast):
    head, place = cast.head, cast.organisation("a1")
    person = add(head, roles=[("operator", place), ("operator_head", place)])
    invitations.invite(Act(head, now()), person=person)
    people.deactivate(Act(head, now()), person=person, reason="离职")
    people.reactivate(Act(head, now()), person=person, reason="返回")
    people.end_sessions(Act(head, now()), person=person)
    assert refusal(NotAllowed, people.change_person, Act(head, now()), person, name="新名")
    assert refusal(NotAllowed, people.reset_second_factor, Act(head, now()), person, reason="x")
    for name in ("staff_b", "officer_a", "lead", "outsider", "archivist"):
        assert refusal(NotAllowed, invitations.invite, Act(head, now()), getattr(cast, name)), name
    assert refusal(NotAllowed, people.deactivate, Act(head, now()), head, reason="x")
    assert refusal(NotAllowed, invitations.invite, Act(cast.staff, now()), person)


@pytest.mark.parametrize(
    "more",
    [
        {"roles": [("operator", "a1"), ("archivist", "a")]},
        {"roles": [("operator", "a1"), ("operator", "b1")]},
        {"roles": [("operator", "a1")], "keeper": "province"},
        {"roles": [("operator", "a1")], "office": "auditor"},
    ],
)
def test_head_of_an_operator_cannot_take_over_people_with_more_permissions(cast, more):
    """Inviting a person again means becoming that person."""
    given = {**more, "roles": [(role, cast.organisation(place)) for role, place in more["roles"]]}
    if "keeper" in more:
        given["keeper"] = cast.organisation(more["keeper"])
    person = add(cast.administrator, **given)
    for action in (invitations.invite, people.end_sessions):
        assert refusal(NotAllowed, action, Act(cast.head, now()), person)


def test_pages_for_the_head_of_an_operator(cast, client_for):
    client = client_for(cast.head)
    page = client.get("/people/").content.decode()
    assert "甲一运营人员" in page
    assert "乙一运营人员" not in page
    assert 'href="/organisations/"' not in page
    own = client.get(f"/organisations/{cast.organisation('a1').pk}").content.decode()
    assert f'href="/people/{cast.staff.pk}"' in own
    assert 'href="/organisations/"' not in own
    form = client.get("/people/add").content.decode()
    assert "operator_head" in form
    assert 'value="authority"' not in form
    sent = {"key": uuid4(), "name": "新人", "role_0": "operator", "organisation_0": "甲一质量服务中心"}
    made = client.post("/people/add", sent)
    assert client.get(made.headers["Location"]).status_code == 200
    assert client.post("/people/add", {"key": uuid4(), "name": "无职"}).status_code == 403


@pytest.mark.parametrize("typed", ["甲一　质量服务中心", "甲一质量服务中心\u200b", "「甲一」质量服务中心"])
def test_organisation_is_found_by_its_name_however_it_is_typed(cast, typed):
    field = OrganisationField(operators=True)
    field.user, operator = cast.officer, cast.organisation("a1")
    name = "“甲一”质量服务中心" if "「" in typed else "甲一质量服务中心"
    Organisation.objects.filter(pk=operator.pk).update(name=name, name_key=folded(name))
    assert field.clean(typed) == operator
