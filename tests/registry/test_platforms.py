"""The register of platforms, as people of different places see and change it."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.server.cast import NOW, TODAY

from zhiping.accounts.models import Region
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed
from zhiping.ids import uuid7
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.registry import actions, queries
from zhiping.registry.models import Platform


def add(cast, *, by="officer", id=None, **given):
    """Another platform of A1."""
    owner = cast.organisation("a1")
    facts = {"name": "新平台", "operator": owner, "region": owner.region, "channel": "online"}
    return actions.add_platform(Act(getattr(cast, by), NOW, id), **facts | given)


def codes(refused):
    return [(p.code, *p.where) for p in refused.value.problems]


def many(cast, count):
    """Platforms beside those of the cast."""
    for number in range(count):
        add(cast, name=f"平台{number}", service_start=dt.date(2024, 1, 1) + dt.timedelta(days=number * 9))


# --- who sees ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("officer", {"甲区一站式服务平台", "乙区一站式服务平台"}),
        ("officer_a", {"甲区一站式服务平台"}),
        ("officer_b", {"乙区一站式服务平台"}),
        ("staff", {"甲区一站式服务平台"}),
        ("head", {"甲区一站式服务平台"}),
        ("staff_b", {"乙区一站式服务平台"}),
        ("administrator", set()),
        ("auditor", set()),
        ("archivist", set()),
        ("lead", set()),
        ("outsider", set()),
    ],
)
def test_everybody_sees_the_platforms_of_own_regions_and_operators(cast, client_for, person, seen):
    user = getattr(cast, person)
    page = client_for(user).get(reverse("registry:platforms"))
    assert {row.cells[0].text for row in page.context["listing"].rows} == seen
    for key in ("a", "b"):
        platform = cast.platform(key)
        answer = client_for(user).get(reverse("dossier:platform", args=[platform.pk]))
        assert answer.status_code == (200 if platform.name in seen else 404)


ACTIONS = {
    "change_platform": {"officer", "officer_a"},
    "correct_platform": {"officer", "officer_a", "head"},
    "move_platform": {"officer", "officer_a"},
    "end_service": {"officer", "officer_a"},
    "resume_service": {"officer", "officer_a"},
    "add_site": {"officer", "officer_a", "head"},
    "report_trigger": {"officer", "officer_a", "head", "staff"},
}
SEES = {"officer", "officer_a", "head", "staff"}


@pytest.mark.parametrize("action", ACTIONS)
def test_permissions_to_change_a_platform(cast, client_for, action):
    where = reverse(f"registry:{action.replace('_', '-')}", args=[cast.platform("a").pk])
    everybody = ("officer", "officer_a", "officer_b", "head", "staff", "staff_b", "administrator", "outsider")
    found = {name: client_for(getattr(cast, name)).get(where).status_code for name in everybody}
    expected = {name: 200 if name in ACTIONS[action] else 403 if name in SEES else 404 for name in everybody}
    assert found == expected


@pytest.mark.parametrize("person", ["officer_b", "head", "staff", "administrator", "outsider"])
def test_only_the_authority_of_the_region_registers(cast, person):
    with pytest.raises(NotAllowed):
        add(cast, by=person)


def test_platform_cannot_be_moved_into_another_officers_region(cast):
    with pytest.raises(NotAllowed):
        actions.change_platform(
            Act(cast.officer_a, NOW), platform=cast.platform("a"), region=Region.objects.get(code="150203")
        )
    assert cast.platform("a").region_id == "150102"


# --- what is registered ------------------------------------------------------


def test_a_platform_is_registered_with_its_due_date_and_first_event(cast):
    made = add(cast, service_start=dt.date(2026, 1, 31))
    assert (made.due, made.due_warning) == (dt.date(2027, 1, 31), dt.date(2027, 1, 31))
    event = made.head.events.get()
    recorded = event.data["changes"]["registry_platform"][str(made.pk)]
    assert (event.name, event.by, recorded["service_start"], recorded["due"]) == (
        "platform.added", cast.officer, [None, "2026-01-31"], [None, "2027-01-31"],
    )  # fmt: skip
    assert verification.verify(made.head) == []


def test_a_name_is_taken_once_per_operator(cast):
    with pytest.raises(Invalid) as refused:
        add(cast, name="甲区一站式服务平台")
    assert codes(refused) == [("registry.name_taken", "name")]
    assert add(cast, name="甲区一站式服务平台", operator=cast.organisation("b1")).pk


def test_impossible_facts_are_all_reported_and_nothing_is_written(cast):
    before = Event.objects.count()
    with pytest.raises(Invalid) as refused:
        add(cast, service_start=dt.date(2026, 5, 21), last_evaluated=dt.date(2026, 5, 19), last_grade="good")
    assert codes(refused) == [
        ("dates.future", "service_start"),
        ("dates.before_service", "last_evaluated"),
        ("registry.no_grade", "last_grade"),
    ]
    assert Event.objects.count() == before


def test_change_is_recorded_with_the_old_values(cast):
    changed = cast.platform("a")
    actions.change_platform(
        Act(cast.officer_a, NOW),
        platform=changed,
        channel="online",
        last_evaluated=dt.date(2025, 9, 10),
        last_grade="qualified",
    )
    assert (changed.due, changed.due_warning) == (dt.date(2026, 12, 31), dt.date(2026, 9, 10))
    recorded = {
        "channel": ["both", "online"],
        "last_evaluated": [None, "2025-09-10"],
        "last_grade": ["", "qualified"],
        "due": ["2025-03-01", "2026-12-31"],
        "due_warning": ["2025-03-01", "2026-09-10"],
    }
    data = changed.head.events.get(seq=1).data
    assert data == {"changes": {"registry_platform": {str(changed.pk): recorded}}}


def test_the_same_submission_twice_registers_once(cast):
    key = uuid7()
    add(cast, id=key)
    with pytest.raises(AlreadyDone):
        add(cast, id=key)


def test_a_form_sent_twice_leads_to_the_platform_it_made(cast, client_for):
    client = client_for(cast.officer)
    sent = {
        "key": str(uuid7()), "name": "网上登记的平台", "operator": "甲一质量服务中心", "region": "150102",
        "channel": "both", "url": "a.example.cn",
    }  # fmt: skip
    answers = [client.post(reverse("registry:add-platform"), sent) for _ in range(2)]
    made = Platform.objects.get(name="网上登记的平台")
    assert [answer.url for answer in answers] == [reverse("dossier:platform", args=[made.pk])] * 2
    assert made.url == "https://a.example.cn"


def test_form_accepts_an_earlier_evaluation_and_updates_the_due_date(cast, client_for):
    platform = cast.platform("a")
    where = reverse("registry:change-platform", args=[platform.pk])
    sent = {
        "name": platform.name, "region": platform.region_id, "channel": "both", "service_start": "2024-01-05",
        "last_evaluated": "2025-09-10", "last_grade": "excellent", "seen": platform.head.size, "key": uuid7(),
    }  # fmt: skip
    assert client_for(cast.officer_a).post(where, sent).status_code == 302
    changed = cast.platform("a")
    assert (changed.last_grade, changed.due, changed.due_warning) == (
        "excellent", dt.date(2026, 12, 31), dt.date(2026, 9, 10),
    )  # fmt: skip
    again = sent | {"last_evaluated": "", "key": uuid7(), "seen": changed.head.size}
    refused = client_for(cast.officer_a).post(where, again)
    assert refused.status_code == 422
    assert "填写了上次评价等级，须填写上次评价日期" in refused.content.decode()


def test_unregistered_operator_is_refused_and_input_is_kept(cast, client_for):
    sent = {"name": "平台", "operator": "没有这个单位", "region": "150102", "channel": "both"}
    page = client_for(cast.officer).post(reverse("registry:add-platform"), sent)
    assert page.status_code == 422
    assert "没有名为“没有这个单位”的运营单位" in page.content.decode()
    assert page.context["form"]["name"].value() == "平台"


def test_second_of_two_officers_is_shown_the_conflict(cast, client_for):
    platform = cast.platform("a")
    where = reverse("registry:change-platform", args=[platform.pk])
    client = client_for(cast.officer_a)
    seen = client.get(where).context["form"].initial["seen"]
    actions.change_platform(Act(cast.officer, NOW), platform=platform, channel="online")
    sent = {"seen": seen, "name": "改名", "region": "150102", "channel": "offline"}
    page = client.post(where, sent)
    assert page.status_code == 422
    assert "内容已被他人修改" in page.content.decode()
    assert page.context["form"]["name"].value() == "改名"
    assert cast.platform("a").name == "甲区一站式服务平台"


def test_an_operators_head_corrects_the_address_only(cast, client_for):
    where = reverse("registry:correct-platform", args=[cast.platform("a").pk])
    sent = {"url": "https://new.example.cn", "name": "偷改", "channel": "offline"}
    assert client_for(cast.head).post(where, sent).status_code == 302
    now = cast.platform("a")
    assert (now.url, now.name, now.channel) == ("https://new.example.cn", "甲区一站式服务平台", "both")


def test_service_ends_with_a_reason_and_resumes(cast):
    platform = cast.platform("a")
    due = platform.due
    actions.end_service(Act(cast.officer, NOW), platform=platform, ended=TODAY, reason="撤并")
    ended = cast.platform("a")
    assert (ended.due, ended.ended_reason, queries.standing_of(ended, TODAY)) == (None, "撤并", "ended")
    with pytest.raises(Conflict):
        actions.end_service(Act(cast.officer, NOW), platform=platform, ended=TODAY, reason="再次")
    actions.resume_service(Act(cast.officer, NOW), platform=platform)
    resumed = cast.platform("a")
    assert (resumed.ended, resumed.ended_reason, resumed.due) == (None, "", due)
    with pytest.raises(Conflict):
        actions.resume_service(Act(cast.officer, NOW), platform=platform)


def test_platform_is_visible_to_its_new_operator(cast, client_for):
    other = cast.organisation("b1")
    actions.move_platform(Act(cast.officer, NOW), platform=cast.platform("a"), operator=other, reason="改制")
    platform = cast.platform("a")
    recorded = {"operator": [str(cast.organisation("a1").pk), str(other.pk)]}
    assert platform.head.events.get(seq=1).data == {
        "reason": "改制", "changes": {"registry_platform": {str(platform.pk): recorded}},
    }  # fmt: skip
    where = reverse("dossier:platform", args=[cast.platform("a").pk])
    assert [client_for(user).get(where).status_code for user in (cast.staff, cast.staff_b)] == [404, 200]


def test_an_officer_hands_platforms_only_to_operators_of_the_own_region(cast, client_for):
    where = reverse("registry:move-platform", args=[cast.platform("a").pk])
    page = client_for(cast.officer_a).post(where, {"operator": "乙一质量服务中心", "reason": "改制"})
    assert page.status_code == 422


# --- reasons of due dates on the page ----------------------------------------


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "未登记开始服务日期和上次评价日期，无法推算"),
        (
            {"service_start": dt.date(2026, 1, 5)},
            "2026-01-05 开始服务，尚未评价，应于 2027-01-05 前完成首次评价",
        ),
        (
            {"last_evaluated": dt.date(2025, 9, 10)},
            "上次评价 2025-09-10，2026 年度应于 2026-12-31 前评价；2026-09-10 满12个月",
        ),
        (
            {"last_evaluated": dt.date(2025, 3, 10)},
            "上次评价 2025-03-10，2026 年度应于 2026-12-31 前评价；2026-03-10 起已满12个月",
        ),
    ],
)
def test_page_of_a_platform_shows_the_reason_of_its_due_date(cast, client_for, facts, words):
    made = add(cast, **facts)
    page = client_for(cast.officer).get(reverse("dossier:platform", args=[made.pk]))
    assert words in page.content.decode()


def test_page_of_a_platform_offers_only_permitted_actions(cast, client_for):
    where = reverse("dossier:platform", args=[cast.platform("a").pk])
    offered = {
        name: [f for f in page.context["may"] if page.context["may"][f]]
        for name in ("officer_a", "head", "staff")
        for page in [client_for(getattr(cast, name)).get(where)]
    }
    assert offered == {
        "officer_a": [
            "change_platform", "correct_platform", "move_platform", "end_service", "resume_service",
            "add_site", "change_site", "report_trigger", "decide_trigger",
        ],
        "head": ["correct_platform", "add_site", "change_site", "report_trigger", "view_trigger"],
        "staff": ["report_trigger"],
    }  # fmt: skip


# --- lists -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"q": "乙区"}, ["乙区一站式服务平台"]),
        ({"operator": "甲一"}, ["甲区一站式服务平台", "线下平台"]),
        ({"region": "150200"}, ["乙区一站式服务平台"]),
        ({"channel": "offline"}, ["线下平台"]),
        ({"standing": "unknown"}, ["线下平台"]),
        ({"standing": "overdue"}, ["乙区一站式服务平台", "甲区一站式服务平台"]),
        ({"q": "乙区", "channel": "offline"}, []),
        ({"region": "nowhere"}, ["乙区一站式服务平台", "甲区一站式服务平台", "线下平台"]),
        ({"sort": "-name"}, ["线下平台", "甲区一站式服务平台", "乙区一站式服务平台"]),
    ],
)
def test_the_list_is_narrowed_and_sorted_by_its_address(cast, client_for, asked, names):
    add(cast, name="线下平台", channel="offline")
    page = client_for(cast.officer).get(reverse("registry:platforms"), asked)
    assert [row.cells[0].text for row in page.context["listing"].rows] == names


@pytest.mark.parametrize("count", [1, 3, 60])
def test_statements_of_the_list_do_not_grow(cast, client_for, count, django_assert_num_queries):
    many(cast, count)
    client = client_for(cast.officer)
    with django_assert_num_queries(7):
        client.get(reverse("registry:platforms"))


@pytest.mark.parametrize("count", [1, 3, 60])
def test_statements_of_a_platforms_page_do_not_grow(cast, client_for, count, django_assert_num_queries):
    platform = cast.platform("a")
    for number in range(count):
        actions.add_site(Act(cast.officer, NOW), platform=platform, name=f"站点{number}")
        given = {"kind": "software", "happened": TODAY, "description": "升级"}
        actions.report_trigger(Act(cast.staff, NOW), platform=platform, **given)
    client = client_for(cast.officer)
    with django_assert_num_queries(12):
        client.get(reverse("dossier:platform", args=[platform.pk]))


def test_operators_are_offered_as_one_types(cast, client_for):
    where = reverse("accounts:suggest-organisations")
    asked = {"kind": "operator", "operator": "质量"}
    offered = client_for(cast.officer_a).get(where, asked).content.decode()
    assert "甲一质量服务中心" in offered
    assert "乙一质量服务中心" not in offered
    assert (
        "甲市市场监督管理局"
        not in client_for(cast.officer_a).get(where, asked | {"operator": "甲"}).content.decode()
    )
