"""The users and objects of server tests.

A province with two league-cities, A (150100) and B (150200); an authority in each; operator A1 in A, B1 in B,
each with a platform; experts of the province's pool. `outsider` has an account and nothing else.
"""

import datetime as dt

NOW = dt.datetime(2026, 5, 20, 1, tzinfo=dt.UTC)
TODAY = dt.date(2026, 5, 20)
PASSWORD = "Grüne-Wiese-7412"

PEOPLE = {
    "administrator": "系统管理员",
    "auditor": "审计员",
    "officer": "区局工作人员",
    "officer_a": "甲市局工作人员",
    "officer_b": "乙市局工作人员",
    "staff": "甲一运营人员",
    "head": "甲一负责人",
    "staff_b": "乙一运营人员",
    "archivist": "档案管理员",
    "lead": "专家组长",
    "member": "专家成员一",
    "member2": "专家成员二",
    "substitute": "专家候补",
    "outsider": "局外人",
}
EXPERTS = ("lead", "member", "member2", "substitute")
SEATS = (
    ("officer", "province", "authority"),
    ("officer_a", "a", "authority"),
    ("officer_b", "b", "authority"),
)
ROLES = (
    *SEATS,
    ("staff", "a1", "operator"),
    ("head", "a1", "operator_head"),
    ("staff_b", "b1", "operator"),
    ("archivist", "province", "archivist"),
)


class Cast:
    """Looks up users and objects by name, with a query each time."""

    def __getattr__(self, name):
        from zhiping.accounts.models import User

        if name in PEOPLE:
            return User.objects.get(username=name)
        raise AttributeError(name)

    def organisation(self, name):
        from zhiping.accounts.models import Organisation

        return Organisation.objects.get(name=ORGANISATIONS[name][1])

    def platform(self, name):
        from zhiping.registry.models import Platform

        return Platform.objects.select_related("head", "operator", "region").get(name=PLATFORMS[name])

    def expert(self, name):
        from zhiping.experts.models import Expert

        return Expert.objects.select_related("head", "keeper").get(name=PEOPLE[name])

    @property
    def rubric(self):
        from zhiping.rubrics.models import Rubric

        return Rubric.objects.get()


ORGANISATIONS = {
    "province": ("authority", "自治区市场监督管理局", "150000"),
    "a": ("authority", "甲市市场监督管理局", "150100"),
    "b": ("authority", "乙市市场监督管理局", "150200"),
    "a1": ("operator", "甲一质量服务中心", "150102"),
    "b1": ("operator", "乙一质量服务中心", "150203"),
}
PLATFORMS = {"a": "甲区一站式服务平台", "b": "乙区一站式服务平台"}


def make():
    """Write the cast into an empty, migrated database, each with its own ledger."""
    from django.contrib.auth.hashers import make_password

    from zhiping.accounts.models import Membership, Organisation, User
    from zhiping.ledger.act import Act
    from zhiping.registry import actions as registry
    from zhiping.rubrics.actions import publish_bundled

    regions()
    publish_bundled(Act.clock(NOW))
    password = make_password(PASSWORD)
    for kind, name, region in ORGANISATIONS.values():
        with Act.clock(NOW).begin("accounts.add_organisation", "organisation", "organisation.added") as entry:
            entry.add(Organisation(head=entry.head, kind=kind, name=name, region_id=region))
    cast = Cast()
    for username, name in PEOPLE.items():
        office = username if username in ("administrator", "auditor") else ""
        with Act.clock(NOW).begin("accounts.add_person", "user", "user.added") as entry:
            person = User(
                id=entry.head.id, username=username, name=name, office=office, password=password,
                password_set=NOW,
            )  # fmt: skip
            entry.add(person)
            entry.add_all(
                Membership(user=person, organisation=cast.organisation(organisation), role=role)
                for held, organisation, role in ROLES
                if held == username
            )
    for key, operator in (("a", "a1"), ("b", "b1")):
        owner = cast.organisation(operator)
        registry.add_platform(
            Act(cast.officer, NOW),
            name=PLATFORMS[key],
            operator=owner,
            region=owner.region,
            channel="both",
            service_start=dt.date(2024, 3, 1),
        )
    experts(cast)


def unchecked(*things, at=NOW):
    """Return an act that asks for no permission, as if it were part of an entry that locks the things."""
    from zhiping.ids import uuid7
    from zhiping.ledger.act import Act
    from zhiping.ledger.entry import Entry
    from zhiping.ledger.models import Head

    locked = frozenset(thing.pk for thing in things)
    return Act(None, at, cause=Entry(uuid7(), Head(), 0, at.date(), locked=locked))


def regions():
    """Load the bundled regions."""
    from zhiping.accounts import models
    from zhiping.accounts.actions.regions import load_regions
    from zhiping.ledger.act import Act

    if not models.Region.objects.exists():
        load_regions(Act.clock(NOW))


def experts(cast):
    """Write the experts with accounts into the province's pool, each eligible for panels."""
    from zhiping.experts.models import Expert, ExpertField, Training
    from zhiping.ledger.act import Act

    province = cast.organisation("province")
    for number, username in enumerate(EXPERTS):
        act = Act(cast.officer, NOW)
        with act.begin("experts.add_expert", "expert", "expert.added", about=province) as entry:
            expert = Expert(
                head=entry.head, user=getattr(cast, username), keeper=province,
                region_id="150100", name=PEOPLE[username], phone=f"1390000000{number}", rank="senior",
                employer=f"第{number}检测院", title="高级工程师",
                experience="参与平台建设" if number == 0 else "",
            )  # fmt: skip
            training = Training(
                expert=expert, topic="评价人员培训", date=dt.date(2026, 1, 10),
                valid_until=dt.date(2028, 1, 9),
            )  # fmt: skip
            for row in (expert, training, ExpertField(expert=expert, field="testing")):
                entry.add(row)
